import itertools

import pytest

from msgan_lessons.lessons.l15_stability.bench import ClinicBench
from msgan_lessons.lessons.l15_stability.clinic import CASES, CAUSES
from msgan_lessons.lessons.l15_stability.pictures import before_and_after

FEW = 6  # steps: enough for what the wrong lines of T, U and W do


@pytest.fixture(scope="module")
def ward():
    return ClinicBench(seed=0, steps=FEW)


def said(capsys) -> str:
    return capsys.readouterr().out


@pytest.mark.parametrize("letter", "TUW")
def test_a_right_diagnosis_is_told_by_what_was_measured_and_shows_the_line(ward, letter, capsys):
    ward.diagnose({letter: CASES[letter].cause})
    out = said(capsys)
    assert out.startswith(f"{letter}: right: ")
    assert "\n- " in out
    assert "\n+ " in out


@pytest.mark.parametrize(("letter", "cause"), itertools.product("TW", CAUSES))
def test_every_wrong_diagnosis_gets_its_own_sentence(ward, letter, cause, capsys):
    ward.diagnose({letter: cause})
    out = said(capsys)
    assert out.startswith(f"{letter}: right") == (CASES[letter].cause == cause)
    assert cause in out or out.startswith(f"{letter}: right")


def test_an_unfinished_answer_is_no_mistake(ward, capsys):
    ward.diagnose({"P": ..., "Q": None})
    ward.treat({"P": ...})
    assert said(capsys).count("not yet") == 3


def test_unknown_names_get_a_sentence_and_stop_nothing(ward, capsys):
    ward.diagnose({"X": "dead scale", "T": "influenza"})
    ward.treat({"T": "rest"})
    out = said(capsys)
    assert "no patient 'X' with 'dead scale'; causes: mode collapse, " in out
    assert "'influenza'" in out
    assert "no patient 'T' or cure 'rest'; cures: two time scales, " in out


def test_a_cure_of_what_is_in_order_changes_nothing(ward, capsys):
    ward.treat({"W": "detach in D's step"})
    assert "ill as before: this was in order already" in said(capsys)


def test_a_cure_is_tried_in_a_new_training(ward, capsys):
    ward.treat({"U": "one range for both"})
    assert "with one range for both: SWD, worst scale 0." in said(capsys)
    assert ward.symptoms("U", "one range for both").path_gaps == [0, 0, 0]


def test_a_sheet_tells_in_words_what_it_shows(ward):
    images, plane = ward.sheet("W"), ward.sheet("S")
    assert images.alt.startswith("patient W: real from -1.00 to ")
    assert "G holds" in plane.alt
    assert "one range for both" in ward.sheet("U", "one range for both").alt


def test_pictures_are_made_without_drawing_from_the_training(ward):
    first = ward.sheet("T").png
    assert ward.sheet("T").png == first


def test_no_patients_are_no_picture():
    with pytest.raises(ValueError, match="pairs must hold at least one patient, got none"):
        before_and_after({}, "x")
