import ast
import json

import papermill
import pytest
from tiny_lessons import write_lesson

from msgan_lessons.__main__ import main
from msgan_lessons.runs.lessons import choose_lessons, find_lessons, read_lesson
from msgan_lessons.runs.parameters import check_parameters, known_parameters, start_lesson


@pytest.fixture
def folder(tmp_path):
    write_lesson(tmp_path, "07_training")
    write_lesson(tmp_path, "05_minimax")
    (tmp_path / "notes.ipynb").write_text("{}")
    return tmp_path


def test_lessons_are_found_in_the_order_of_their_numbers_and_say_what_they_are_about(folder):
    first, second = find_lessons(folder)  # other notebooks are left
    assert (first.name, second.name) == ("05_minimax", "07_training")
    assert (first.title, first.question) == ("A lesson", "Why?")
    assert first.document == "section 1, formula (1)"


def test_parameters_have_the_type_of_their_default_and_the_meaning_of_their_comment(folder):
    found = read_lesson(folder / "05_minimax.ipynb").parameters
    assert [p.name for p in found] == ["preset", "steps", "rate", "loud"]
    assert [p.kind for p in found] == [str, int, float, bool]
    assert found[1].meaning == "updates"
    path = write_lesson(folder, "01_a", parameters='data: str = "a # b"  # where\nbare: int = 1')
    first, second = read_lesson(path).parameters
    assert (first.default, first.meaning, second.meaning) == ("a # b", "where", "")


@pytest.mark.parametrize("word", ["7", "07", "training", "07_training"])
def test_a_lesson_answers_to_its_number_and_its_name(folder, word):
    assert [x.name for x in choose_lessons([word], find_lessons(folder))] == ["07_training"]


def test_all_means_every_lesson_and_none_comes_twice(folder):
    lessons = find_lessons(folder)
    assert [x.name for x in choose_lessons(["7", "all"], lessons)] == ["07_training", "05_minimax"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("trainig", "'trainig' is unknown; did you mean '07_training'"),
        ("99", "'99' is unknown; 'msgan list' shows all"),
        ("loss=hinge", "a parameter is given as -p loss=hinge."),
    ],
)
def test_an_unknown_lesson_is_refused_with_the_nearest_name(folder, word, sentence):
    with pytest.raises(ValueError, match=sentence):
        choose_lessons([word], find_lessons(folder))


@pytest.mark.parametrize("content", ["no json", "[]", '{"cells": [{}]}'])
def test_a_damaged_notebook_is_named_and_so_is_a_folder_without_lessons(tmp_path, content):
    with pytest.raises(FileNotFoundError, match="holds no lessons"):
        find_lessons(tmp_path)
    (tmp_path / "05_minimax.ipynb").write_text(content)
    with pytest.raises(ValueError, match=r"05_minimax\.ipynb is damaged"):
        find_lessons(tmp_path)
    path = write_lesson(tmp_path, "05_minimax", parameters="steps: int = 3 * len('ab')")
    with pytest.raises(ValueError, match="cannot be read as a lesson"):
        read_lesson(path)


@pytest.fixture(scope="module")
def course():
    return find_lessons()


def test_every_parameter_of_the_course_is_typed_explained_and_in_the_table(course):
    for lesson in course:
        assert lesson.title
        assert lesson.question
        assert lesson.document
        check_parameters(**lesson.defaults)
        assert len(lesson.defaults) == len(lesson.parameters)  # none is assigned twice
        for parameter in lesson.parameters:
            allowed = known_parameters()[parameter.name]
            assert parameter.annotation == allowed.kind.__name__
            assert type(parameter.default) is allowed.kind
            assert parameter.meaning
            assert parameter.allowed == allowed.words()
            allowed.check(parameter.name, parameter.default)


def test_papermill_shows_the_same_names_types_defaults_and_meanings(course):
    for lesson in course:
        shown = papermill.inspect_notebook(str(lesson.path))
        assert list(shown) == list(lesson.defaults)
        for parameter in lesson.parameters:
            entry = shown[parameter.name]
            assert entry["inferred_type_name"] == parameter.annotation
            assert entry["help"] == parameter.meaning
            assert ast.literal_eval(entry["default"]) == parameter.default


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


def test_a_lesson_stops_at_a_wrong_loss_with_the_sentence_of_msgan_run(course, tmp_path, capsys):
    (lesson,) = choose_lessons(["07"], course)
    assert start_lesson(**lesson.defaults | {"preset": "smoke"}).preset == "smoke"
    with pytest.raises(ValueError, match="hinje") as caught:
        start_lesson(**lesson.defaults | {"loss": "hinje"})
    assert main(["run", "07", "-p", "loss=hinje", "--out", str(tmp_path / "runs")]) == 2
    assert capsys.readouterr().err == f"msgan: {caught.value}\n"
