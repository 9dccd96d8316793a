import pytest
from tiny_lessons import write_lesson

from msgan_lessons.runs.lessons import choose_lessons, find_lessons, read_lesson
from msgan_lessons.runs.parameters import PARAMETERS, check_parameters


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
        assert set(lesson.defaults) <= set(PARAMETERS)
        assert lesson.title
        assert lesson.question
        assert lesson.document
        assert all(p.meaning for p in lesson.parameters)
