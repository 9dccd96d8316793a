import ast
import json
import subprocess
import sys

import nbformat
import papermill
import pytest
from papermill.exceptions import PapermillExecutionError
from tiny_lessons import write_lesson

from msgan_lessons.__main__ import main
from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.runs.lessons import choose_lessons, find_lessons, read_lesson
from msgan_lessons.runs.parameters import check_parameters, known_parameters


@pytest.fixture
def folder(tmp_path):
    write_lesson(tmp_path, "07_training")
    write_lesson(tmp_path, "05_minimax")
    (tmp_path / "notes.ipynb").write_text("{}")
    return tmp_path


def test_lessons_are_found_in_the_order_of_their_numbers_and_other_notebooks_are_left(folder):
    assert [x.name for x in find_lessons(folder)] == ["05_minimax", "07_training"]


def test_a_lesson_says_title_question_and_document(folder):
    lesson = read_lesson(folder / "05_minimax.ipynb")
    assert (lesson.title, lesson.question) == ("A lesson", "Why?")
    assert lesson.document == "section 1, formula (1)"


def test_parameters_have_the_type_of_their_default_and_the_meaning_of_their_comment(folder):
    found = read_lesson(folder / "05_minimax.ipynb").parameters
    assert [p.name for p in found] == ["preset", "steps", "rate", "loud"]
    assert [p.kind for p in found] == [str, int, float, bool]
    assert found[1].meaning == "updates"


def test_a_comment_sign_inside_a_string_is_not_a_meaning(tmp_path):
    path = write_lesson(tmp_path, "01_a", parameters='data: str = "a # b"  # where\nbare: int = 1')
    first, second = read_lesson(path).parameters
    assert (first.default, first.meaning, second.meaning) == ("a # b", "where", "")


@pytest.mark.parametrize("word", ["7", "07", "training", "07_training"])
def test_a_lesson_answers_to_its_number_and_its_name(folder, word):
    assert [x.name for x in choose_lessons([word], find_lessons(folder))] == ["07_training"]


def test_all_means_every_lesson_and_none_comes_twice(folder):
    lessons = find_lessons(folder)
    assert [x.name for x in choose_lessons(["7", "all"], lessons)] == ["07_training", "05_minimax"]


def test_an_unknown_lesson_is_refused_with_the_nearest_name(folder):
    with pytest.raises(ValueError, match="'trainig' is unknown; did you mean '07_training'"):
        choose_lessons(["trainig"], find_lessons(folder))
    with pytest.raises(ValueError, match="'99' is unknown; 'msgan list' shows all"):
        choose_lessons(["99"], find_lessons(folder))
    with pytest.raises(ValueError, match="a parameter is given as -p loss=hinge."):
        choose_lessons(["loss=hinge"], find_lessons(folder))


@pytest.mark.parametrize("content", ["no json", "[]", '{"cells": [{}]}'])
def test_a_damaged_notebook_is_named(tmp_path, content):
    (tmp_path / "05_minimax.ipynb").write_text(content)
    with pytest.raises(ValueError, match=r"05_minimax\.ipynb is damaged"):
        find_lessons(tmp_path)


def test_a_parameter_that_is_computed_is_refused(tmp_path):
    path = write_lesson(tmp_path, "01_a", parameters="steps: int = 3 * len('ab')")
    with pytest.raises(ValueError, match="cannot be read as a lesson"):
        read_lesson(path)


def test_a_folder_without_lessons_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no lessons"):
        find_lessons(tmp_path)


def test_every_lesson_of_the_course_can_be_run_with_its_defaults():
    for lesson in find_lessons():
        check_parameters(**lesson.defaults)
        assert set(lesson.defaults) <= set(known_parameters())
        assert lesson.title
        assert lesson.question
        assert lesson.document
        assert all(p.meaning for p in lesson.parameters)


@pytest.fixture(scope="module")
def course():
    return find_lessons()


def test_every_parameter_of_the_course_is_typed_explained_and_in_the_table(course):
    for parameter in (p for lesson in course for p in lesson.parameters):
        allowed = known_parameters()[parameter.name]
        assert parameter.annotation == allowed.kind.__name__
        assert type(parameter.default) is allowed.kind
        assert parameter.meaning
        assert parameter.allowed == allowed.words()
        allowed.check(parameter.name, parameter.default)


def test_no_parameter_is_assigned_twice(course):
    for lesson in course:
        assert len(lesson.defaults) == len(lesson.parameters)


def test_papermill_shows_the_same_names_types_defaults_and_meanings(course):
    for lesson in course:
        shown = papermill.inspect_notebook(str(lesson.path))
        assert list(shown) == list(lesson.defaults)
        for parameter in lesson.parameters:
            entry = shown[parameter.name]
            assert entry["inferred_type_name"] == parameter.annotation
            assert entry["help"] == parameter.meaning
            assert ast.literal_eval(entry["default"]) == parameter.default


def test_the_help_of_papermill_lists_every_parameter(course):
    lesson = next(x for x in course if x.name == "07_training")
    command = [sys.executable, "-m", "papermill", "--help-notebook", str(lesson.path)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    words = " ".join(text.split())
    for p in lesson.parameters:
        default = f'"{p.default}"' if p.kind is str else p.default
        assert f"{p.name}: {p.kind.__name__} (default {default}) {p.meaning}" in words


def calls_of_start_lesson(path):
    """The code cell behind the parameters cell: names of the keywords of start_lesson there."""
    cells = json.loads(path.read_text("utf-8"))["cells"]
    codes = [c for c in cells if c["cell_type"] == "code"]
    tagged = [k for k, c in enumerate(codes) if "parameters" in c["metadata"].get("tags", [])]
    assert len(tagged) == 1
    tree = ast.parse("".join(codes[tagged[0] + 1]["source"]))
    first = tree.body[0].value  # nothing stands before the check
    assert isinstance(first, ast.Call)
    assert first.func.id == "start_lesson"
    return {k.arg: ast.unparse(k.value) for k in first.keywords}


def test_every_lesson_checks_all_its_parameters_before_anything_else(course):
    for lesson in course:
        told = calls_of_start_lesson(lesson.path)
        assert list(told) == list(lesson.defaults), lesson.name
        assert all(text.startswith(name) for name, text in told.items())


def plain_papermill(notebook, output, **told):
    """What a user does who knows nothing of msgan."""
    place = notebooks_folder()
    papermill.execute_notebook(notebook, output, told, cwd=place, progress_bar=False)


def test_plain_papermill_stops_at_a_wrong_loss_with_the_sentence_of_msgan_run(tmp_path, capsys):
    path = notebooks_folder() / "07_training.ipynb"
    with pytest.raises(PapermillExecutionError) as caught:
        plain_papermill(path, tmp_path / "out.ipynb", loss="hinje")
    assert main(["run", "07", "-p", "loss=hinje", "--out", str(tmp_path / "runs")]) == 2
    assert capsys.readouterr().err == f"msgan: {caught.value.evalue}\n"
    assert caught.value.exec_count == 4  # imports, parameters, those of papermill, the check


def test_plain_papermill_goes_on_with_a_right_loss(tmp_path):
    notebook = nbformat.read(notebooks_folder() / "07_training.ipynb", 4)
    codes = [k for k, c in enumerate(notebook.cells) if "start_lesson(" in c.source]
    notebook.cells = notebook.cells[: codes[-1] + 1]  # without the training
    nbformat.write(notebook, tmp_path / "in.ipynb")
    plain_papermill(tmp_path / "in.ipynb", tmp_path / "out.ipynb", loss="hinge", preset="smoke")
    printed = nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs[0].text
    assert "real images, smoke" in printed
