"""Teaching notes are read strictly; the self-test asks what they hold; bands are recorded."""

import json

import pytest
from nbformat import write
from nbformat.v4 import new_markdown_cell, new_notebook

from msgan_lessons.base.places import data_folder, notebooks_folder
from msgan_lessons.classroom import widgets
from msgan_lessons.classroom.teaching import (
    Band,
    TeachingNotes,
    band,
    check_circles,
    headings,
    measured,
    number_at,
    parts,
    read_teaching,
    teaching_folder,
)
from msgan_lessons.classroom.widgets.panel import WIDGET_VIEW

LESSONS = sorted(p.stem for p in notebooks_folder().glob("[0-9]*.ipynb"))
QUESTION = """
[[question]]
ask = "{ask}"
right = "yes"
because = "it is so."
reveals = "It is not so."
[question.wrong]
"no" = "look again."
"a <b>maybe</b>" = "decide."
"""
NOTES = """\
prerequisites = ["01_first"]
needs = ["a mean"]
[minutes]
"Formula" = 12
"Guess first" = 5
{questions}
[[figure]]
section = "Formula"
expect = "A line."
metric = "loss"
"""
WHOLE = NOTES.format(questions="".join(QUESTION.format(ask=f"Is it {n}?") for n in "abc"))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Two lessons, the second with notes; a function that replaces a piece of them."""
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path))
    monkeypatch.delenv("MSGAN_HEADLESS", raising=False)
    for name in ("01_first", "02_second"):
        texts = ["# A lesson", "## Guess first\nWhy?", "## Formula\n### Part\n## Summary"]
        write(
            new_notebook(cells=[new_markdown_cell(text) for text in texts]),
            tmp_path / f"{name}.ipynb",
        )
    (tmp_path / "teaching").mkdir()

    def rewrite(old="", new="", text=WHOLE):
        assert old in text
        path = tmp_path / "teaching" / "02_second.toml"
        path.write_text(text.replace(old, new) if old else text, "utf-8")

    rewrite()
    return rewrite


def test_notes_are_read_in_the_order_of_the_lesson(course):
    notes = read_teaching("02_second")
    assert teaching_folder() == notebooks_folder() / "teaching"
    assert headings("02_second") == ("Guess first", "Formula", "Summary")
    assert list(notes.minutes.items()) == [("Guess first", 5), ("Formula", 12)]
    assert (notes.prerequisites, notes.needs) == (("01_first",), ("a mean",))
    assert [q.ask for q in notes.questions] == ["Is it a?", "Is it b?", "Is it c?"]
    assert list(notes.questions[0].answers) == ["yes", "no", "a <b>maybe</b>"]
    assert (notes.figures[0].section, notes.figures[0].metric) == ("Formula", "loss")


def test_a_part_reaches_to_the_lesson_that_begins_the_next(course):
    names = ("01_first", "02_second")  # the first has no notes
    assert parts(names, "Lessons") == dict.fromkeys(names, "Lessons")
    course("needs =", 'part = "More"\nneeds =')
    assert parts(names, "Lessons") == {"01_first": "Lessons", "02_second": "More"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("needs =", "neds =", "the file has the unknown key 'neds'; did you mean 'needs'?"),
        ("needs =", "level = 3\nneeds =", "the file has the unknown key 'level'."),
        ('needs = ["a mean"]', "", "the file must have the key 'needs'."),
        ('["a mean"]', '"a mean"', "needs must be a list of texts, got 'a mean'."),
        ('["a mean"]', '["a mean", "A  mean."]', "needs must differ, got 'A  mean.' twice."),
        ('["a mean"]', '[" "]', "needs must be a text, got ' '."),
        ("needs =", 'part = ""\nneeds =', "part must be a text, got ''."),
        ("01_first", "01_frist", "lessons, got '01_frist'; did you mean '01_first'?"),
        ("01_first", "02_second", "prerequisites must be other lessons, got the lesson itself."),
        ('"Formula" = 12', '"Formulae" = 12', "got 'Formulae'; did you mean 'Formula'?"),
        ('"Formula" = 12', '"Formula" = 0', "must be a whole number from 1 to 240, got 0."),
        ('"Formula" = 12', '"Formula" = 2.5', "must be a whole number from 1 to 240, got 2.5."),
        ('"Formula" = 12', '"Formula" = true', "must be a whole number from 1 to 240, got True."),
        ('section = "Formula"', 'section = "Explore"', "figure 1 must be a heading of the lesson"),
        ("expect =", "excpect =", "figure 1 has the unknown key 'excpect'; did you mean"),
        ('"A line."', '""', "expect of figure 1 must be a text, got ''."),
        ('"no" = "look again."\n', "", "question 1 must have at least two wrong answers"),
        ('"no" =', '"Yes." =', "the answers of question 1 must differ, got 'Yes.' twice."),
        ('"look again."', '""', "wrong of question 1 must be a text, got ''."),
        ("Is it b?", "is it a?", "the questions must differ, got 'is it a?' twice."),
        ('right = "yes"', "right = 1", "the answers of question 1 must be a text, got 1."),
        ('reveals = "It is not so."', "", "question 1 must have the key 'reveals'."),
        ("[minutes]", "[minutes", "02_second.toml: "),
        ('"no" = "look again."', '"no" = "a"\n"no" = "b"', "02_second.toml: "),
    ],
)
def test_what_does_not_fit_is_one_sentence_that_names_the_file(course, old, new, sentence):
    course(old, new)
    with pytest.raises(ValueError, match=r"\A02_second\.toml: [^\n]+[.?]\Z") as caught:
        read_teaching("02_second")
    assert sentence in str(caught.value)


def test_notes_that_lack_or_are_damaged_are_told_apart(course, tmp_path):
    notes = tmp_path / "teaching" / "02_second.toml"
    with pytest.raises(FileNotFoundError, match="01_first has no teaching notes"):
        read_teaching("01_first")
    with pytest.raises(ValueError, match=r"got '02_secnd'; did you mean '02_second'\?\Z"):
        read_teaching("02_secnd")
    course(text=NOTES.format(questions=QUESTION.format(ask="Why?")))
    with pytest.raises(ValueError, match="question must be given at least 3 times, got 1"):
        read_teaching("02_second")
    notes.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"\A02_second\.toml: "):
        read_teaching("02_second")
    course()
    (tmp_path / "02_second.ipynb").write_text('{"cells": 3}')
    with pytest.raises(ValueError, match="the notebook of 02_second is missing or damaged"):
        read_teaching("02_second")


def test_a_circle_of_prerequisites_is_named():
    def notes(name, *needed):
        return TeachingNotes(name, needed, (), {}, (), ())

    check_circles([notes("a"), notes("b", "a"), notes("c", "a", "b", "elsewhere")])
    with pytest.raises(ValueError, match=r"in a circle, got . -> . -> . -> .\.") as caught:
        check_circles([notes("a", "c"), notes("b", "a"), notes("c", "b")])
    assert all(name in str(caught.value) for name in "abc")


def test_all_notes_can_be_read_without_a_circle_and_name_figures_recorded_over_seeds():
    notes = [read_teaching(lesson) for lesson in LESSONS]
    check_circles(notes)
    assert [n.lesson for n in notes if not n.prerequisites] == LESSONS[:1]
    for n in notes:
        assert sum(n.minutes.values()) >= 30
        assert {figure.section for figure in n.figures} <= set(headings(n.lesson))
    named = {(n.lesson, f.metric) for n in notes for f in n.figures if f.metric}
    assert named
    found = {pair: band(*pair) for pair in named}
    missing = [pair for pair, seen in found.items() if seen is None or len(seen.seeds) < 2]
    assert missing == [], "run these lessons with two seeds, then data/build_bands.py"


def test_a_self_test_and_a_quiz_explain_every_answer(course):
    test = widgets.self_test("02_second")
    assert len(test.panel.children) == 3
    first = test.panel.children[0]
    assert first.options == ["a <b>maybe</b>", "no", "yes"]
    assert (first.told["no"], first.told["yes"]) == ("Not quite. look again.", "Right. it is so.")
    bundle = test._repr_mimebundle_()
    assert WIDGET_VIEW in bundle
    assert bundle["text/html"].count("<fieldset><legend><b>Is it ") == 3
    assert bundle["text/html"].count("<details><summary>") == 9
    assert "<b>maybe" not in bundle["text/html"]
    again = widgets.self_test("02_second")._repr_mimebundle_()
    assert again["text/html"] == bundle["text/html"]
    asked = widgets.quiz("Which?", {"b": "because", "a": "look again"}).panel
    assert (asked.question, asked.options) == ("Which?", ["a", "b"])
    assert asked.told == {"a": "Not quite. look again", "b": "Right. because"}
    with pytest.raises(ValueError, match="at least two answers, got 1"):
        widgets.quiz("Which?", {"a": "x"})


def test_without_notes_or_with_damaged_ones_the_lesson_goes_on(course, monkeypatch, tmp_path):
    missing = widgets.self_test("01_first")._repr_mimebundle_()
    assert missing["text/plain"].startswith("There is no self-test here: the lesson 01_first has")
    course("needs =", "<b> =")
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    damaged = widgets.self_test("02_second")._repr_mimebundle_()
    assert WIDGET_VIEW not in damaged
    assert "<b>" not in damaged["text/html"]
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path / "elsewhere"))
    assert "There is no self-test here" in widgets.self_test("02_second").missing


def test_a_band_is_the_range_of_numbers_found_by_their_paths():
    recorded = json.loads((data_folder() / "bands.json").read_text())
    for lesson, metrics in recorded["lessons"].items():
        for name, values in metrics.items():
            found = band(lesson, name)
            assert found.low == min(values.values())
            assert found.high == max(values.values())
            assert found.seeds == tuple(map(int, values))
    assert "preset class" in measured()
    value = band("05_minimax", "value_learned")  # near 2 JSD - log 4 of two Gaussians, -0.827
    assert value.low - 0.05 < -0.827 < value.high + 0.05
    assert band("05_minimax", "nothing") is band("99_nothing", "value_learned") is None
    assert str(Band(0.25, 0.5, (0, 1, 2))) == "0.25 to 0.5 (seeds 0, 1, 2)"
    assert str(Band(1.0, 1.0, (3,))) == "1 (seed 3)"
    metrics = {"scores": {"GAN, scales": {"psnr": [1, 2.5]}}, "done": True}
    assert number_at(metrics, "scores.GAN, scales.psnr.1") == 2.5
    for wrong in ("scores", "done", "scores.GAN.psnr", "scores.GAN, scales.psnr.7", ""):
        with pytest.raises(KeyError):
            number_at(metrics, wrong)
