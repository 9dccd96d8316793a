"""The editions come from one source, say what they must, and never destroy anyone's work."""

import html
import re
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from msgan_lessons.__main__ import main
from msgan_lessons.classroom.exercises import Function, Value, bank
from msgan_lessons.editions import slides
from msgan_lessons.editions.slides import ROOM, pages, prose_lines
from msgan_lessons.editions.source import (
    MARKER,
    check_spec,
    find_stubs,
    fresh_folder,
    read_notebook,
)
from msgan_lessons.runs.lessons import find_lessons

LESSONS = find_lessons()
NAMES = [lesson.name for lesson in LESSONS]
SPEC = "git+https://example.org/course/msgan_lessons@v1"
RIGHT = re.compile(r"right: .+\n")


def exported(folder, *call):
    assert main(["export", call[0], str(folder), *call[1:]]) == 0
    return folder


def notebooks(folder):
    found = {path.stem: nbformat.read(path, 4) for path in sorted(folder.glob("*.ipynb"))}
    for notebook in found.values():
        nbformat.validate(notebook)
    return found


def code_of(notebook) -> str:
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "code")


def answer_of(stub) -> str:
    """What only someone with the bank can have: a function's code, or why a value is right."""
    return stub.entry.solution.strip() if isinstance(stub.entry, Function) else stub.entry.because


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("editions")


@pytest.fixture(scope="module")
def student(place):
    return exported(place / "student", "student")


@pytest.fixture(scope="module")
def solutions(place):
    return notebooks(exported(place / "solutions", "solutions"))


@pytest.fixture(scope="module")
def slide_files(place):
    folder = exported(place / "slides", "slides")
    return {path.name.split(".")[0]: path.read_text("utf-8") for path in folder.glob("*.html")}


# The student's edition


def test_the_students_edition_has_every_lesson_without_outputs(student):
    found = notebooks(student)
    assert list(found) == NAMES
    for notebook in found.values():
        code = [c for c in notebook.cells if c.cell_type == "code"]
        assert all(c.outputs == [] and c.execution_count is None for c in code)
        assert "widgets.guess(" in code_of(notebook)
        assert "widgets" not in notebook.metadata


def test_the_students_edition_holds_no_answer_of_the_bank(student):
    found = notebooks(student)
    numbers = []
    for name, notebook in found.items():
        for stub in find_stubs(notebook, name):  # refuses a stub that is filled in
            numbers.append(stub.number)
            text = "\n".join(cell.source for cell in notebook.cells)
            assert answer_of(stub) not in text
            assert f"{stub.name} = ..." in text or f"def {stub.name}(" in text
    assert sorted(numbers) == sorted(bank())


def test_the_students_edition_says_in_three_sentences_how_to_begin(student):
    text = (student / "README.md").read_text("utf-8")
    assert len(text.splitlines()) == 3
    assert "jupyter lab 00_start_here.ipynb" in text
    assert "msgan doctor" in text


