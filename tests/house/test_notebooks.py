"""Every lesson keeps the rules, and the rules can be broken."""

import ast
import copy
import re
from pathlib import Path

import nbformat
import pytest
from notebook_rules import HEADINGS, WIDGET_VIEW, normalise, problems

from msgan_lessons.base.places import notebooks_folder, rooms
from msgan_lessons.classroom.exercises import bank
from msgan_lessons.classroom.teaching import read_teaching, teaching_folder
from msgan_lessons.runs.parameters import known_parameters

PATHS = sorted(notebooks_folder().glob("[0-9]*.ipynb"))


@pytest.fixture(params=PATHS, ids=[p.stem for p in PATHS])
def lesson(request):
    return request.param, nbformat.read(request.param, 4)


def code_of(notebook) -> str:
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "code")


def test_the_lessons_are_numbered_from_0_without_a_gap():
    assert [p.stem[:2] for p in PATHS] == [f"{k:02d}" for k in range(len(PATHS))]


def test_each_lesson_has_a_room_teaching_notes_and_answers_and_each_of_these_a_lesson():
    names = [p.stem for p in PATHS]
    assert [room.rpartition(".l")[2] for room in rooms().values()] == names
    assert sorted(p.stem for p in teaching_folder().glob("*.toml")) == names
    answers = (Path(__file__).parents[1] / "lessons").glob("l*/answers_*.py")
    assert sorted(p.stem for p in answers) == [f"answers_{name[:2]}" for name in names]


def test_the_first_lesson_begins_a_part_of_the_course():
    assert read_teaching(PATHS[0].stem).part


def test_a_lesson_keeps_skeleton_and_budgets(lesson):
    assert problems(lesson[1]) == []


def test_every_training_of_a_lesson_is_kept_in_its_run(lesson):
    """A training that is told no run is not resumed after a kill."""
    begun = re.compile(r"\b(training\.train|played|run_study|run_stacked)\(")
    trained = [
        c.source for c in lesson[1].cells if c.cell_type == "code" and begun.search(c.source)
    ]
    assert all(re.search(r'\brun=|"run":', source) for source in trained)


def test_a_lesson_is_stored_in_its_one_form(lesson):
    path, notebook = lesson
    nbformat.validate(notebook)
    text = path.read_text()
    assert nbformat.writes(normalise(copy.deepcopy(notebook))).strip() == text.strip()


def test_a_lessons_parameters_are_known_typed_and_explained(lesson):
    cell = next(c for c in lesson[1].cells if "parameters" in c.metadata.get("tags", []))
    for line in cell.source.splitlines():
        name, rest = line.split(":", 1)
        kind, value = rest.split("#")[0].split("=")
        assert name in known_parameters(), f"{name} is neither in runs.parameters nor in a room"
        assert known_parameters()[name].kind.__name__ == kind.strip()
        assert "#" in line, f"{name} has no meaning"
        assert value.strip()
    names = [line.split(":")[0] for line in cell.source.splitlines()]
    start = next(c.source for c in lesson[1].cells if "start_lesson(" in c.source)
    assert all(f"{n}={n}" in start for n in names), "start_lesson does not check every parameter"


def test_plain_papermill_sees_every_parameter_with_its_type_and_meaning(lesson):
    import papermill

    path, notebook = lesson
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    seen = papermill.inspect_notebook(str(path))
    assert list(seen) == [line.split(":")[0] for line in cell.source.splitlines()]
    assert all(p["inferred_type_name"] in ("int", "float", "str") for p in seen.values())
    assert all(p["help"] for p in seen.values())


def test_a_lesson_has_three_exercises_with_checks(lesson):
    path, notebook = lesson
    for k in (1, 2, 3):
        number = f"{path.stem[:2]}.{k}"
        assert f'exercises.check("{number}"' in code_of(notebook)
        assert number in bank()


def test_a_lesson_asks_before_it_tells_and_has_something_to_touch(lesson):
    source = code_of(lesson[1])
    touched = re.search(r"widgets\.(explore|live|touch|upload)\(", source)
    assert touched, "nothing to touch"
    assert source.index("widgets.guess(") < touched.start() < source.index("widgets.reveal(")


def test_every_figure_has_words(lesson):
    for cell in lesson[1].cells:
        for output in cell.get("outputs", []):
            html = output.get("data", {}).get("text/html", "")
            assert html.count("<img") == html.count('<img alt="')
            assert 'alt=""' not in html


def test_the_rules_can_be_broken():
    good = nbformat.read(PATHS[0], 4)
    assert problems(good) == []
    cases = {
        "the headings": lambda nb: nb.cells.pop(-1),
        "titles": lambda nb: nb.cells.append(nbformat.v4.new_markdown_cell("# Another")),
        "lines": lambda nb: nb.cells[1].__setitem__("source", "a = 1\n" * 21),
        "pyplot": lambda nb: nb.cells[1].__setitem__("source", "import matplotlib.pyplot"),
        "words of prose": lambda nb: nb.cells[0].__setitem__("source", "# T\n" + "word " * 2000),
        "an error": lambda nb: nb.cells[1].__setitem__(
            "outputs", [nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[])]
        ),
    }
    for message, damage in cases.items():
        bad = copy.deepcopy(good)
        damage(bad)
        assert any(message in problem for problem in problems(bad)), message


def test_normalise_drops_what_needs_a_kernel():
    output = nbformat.v4.new_output("display_data", {WIDGET_VIEW: {}, "text/html": "x"})
    cell = nbformat.v4.new_code_cell("1", outputs=[output], execution_count=7)
    notebook = normalise(nbformat.v4.new_notebook(cells=[cell]))
    assert notebook.cells[0].outputs[0].data == {"text/html": "x"}
    assert notebook.cells[0].execution_count == 1
    assert len(HEADINGS) == 12


MOST_IMPORTS = 6  # third parties, the core, the lesson's room and what starts a lesson


def imports_in(source: str) -> list[ast.stmt]:
    return [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import | ast.ImportFrom)]


def test_a_lesson_imports_modules_in_few_lines_of_its_first_cell(lesson):
    first, *others = [c.source for c in lesson[1].cells if c.cell_type == "code"]
    assert not any(imports_in(source) for source in others)
    lines = sum(n.end_lineno - n.lineno + 1 for n in imports_in(first))
    assert lines <= MOST_IMPORTS


def test_no_name_of_a_cell_hides_an_imported_one(lesson):
    first, *others = [c.source for c in lesson[1].cells if c.cell_type == "code"]
    imported = {a.asname or a.name for n in imports_in(first) for a in n.names}
    for source in others:
        for node in ast.walk(ast.parse(source)):
            name = getattr(node, "id", getattr(node, "name", None))
            is_set = not isinstance(getattr(node, "ctx", None), ast.Load)
            assert not (is_set and name in imported), f"{name} hides what was imported"
