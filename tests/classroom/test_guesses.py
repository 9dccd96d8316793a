"""Guesses are locked, stay on the machine, are handed in by hand; a class's files are gathered."""

import json
import re

import pytest
import traitlets
from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook, new_output

from msgan_lessons.__main__ import main
from msgan_lessons.classroom import guesses, widgets
from msgan_lessons.classroom.guesses import (
    LARGEST_CLASS_FILE,
    MOST_GUESSES,
    LessonGuess,
    class_page,
    gather,
    offered_guesses,
    read_guess,
)
from msgan_lessons.classroom.widgets.panel import SERVERS
from msgan_lessons.runs.lessons import find_lessons

OFFERED = {
    "01_a": LessonGuess("01_a", "Up or down?", ("up", "down"), "down", "It fell."),
    "02_b": LessonGuess("02_b", "How many?", ("one", "two", "three")),
    "03_c": LessonGuess("03_c", "Which?", ()),
}
TOKENS = [f"{n:032x}" for n in range(9)]


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    """A machine of one's own, with no one's front end."""
    monkeypatch.setenv("MSGAN_HOME", str(tmp_path / "home"))
    for name in ("MSGAN_HEADLESS", *SERVERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home" / "guesses"


def ask(*choices):
    return widgets.guess("01_a", "Up or down?", choices or ["up", "down"])


def lock(choice, panel=None):
    panel = panel or ask().panel
    panel.value = choice
    panel.press()
    return panel


def hand_in(folder, name, pairs, token=TOKENS[0], **more):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    given = [{"lesson": lesson, "question": "?", "guess": g} for lesson, g in pairs]
    path.write_text(json.dumps({"msgan_guesses": 1, "token": token, "guesses": given, **more}))
    return path


def test_a_guess_is_locked_once_and_kept_on_this_machine(at_home, capsys):
    at_home.parent.write_text("a file where the folder should be")
    panel = lock("up")
    assert panel.said.startswith("It could not be kept: ")
    assert not panel.disabled
    at_home.parent.unlink()
    panel = ask().panel
    panel.press()
    assert panel.said == "Choose an answer first."
    lock("up", panel)
    assert panel.disabled
    assert json.loads((at_home / "01_a.json").read_text()) == {
        "question": "Up or down?",
        "guess": "up",
    }
    again = ask().panel
    assert (again.value, again.disabled, again.said) == ("up", True, "Locked: up")
    widgets.reveal("01_a", "down", "It fell.")
    assert capsys.readouterr().out == "You guessed: up. Seen: down. It fell.\n"
    assert guesses.locked_guess("01_a").guess == "up"


def test_a_locked_guess_stays_on_a_second_page_and_where_other_choices_are_offered():
    first, second = ask().panel, ask().panel
    lock("up", first)
    lock("down", second)
    assert (second.value, second.said, second.disabled) == ("up", "Locked: up", True)
    lock("down", first)  # a press that a locked page still sends
    assert guesses.locked_guess("01_a").guess == "up"
    other = ask("left", "right").panel
    assert (other.value, other.disabled) == (None, True)
    assert other.said == "Locked: up (you were asked: Up or down?)"
    with pytest.raises(traitlets.TraitError, match="must be one of the options"):
        other.value = "up"


def test_a_damaged_guess_can_be_locked_anew(at_home):
    at_home.mkdir(parents=True)
    for damaged in (b"", b"{", b"[1]", b'{"guess": "up"}', b'{"question": 1, "guess": 2}',
                    b"[" * 9_000):  # fmt: skip
        (at_home / "01_a.json").write_bytes(damaged)
        assert guesses.locked_guess("01_a") is None
        assert guesses.kept_guesses() == ([], ["01_a.json"])
    lock("down")
    assert guesses.locked_guess("01_a").guess == "down"


def test_reveal_says_nothing_to_a_student_who_has_not_guessed(monkeypatch, capsys):
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    widgets.reveal("01_a", "down", "It fell.")
    assert capsys.readouterr().out.startswith("Not shown yet: lock your guess under 'Guess first'")
    lock("down")
    widgets.reveal("01_a", "down", "It fell.")
    assert capsys.readouterr().out == "You guessed: down. Seen: down. It fell.\n"
    monkeypatch.setenv("MSGAN_HEADLESS", "1")  # what is stored is no one's
    widgets.reveal("01_a", "down", "It fell.")
    assert capsys.readouterr().out == "Seen: down. It fell.\n"


def test_wrong_guesses_are_refused_in_a_sentence():
    for lesson, choices, words in (
        ("01_a", ["one"], "at least two choices, got 1"),
        ("01_a", ["one", "one"], "the choices of a guess must differ"),
        ("../x", ["a", "b"], r"lesson must be letters, digits and '_', got '\.\./x'"),
    ):
        with pytest.raises(ValueError, match=words):
            widgets.guess(lesson, "Which?", choices)


def test_the_file_to_hand_in_holds_lesson_question_guess_and_a_token_alone(tmp_path, capsys):
    assert main(["guesses", "--out", "mine.json"]) == 2
    assert "nothing to hand in" in capsys.readouterr().err
    lock("up")
    assert main(["guesses", "--out", "mine.json"]) == 0
    assert capsys.readouterr().out == "written: mine.json, 1 guess; hand it in yourself.\n"
    first = json.loads((tmp_path / "mine.json").read_text())
    assert re.fullmatch("[0-9a-f]{32}", first["token"])
    given = [{"lesson": "01_a", "question": "Up or down?", "guess": "up"}]
    assert first == {"msgan_guesses": 1, "token": first["token"], "guesses": given}
    assert main(["guesses", "--out", "mine.json"]) == 0  # replaces it
    assert json.loads((tmp_path / "mine.json").read_text()) == first
    (tmp_path / "home" / "guess_token").write_text("damaged")
    guesses.hand_in(tmp_path / "mine.json")
    assert json.loads((tmp_path / "mine.json").read_text())["token"] != first["token"]


def test_nothing_else_is_overwritten(tmp_path, capsys):
    lock("up")
    (tmp_path / "work.ipynb").write_text("{}")
    hand_in(tmp_path / "class", "a.json", [])
    for call in ([], ["show", "class"]):
        for name in ("work.ipynb", "."):
            assert main(["guesses", *call, "--out", name]) == 2
            assert re.search(r"(FILE|PAGE) must be new or an earlier", capsys.readouterr().err)
    assert (tmp_path / "work.ipynb").read_text() == "{}"


def test_the_command_shows_what_is_kept_and_where(at_home, capsys):
    lock("up")
    (at_home / "02_b.json").write_text("{")
    assert main(["guesses"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"01_a +up +Up or down\?", out)
    assert "02_b.json is damaged; that guess can be locked anew." in out
    assert f"1 locked, kept in {at_home}; nothing is sent." in out


def test_a_class_is_counted_and_a_file_handed_in_twice_counts_once(tmp_path):
    hand_in(tmp_path / "class", "Ann/g.json", [("01_a", "up"), ("02_b", "two")])
    hand_in(tmp_path / "class", "Ben/g.json", [("01_a", "down")], TOKENS[1])
    hand_in(tmp_path / "class", "Ben/later/g.json", [("01_a", "down"), ("02_b", "two")], TOKENS[1])
    hand_in(tmp_path / "class", "copy.json", [("01_a", "up"), ("02_b", "two")])
    found = gather(tmp_path / "class", OFFERED)
    assert found.counts == {"01_a": {"up": 1, "down": 1}, "02_b": {"one": 0, "two": 2, "three": 0}}
    assert found.students == 2
    assert found.left_out == (
        "'Ann/g.json' adds nothing: none of its guesses counts, or all counted before.",
    )


HOSTILE = {
    "huge.json": b"[" * (LARGEST_CLASS_FILE + 1),
    "nested.json": b"[" * 50_000,
    "nested_object.json": b'{"a":' * 10_000,
    "number.json": b"1" * 6_000,
    "cut.json": b'{"msgan_guesses": 1, "tok',
    "binary.json": bytes(range(256)),
    "other.json": b'{"cells": []}',
    "<script>alert(1).json": b"null",
}


def test_a_hostile_file_is_left_out_and_named(tmp_path):
    hand_in(tmp_path, "good.json", [("01_a", "up")])
    for name, content in HOSTILE.items():
        (tmp_path / name).write_bytes(content)
    found = gather(tmp_path, OFFERED)
    assert found.counts == {"01_a": {"up": 1, "down": 0}}
    assert [said.partition(" was left out: it is ")[0] for said in found.left_out] == [
        f"'{name}'" for name in sorted(HOSTILE)
    ]
    assert "<script" not in class_page(found)


@pytest.mark.parametrize(
    ("lesson", "guess", "sentence"),
    [
        ("99_none", "up", "'99_none' is no lesson of this course that asks for one"),
        ("01_a", "<b>up</b>", "01_a does not offer '<b>up</b>'"),
        ("01_a", "x" * 9_000, "01_a does not offer 'xxx"),
        ("03_c", "up", "the choices of 03_c are computed, and its notebook here has not been run"),
    ],
)
def test_a_guess_that_does_not_fit_is_left_out_and_the_rest_counts(
    tmp_path, lesson, guess, sentence
):
    hand_in(tmp_path, "a.json", [(lesson, guess), ("02_b", "one")])
    found = gather(tmp_path, OFFERED)
    assert found.counts == {"02_b": {"one": 1, "two": 0, "three": 0}}
    assert found.left_out[0].startswith(f"'a.json': one guess was left out, {sentence}")
    assert len(found.left_out[0]) < 200
    assert "<b>up" not in class_page(found)


def test_a_changed_guess_and_fields_of_wrong_kinds_are_left_out(tmp_path):
    hand_in(tmp_path, "a.json", [("01_a", "up")])
    hand_in(tmp_path, "b.json", [("01_a", "down"), ("02_b", "one")])
    hand_in(tmp_path, "c.json", [(["01_a"], {"up": 1})], TOKENS[1])
    hand_in(tmp_path, "d.json", [], "not a token")
    hand_in(tmp_path, "e.json", [("01_a", "up")] * (MOST_GUESSES + 1), TOKENS[2])
    hand_in(tmp_path, "f.json", [], TOKENS[3], guesses="up")
    (tmp_path / "g.json").symlink_to("/etc/hostname")
    found = gather(tmp_path, OFFERED)
    assert found.counts["01_a"] == {"up": 1, "down": 0}
    assert [sentence.split(":")[1].strip() for sentence in found.left_out] == [
        "one guess was left out, for 01_a the same student handed in another one before.",
        "one of its guesses is not a lesson and a text.",
        "its token is damaged.",
        f"its guesses are no list of at most {MOST_GUESSES}.",
        f"its guesses are no list of at most {MOST_GUESSES}.",
        "it is no regular file.",
    ]
    with pytest.raises(ValueError, match="DIR must be a folder"):
        gather(tmp_path / "a.json", OFFERED)
    (tmp_path / "empty").mkdir()
    assert "No guess that counts was found" in class_page(gather(tmp_path / "empty", OFFERED))


def test_the_histogram_states_n_and_marks_what_the_run_showed():
    drawn = guesses.class_histogram
    picture = drawn("Up or $down?", {"up": 3, "down": 1}, "down")
    assert picture.caption == "4 students guessed; 1 (25%) chose what the run showed: down."
    assert "up: 3; down (what the run showed): 1" in picture.alt
    assert drawn("?", {"a": 1}).caption == "1 student guessed."
    assert drawn("?", {"a": 0}, "a").caption == "0 students guessed."
    for counts, answer, words in (({}, "", "counts must"), ({"a": 1}, "b", "answer must be one")):
        with pytest.raises(ValueError, match=words):
            drawn("?", counts, answer)


def test_the_page_of_a_class_is_written_from_this_courses_lessons(tmp_path, capsys):
    lesson, asked = next(iter(offered_guesses().items()))
    hand_in(tmp_path / "class", "a.json", [(lesson, asked.answer), ("no", "x")])
    assert main(["guesses", "show", "class"]) == 0
    out, error = capsys.readouterr()
    assert out == "written: class_guesses.html, 1 student, 1 lesson.\n"
    assert error == (
        "'a.json': one guess was left out, 'no' is no lesson of this course that asks for one.\n"
    )
    page = (tmp_path / "class_guesses.html").read_text("utf-8")
    assert page.count("<figure") == 1
    assert f"<h2>{lesson}</h2>" in page
    assert "1 student guessed; 1 (100%)" in page
    assert main(["guesses", "show", "class"]) == 0  # replaces its own page
    assert main(["guesses", "--out", "x", "show", "class"]) == 2
    assert "--out FILE must stand alone" in capsys.readouterr().err


def test_every_lessons_question_is_read_with_its_answer():
    for lesson in find_lessons():
        asked = read_guess(lesson.path)
        assert asked.lesson == lesson.name
        assert asked.question.endswith("?")
        assert len(set(asked.choices)) == len(asked.choices) >= 2
        assert asked.answer in asked.choices
        assert asked.because


def notebook(folder, *cells):
    path = folder / "03_c.ipynb"
    write(new_notebook(cells=[new_code_cell(code, outputs=out) for code, out in cells]), path)
    return path


def test_computed_choices_come_from_what_the_notebook_has_stored(tmp_path):
    twin = widgets.guess("03_c", "A < B?", ["yes", "no, <never>"])._repr_mimebundle_()
    stored = [new_output("display_data", {"text/html": twin["text/html"]})]
    said = [new_output("stream", text="1.0\nSeen: no, <never>. It is 3. One seed.\n")]
    asks = 'q = "A < B?"\nwidgets.guess("03_c", q, list(f()))'
    reveals = "widgets.reveal('03_c', best, f'It is {n}.')"
    asked = read_guess(notebook(tmp_path, ("%magic", []), (asks, stored), (reveals, said)))
    assert asked == LessonGuess(
        "03_c", "A < B?", ("yes", "no, <never>"), "no, <never>", "It is 3. One seed."
    )
    clean = read_guess(notebook(tmp_path, (asks, []), (reveals, [])))
    assert (clean.choices, clean.answer) == ((), "")
    assert read_guess(notebook(tmp_path, ("1 + 1", []))) is None
    (tmp_path / "03_c.ipynb").write_text("{}")
    with pytest.raises(ValueError, match=r"03_c\.ipynb is damaged"):
        read_guess(tmp_path / "03_c.ipynb")