def test_a_students_lesson_runs_to_its_end_and_says_not_yet(student, tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_PRESET", "smoke")
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    monkeypatch.setenv("MSGAN_HOME", str(tmp_path))
    notebook = nbformat.read(student / "05_minimax.ipynb", 4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    said = [c.outputs[0].text for c in notebook.cells if "exercises.check(" in c.source]
    assert len(said) == 3
    assert all(text.startswith("not yet") for text in said)


# The solutions


def test_every_exercise_is_solved_executed_and_right(solutions):
    checks = [
        (c.source, "".join(o.get("text", "") for o in c.outputs))
        for notebook in solutions.values()
        for c in notebook.cells
        if c.cell_type == "code" and "exercises.check(" in c.source
    ]
    assert len(checks) == len(bank())
    wrong = [source for source, said in checks if not RIGHT.fullmatch(said)]
    assert wrong == []


def test_the_solutions_hold_every_answer_of_the_bank(solutions):
    """The search that finds none in the student's edition and the slides can find them."""
    for lesson in LESSONS:
        text = "\n".join(cell.source for cell in solutions[lesson.name].cells).lower()
        stubs = find_stubs(read_notebook(lesson.path), lesson.name)
        assert [s.number for s in stubs if answer_of(s).lower() not in text] == []


def test_every_solution_has_a_note_on_why_and_on_mistakes(solutions):
    notes = [c.source for nb in solutions.values() for c in nb.cells if c.id.startswith("note-")]
    assert len(notes) == len(bank())
    assert all("mistakes" in note for note in notes)
    values = [entry for entry in bank().values() if isinstance(entry, Value)]
    assert sum(note.startswith("**Why.**") for note in notes) == len(values)


def test_the_solutions_keep_the_lessons_own_outputs(solutions):
    for lesson in LESSONS:
        stored = {c.id: c for c in nbformat.read(lesson.path, 4).cells}
        for cell in solutions[lesson.name].cells:
            if cell.cell_type == "code" and "exercises.check(" not in cell.source:
                assert cell.outputs == stored[cell.id].outputs


# Slides


def test_slides_need_nothing_from_outside(slide_files):
    assert sorted(slide_files) == NAMES
    for text in slide_files.values():
        page = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
        assert re.findall(r"<(?:script|link|iframe)\b[^>]*", page) == []
        sources = re.findall(r"\b(?:src|srcset|poster)=[\"']?(.{5})", page)
        assert set(sources) <= {"data:"}
        assert "url(http" not in page
        assert "connect-src 'none'" in page
        assert "MathJax" not in page


def test_slides_have_one_title_and_a_column_for_each_heading(slide_files):
    for lesson in LESSONS:
        page = re.sub(r"<script>.*?</script>", "", slide_files[lesson.name], flags=re.S)
        notebook = nbformat.read(lesson.path, 4)
        prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        assert page.count("<h1") == 1
        assert page.count("<h2") == len(re.findall(r"^## ", prose, re.M))
        assert "<math" in page


def test_slides_hold_the_exercises_and_no_answer(slide_files):
    for lesson in LESSONS:
        words = html.unescape(re.sub(r"<[^>]+>", "", slide_files[lesson.name]))
        for stub in find_stubs(read_notebook(lesson.path), lesson.name):
            assert stub.name in words
            assert answer_of(stub) not in words
        assert "not yet: replace ... by your answer" not in words


def test_the_speakers_notes_tell_the_minutes(slide_files):
    notes = re.findall(r'<aside class="notes">.*?</aside>', slide_files["05_minimax"], re.S)
    assert len(notes) >= 10
    assert re.search(r"Formula: \d+ minutes, from minute \d+ of \d+", notes[1])


def test_pages_lose_nothing_and_none_is_too_full():
    for lesson in LESSONS:
        for cell in nbformat.read(lesson.path, 4).cells:
            if cell.cell_type != "markdown":
                continue
            cut = pages(cell.source)
            words = " ".join(cut).split()
            assert set(words) == set(cell.source.split())
            assert all(prose_lines(page) <= ROOM + 4 for page in cut)


def test_a_table_that_goes_on_shows_its_head_again():
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| {i} | x |" for i in range(30))
    cut = pages(table)
    assert len(cut) > 1
    assert all(page.startswith("| a | b |\n|---|---|\n") for page in cut)


def test_slides_without_reveal_js_are_refused_in_a_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(slides, "find_spec", lambda _: None)
    assert main(["export", "slides", str(tmp_path / "x"), "5"]) == 2
    assert "slides need reveal.js; install it with" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# Colab


@pytest.fixture(scope="module")
def install_cell(place):
    call = ("colab", "--install-from", SPEC, "5")
    notebook = notebooks(exported(place / "colab", *call))["05_minimax"]
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.colab.name == "05_minimax.ipynb"
    return next(c.source for c in notebook.cells if c.cell_type == "code")


def pip_calls(cell, monkeypatch, found):
    """Run the cell as IPython would, and return what pip was asked for."""
    from IPython.core.inputtransformer2 import TransformerManager

    calls = []
    shell = type("Shell", (), {"run_line_magic": lambda self, *call: calls.append(call)})()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    exec(TransformerManager().transform_cell(cell), {"get_ipython": lambda: shell})
    return calls


@pytest.mark.parametrize(
    ("found", "calls"),
    [("a module", []), (None, [("pip", f'install --quiet "{SPEC}"')])],
    ids=["course there", "course missing"],
)
def test_colab_installs_what_was_named_where_the_course_is_missing(
    install_cell, monkeypatch, found, calls
):
    assert pip_calls(install_cell, monkeypatch, found) == calls


@pytest.mark.parametrize(
    "spec",
    [
        "msgan_lessons",
        "msgan-lessons[slides]==0.7.0",
        "https://example.org/a/msgan-1-py3.whl",
        SPEC,
    ],
)
def test_what_pip_takes_is_taken(spec):
    assert check_spec(spec) == spec


@pytest.mark.parametrize(
    "spec",
    ["", "-r x", "--pre", 'a"; rm -rf ~; "', "a b", "$(id)", "{id}", "http://example.org/a.whl",
     "https://example.org/a.exe", "git+ssh://example.org/a", "https://me:key@example.org/a.whl",
     "../a.whl", "a\nb"],
)  # fmt: skip
def test_what_a_shell_would_expand_is_refused(spec):
    with pytest.raises(ValueError, match="--install-from must be an https:// address of a wheel"):
        check_spec(spec)


# Wrong calls and folders


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("studnet DIR", "got 'studnet'; did you mean 'student'?"),
        ("student DIR minimaxx", "lesson 'minimaxx' is unknown; did you mean '05_minimax'?"),
        ("student DIR --install-from x", "--install-from is not an option of the edition student"),
        ("slides DIR --exercises-only", "--exercises-only is not an option of the edition slides"),
        ("colab DIR", "--install-from must be"),
        ("student", "Missing argument 'DIR'"),
    ],
)
def test_a_wrong_call_is_refused_in_a_sentence(call, expected, tmp_path, capsys):
    arguments = call.replace("DIR", str(tmp_path / "new")).split()
    assert main(["export", *arguments]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert expected in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


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


def test_the_folder_one_stands_in_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for folder in (".", ".."):
        assert main(["export", "student", folder, "5"]) == 2
        assert "DIR must not be the folder you are in" in capsys.readouterr().err


def test_an_export_that_fails_leaves_the_old_one(tmp_path):
    folder = exported(tmp_path / "out", "student", "5")
    before = sorted(tmp_path.rglob("*"))

    def fail():
        with fresh_folder(folder, "student") as partial:
            (partial / "half.ipynb").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert sorted(tmp_path.rglob("*")) == before


def test_an_export_killed_between_old_and_new_brings_the_old_one_back(tmp_path):
    folder = exported(tmp_path / "out", "student", "5")
    folder.rename(tmp_path / ".out.old")
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / MARKER).touch()
    assert main(["export", "colab", str(folder)]) == 2  # refused, and yet all is in order again
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (folder / "05_minimax.ipynb").is_file()


def test_a_place_that_cannot_be_is_refused_in_a_sentence(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["export", "student", str(tmp_path / "file" / "out"), "5"]) == 2
    assert "DIR must be where a folder can be made" in capsys.readouterr().err


@pytest.mark.parametrize("left", ["out", ".out.partial"])
def test_an_empty_folder_is_filled_and_what_a_killed_export_left_is_swept_away(tmp_path, left):
    (tmp_path / left).mkdir()
    if left != "out":
        (tmp_path / left / MARKER).touch()
    exported(tmp_path / "out", "student", "5")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


# The source


def changed(tmp_path, change):
    """Export a lesson whose exercise cells were changed."""
    notebook = nbformat.read(LESSONS[5].path, 4)
    change([c for c in notebook.cells if "exercises.check(" in c.source])
    path = tmp_path / "05_minimax.ipynb"
    nbformat.write(notebook, path)
    return find_stubs(read_notebook(path), "05_minimax")


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
