"""The editions come from one source, say what they must, and never destroy anyone's work."""

import html
import re
import shutil

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from msgan_lessons.__main__ import main
from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercises import Function, Value, bank
from msgan_lessons.editions import slides
from msgan_lessons.editions.slides import ROOM, pages, prose_lines, slide_notebook
from msgan_lessons.editions.source import (
    MARKER,
    check_spec,
    find_stubs,
    fresh_folder,
    import_lines,
    read_notebook,
    solution_of,
    student_notebook,
)
from msgan_lessons.runs.lessons import find_lessons

LESSONS = {lesson.name: lesson for lesson in find_lessons()}
SOME = ("00_start_here", "05_minimax", "13_speech")  # written and executed; the rest is only read
SPEC = "git+https://example.org/course/msgan_lessons@v1"


def exported(folder, *call):
    assert main(["export", call[0], str(folder), *call[1:]]) == 0
    return folder


def notebooks(folder):
    return {path.stem: nbformat.read(path, 4) for path in sorted(folder.glob("*.ipynb"))}


def answer_of(stub) -> str:
    """What only someone with the bank can have: a function's code, or why a value is right."""
    return stub.entry.solution.strip() if isinstance(stub.entry, Function) else stub.entry.because


@pytest.fixture(scope="module")
def lessons():
    """Every lesson as it is stored, with its stubs."""
    read = {name: read_notebook(lesson.path) for name, lesson in LESSONS.items()}
    return {name: (notebook, find_stubs(notebook, name)) for name, notebook in read.items()}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A function that writes an edition of some lessons, once."""
    place, made = tmp_path_factory.mktemp("editions"), {}

    def write(edition, *more):
        if edition not in made:
            made[edition] = exported(place / edition, edition, *more, *SOME)
        return made[edition]

    return write


def test_a_student_gets_every_lesson_without_outputs_and_without_answers(lessons):
    assert sorted(s.number for _, stubs in lessons.values() for s in stubs) == sorted(bank())
    for name, (_, stubs) in lessons.items():
        cells = student_notebook(LESSONS[name]).cells
        code = [c for c in cells if c.cell_type == "code"]
        assert all(c.outputs == [] and c.execution_count is None for c in code)
        text = "\n".join(cell.source for cell in cells)
        for stub in stubs:
            assert answer_of(stub) not in text
            assert f"{stub.name} = ..." in text or f"def {stub.name}(" in text


def test_the_students_folder_holds_notebooks_and_says_in_three_sentences_how_to_begin(written):
    folder = written("student")
    assert tuple(notebooks(folder)) == SOME
    text = (folder / "README.md").read_text("utf-8")
    assert len(text.splitlines()) == 3
    assert "jupyter lab 00_start_here.ipynb" in text
    assert "msgan doctor" in text


@pytest.mark.parametrize("name", LESSONS)
def test_a_solution_is_right_with_what_its_lesson_imports(lessons, name):
    notebook, stubs = lessons[name]
    names = {}
    exec(import_lines(notebook), names)
    for stub in stubs:
        exec(solution_of(stub, notebook), names)
        assert exercises.check(stub.number, names[stub.name]), stub.number


def test_solutions_are_executed_explained_and_keep_the_lessons_own_outputs(written, lessons):
    for name, notebook in notebooks(written("solutions")).items():
        nbformat.validate(notebook)
        stored, stubs = {c.id: c for c in lessons[name][0].cells}, lessons[name][1]
        said = []
        for cell in notebook.cells:
            if "exercises.check(" in cell.source:
                said.append("".join(o.get("text", "") for o in cell.outputs))
            elif cell.cell_type == "code":
                assert cell.outputs == stored[cell.id].outputs
        assert len(said) == len(stubs)
        assert all(re.fullmatch(r"right: .+\n", words) for words in said)
        text = "\n".join(cell.source for cell in notebook.cells).lower()
        assert all(answer_of(stub).lower() in text for stub in stubs)
        notes = [c.source for c in notebook.cells if c.id.startswith("note-")]
        assert all("mistakes" in note for note in notes)
        values = [isinstance(stub.entry, Value) for stub in stubs]
        assert [note.startswith("**Why.**") for note in notes] == values


def test_slides_need_nothing_from_outside_and_hold_no_answer(written, lessons):
    for name in SOME:
        text = (written("slides") / f"{name}.slides.html").read_text("utf-8")
        page = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
        assert re.findall(r"<(?:script|link|iframe)\b[^>]*", page) == []
        assert set(re.findall(r"\b(?:src|srcset|poster)=[\"']?(.{5})", page)) <= {"data:"}
        assert not re.search("url\\(http|MathJax", text)
        assert "connect-src 'none'" in page
        assert page.count("<h1") == 1
        assert "<math" in page
        words = html.unescape(re.sub(r"<[^>]+>", "", text))
        for stub in lessons[name][1]:
            assert stub.name in words
            assert answer_of(stub) not in words
        assert "not yet: replace ... by your answer" not in words
    notes = re.findall(r'<aside class="notes">.*?</aside>', text, re.S)
    assert len(notes) >= 10
    assert re.search(r"Formula: \d+ minutes, from minute \d+ of \d+", notes[1])


def test_slides_have_a_column_for_each_heading_lose_no_word_and_are_not_too_full(lessons):
    for notebook, _ in lessons.values():
        prose = [c.source for c in notebook.cells if c.cell_type == "markdown"]
        headings = re.findall(r"^##? ", "\n".join(prose), re.M)
        kinds = [c.metadata.slideshow.slide_type for c in slide_notebook(notebook, {}).cells]
        assert kinds.count("slide") == len(headings)
        for source in prose:
            cut = pages(source)
            assert set(" ".join(cut).split()) == set(source.split())
            assert all(prose_lines(page) <= ROOM + 4 for page in cut)


def test_a_table_that_goes_on_shows_its_head_again():
    head = "| a | b |\n|---|---|\n"
    cut = pages(head + "\n".join(f"| {i} | x |" for i in range(30)))
    assert len(cut) > 1
    assert all(page.startswith(head) for page in cut)


def test_slides_without_reveal_js_are_refused_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(slides, "find_spec", lambda _: None)
    assert main(["export", "slides", str(tmp_path / "x"), "5"]) == 2
    assert "slides need reveal.js; install it with" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("found", "calls"), [("a module", []), (None, [("pip", f'install --quiet "{SPEC}"')])]
)
def test_colab_installs_what_was_named_where_the_course_is_missing(
    written, monkeypatch, found, calls
):
    notebook = notebooks(written("colab", "--install-from", SPEC))["05_minimax"]
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.colab.name == "05_minimax.ipynb"
    cell = next(c.source for c in notebook.cells if c.cell_type == "code")
    asked = []  # of pip, when the cell is run as IPython would
    shell = type("Shell", (), {"run_line_magic": lambda self, *call: asked.append(call)})()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    exec(TransformerManager().transform_cell(cell), {"get_ipython": lambda: shell})
    assert asked == calls


def test_what_pip_takes_is_taken_and_what_a_shell_would_expand_is_refused():
    for spec in (SPEC, "msgan_lessons", "msgan-lessons[slides]==0.7.0",
                 "https://example.org/a/msgan-1-py3.whl"):  # fmt: skip
        assert check_spec(spec) == spec
    for spec in ("", "-r x", "--pre", 'a"; rm -rf ~; "', "a b", "$(id)", "{id}", "a\nb", "../a.whl",
                 "http://example.org/a.whl", "https://example.org/a.exe", "git+ssh://example.org/a",
                 "https://me:key@example.org/a.whl"):  # fmt: skip
        with pytest.raises(ValueError, match="--install-from must be an https:// address of a"):
            check_spec(spec)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("studnet DIR", "got 'studnet'; did you mean 'student'?"),
        ("student DIR minimaxx", "lesson 'minimaxx' is unknown; did you mean '05_minimax'?"),
        ("student DIR --install-from x", "--install-from is not an option of the edition student"),
        ("slides DIR --exercises-only", "--exercises-only is not an option of the edition slides"),
        ("student DIR 4 --weeks 2", "--weeks is not an option of the edition student"),
        ("colab DIR", "--install-from must be"),
        ("student", "Missing argument 'DIR'"),
        ("student FILE/out 5", "DIR must be where a folder can be made"),
        ("student . 5", "DIR must not be the folder you are in"),
        ("student .. 5", "DIR must not be the folder you are in"),
    ],
)
def test_a_wrong_call_is_refused_in_a_sentence(call, expected, tmp_path, monkeypatch, capsys):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "file").touch()
    monkeypatch.chdir(tmp_path / "here")
    assert main(["export", *call.replace("DIR", "new").replace("FILE", "file").split()]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert expected in error
    assert error.count("\n") == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["here", "file"]


def test_an_earlier_export_is_replaced_whole(tmp_path):
    folder = exported(tmp_path / "a b", "student", "5", "6")
    exported(folder, "student", "0")
    assert [path.name for path in folder.glob("*.ipynb")] == ["00_start_here.ipynb"]
    assert [path.name for path in tmp_path.iterdir()] == ["a b"]


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda f: (f / MARKER).unlink(), "DIR must be empty, new or an earlier export"),
        (lambda f: (f / MARKER).write_text("{}"), "DIR must be empty, new or an earlier export"),
        (lambda f: (f / "mine.txt").touch(), "holds mine.txt, which was added or changed since"),
        (lambda f: (f / "README.md").write_text("x"), "holds README.md, which was added or"),
        (lambda f: (shutil.rmtree(f), f.touch()), "DIR must be a folder or a new name"),
    ],
)
def test_a_folder_with_someones_work_is_left_alone(damage, expected, tmp_path, capsys):
    folder = exported(tmp_path / "out", "student", "5")
    damage(folder)
    before = sorted(tmp_path.rglob("*"))
    assert main(["export", "student", str(folder), "6"]) == 2
    assert expected in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_an_export_that_fails_or_is_killed_leaves_the_old_one(tmp_path):
    folder = exported(tmp_path / "out", "student", "5")
    before = sorted(tmp_path.rglob("*"))

    def fail():
        with fresh_folder(folder, "student") as partial:
            (partial / "half.ipynb").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert sorted(tmp_path.rglob("*")) == before
    folder.rename(tmp_path / ".out.old")  # killed between old and new
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / MARKER).touch()
    assert main(["export", "colab", str(folder)]) == 2  # refused, and yet all is in order again
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("left", ["out", ".out.partial"])
def test_an_empty_folder_is_filled_and_what_a_killed_export_left_is_swept_away(tmp_path, left):
    (tmp_path / left).mkdir()
    if left != "out":
        (tmp_path / left / MARKER).touch()
    exported(tmp_path / "out", "student", "5")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def changed(tmp_path, change):
    """Stubs of a lesson whose exercise cells were changed."""
    notebook = nbformat.read(LESSONS["05_minimax"].path, 4)
    change([c for c in notebook.cells if "exercises.check(" in c.source])
    nbformat.write(notebook, tmp_path / "05_minimax.ipynb")
    return find_stubs(read_notebook(tmp_path / "05_minimax.ipynb"), "05_minimax")


def test_exercises_are_found_by_what_they_say(tmp_path):
    def reorder(cells):
        cells[0].source, cells[2].source = cells[2].source, cells[0].source
        cells[1].source = "x = 1\n" + cells[1].source

    stubs = changed(tmp_path, reorder)
    assert [stub.number for stub in stubs] == ["05.3", "05.2", "05.1"]
    assert stubs[1].before == "x = 1\n"
    assert stubs[2].comment == "# a number, in nats"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("= ...", "= 0.0", "exercise 05.1 of 05_minimax is filled in; its stub is '...'."),
        ("my_value_when_nothing_is_shared =", "other =", "exercise 05.1 of 05_minimax has no stub"),
        ('"05.1"', '"05.9"', "exercise 05.9 of 05_minimax has no stub"),
    ],
)
def test_an_exercise_that_is_no_stub_is_refused(tmp_path, old, new, expected):
    def damage(cells):
        cells[0].source = cells[0].source.replace(old, new, 1)

    with pytest.raises(ValueError, match=re.escape(expected)):
        changed(tmp_path, damage)


def test_a_damaged_notebook_is_refused(tmp_path):
    (tmp_path / "a.ipynb").write_text('{"cells": 3}')
    with pytest.raises(ValueError, match=r"a\.ipynb is damaged: it cannot be read as a notebook"):
        read_notebook(tmp_path / "a.ipynb")
