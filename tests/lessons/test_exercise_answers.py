"""The wrong-answer bank: right answers however written, typical mistakes, hostile answers."""

import importlib.util
import math
import sys
import threading
import time
from pathlib import Path

import pytest
import torch
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from msgan_lessons.classroom import exercises
from msgan_lessons.classroom.exercises import Function, Verdict, bank, folded


def read(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ANSWERS = [read(path) for path in sorted(Path(__file__).parent.glob("l*/answers_*.py"))]
RIGHT = {number: answers for module in ANSWERS for number, answers in module.RIGHT.items()}
WRONG = {number: answers for module in ANSWERS for number, answers in module.WRONG.items()}
FUNCTIONS = [number for number, entry in bank().items() if isinstance(entry, Function)]
VALUES = [number for number in bank() if number not in FUNCTIONS]


def name_of(answer) -> str:
    return getattr(answer, "__name__", repr(answer))


def cases(answers):
    return [
        pytest.param(number, *(one if isinstance(one, tuple) else (one,)), id=f"{number}-{i}")
        for number, several in answers.items()
        for i, one in enumerate(several)
    ]


def test_every_exercise_has_right_and_wrong_answers_clues_and_a_solution():
    assert sorted(RIGHT) == sorted(WRONG) == sorted(bank())
    assert {n for n in bank() if len(RIGHT[n]) < 3 or len(WRONG[n]) < 5} == set()
    known = {n: len(e.mistakes if isinstance(e, Function) else e.hints) for n, e in bank().items()}
    assert {n for n, count in known.items() if count < 5} == set()
    assert {n for n, entry in bank().items() if len(entry.clues) != 2} == set()
    assert {n for n in FUNCTIONS if not bank()[n].solution.startswith("def my_")} == set()


@pytest.mark.parametrize(
    ("number", "answer"), cases({n: [[a] for a in v] for n, v in RIGHT.items()})
)
def test_a_right_answer_is_accepted_however_it_is_written(number, answer, capsys):
    verdict = exercises.check(number, answer[0])
    said = capsys.readouterr().out
    assert verdict, f"{name_of(answer[0])}: {said}"
    assert said.startswith("right: ")
    assert not verdict.clues


@pytest.mark.parametrize(("number", "answer", "hint"), cases(WRONG))
def test_a_wrong_answer_is_refused_and_its_mistake_is_named(number, answer, hint, capsys):
    verdict = exercises.check(number, answer)
    said = capsys.readouterr().out
    assert not verdict, name_of(answer)
    assert said.startswith("not right: ")
    assert hint in said, f"{name_of(answer)}: {said}"
    assert verdict.clues == bank()[number].clues


@pytest.mark.parametrize("number", bank())
def test_the_banks_own_answer_and_solution_are_right(number, capsys):
    entry = bank()[number]
    assert exercises.check(number, entry.reference if number in FUNCTIONS else entry.right)
    names = {"torch": torch, "math": math}
    if number in FUNCTIONS:
        exec(entry.solution, names)
        mine = next(v for k, v in names.items() if k.startswith("my_"))
    else:
        mine = eval(entry.solution or repr(entry.right), names)
    assert exercises.check(number, mine), capsys.readouterr().out


@pytest.mark.parametrize("number", bank())
def test_every_known_mistake_is_told_from_every_other(number, capsys):
    entry = bank()[number]
    known = entry.mistakes if number in FUNCTIONS else {h: w for w, h in entry.hints.items()}
    for hint, mistake in known.items():
        capsys.readouterr()
        assert not exercises.check(number, mistake)
        assert capsys.readouterr().out == f"not right: {hint}\n"


def broken(*_):
    raise RuntimeError("oh")


def endless(*_):
    while True:
        pass


def stubborn(*_):
    while True:
        try:
            time.sleep(9)
        except:  # noqa: E722
            print("still here")


def nothing_written(*_):
    raise ValueError(Unspeakable())


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no words")


HOSTILE = {
    "raises": (broken, "RuntimeError: oh"),
    "leaves": (lambda *_: sys.exit(3), "SystemExit: 3"),
    "recurses": (lambda *a: HOSTILE["recurses"][0](*a), "RecursionError"),
    "returns None": (lambda *_: None, "returns nothing (None)"),
    "returns NaN": (lambda *_: float("nan"), "not right: "),
    "returns an object": (lambda *_: object(), "not right: "),
    "returns what has no words": (lambda *_: Unspeakable(), "not right: "),
    "raises what has no words": (nothing_written, "ValueError"),
    "yields": (lambda *_: (yield 1), "not right: "),
    "returns a word": (lambda *_: "x", "not right: "),
    "returns a list of lists": (lambda *_: [[1], [2, 3]], "not right: "),
    "returns itself": (lambda *_: endless, "not right: "),
    "takes too many arguments": (lambda a, b, c, d, e, f, g: 1, "TypeError"),
    "is no function": (3.5, "is not a function"),
    "is a word": ("x" * 999, "is not a function"),
}


HOSTILE_VALUES = [
    lambda: 1, Unspeakable(), float("nan"), [[1], [2, 3]], {}, b"x", 1j, 10**400, "x" * 999,
]  # fmt: skip


@pytest.mark.parametrize(("number", "answer", "words"), [
    *(pytest.param(n, *pair, id=f"{n} {kind}")
      for n in FUNCTIONS for kind, pair in HOSTILE.items()),
    *(pytest.param(n, answer, "", id=f"{n} {type(answer).__name__}")
      for n in VALUES for answer in HOSTILE_VALUES),
])  # fmt: skip
def test_a_hostile_answer_gets_one_sentence(number, answer, words, capsys):
    assert not exercises.check(number, answer)
    said = capsys.readouterr()
    assert said.out.startswith("not right: ")
    assert words in said.out
    assert said.out.count("\n") == 1
    assert len(said.out) < 400
    assert said.err == ""


@pytest.mark.parametrize("number", bank())
def test_an_unfinished_stub_says_not_yet(number, capsys):
    assert not exercises.check(number, ...)
    assert not exercises.check(number, (lambda *_: ...) if number in FUNCTIONS else None)
    assert capsys.readouterr().out == f"{exercises.NOT_YET}\n" * 2


@pytest.mark.parametrize("answer", [endless, stubborn])
@pytest.mark.parametrize("on_main", [True, False], ids=["by a signal", "from a thread"])
def test_an_endless_answer_is_stopped(answer, on_main):
    if not on_main and answer is stubborn:
        answer = catching
    found = []

    def look():
        found.append(exercises.call_student(answer, (1,), seconds=0.3))

    if on_main:
        look()
    else:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert found[0].problem == "it has not ended after 0.3 s; does a loop never stop?"


def catching(_):
    count = 0
    while count < 10**9:
        try:
            count += 1
        except Exception:
            print("never")


def test_an_endless_answer_does_not_break_the_check(monkeypatch, capsys):
    monkeypatch.setattr(exercises.call_student, "__defaults__", (0.2,))
    assert not exercises.check("05.3", endless)
    assert "has not ended after 0.2 s" in capsys.readouterr().out


IN_A_KERNEL = {
    "return d_real.log().mean() + (1 - d_fake).log().mean()": "right: ",
    "exit()": "SystemExit",
    "quit()": "SystemExit",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "input('your name')": "StdinNotImplementedError",
    "return get_ipython().kernel.do_shutdown": "not right: ",
    "raise NotImplementedError": "not yet",
}


def test_hostile_answers_leave_a_notebooks_kernel_alive(monkeypatch):
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    ask = "def mine(d_real, d_fake):\n    {}\n\n\nexercises.check('05.3', mine)"
    sources = ["from msgan_lessons.classroom import exercises"]
    sources += [ask.format(line) for line in IN_A_KERNEL] + ["print('alive')"]
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    quiet = ["--IPKernelApp.log_level=CRITICAL"]
    NotebookClient(notebook, timeout=60, kernel_name="python3", extra_arguments=quiet).execute()
    said = [cell.outputs[0].text for cell in notebook.cells[1:]]
    for words, text in zip([*IN_A_KERNEL.values(), "alive"], said, strict=True):
        assert words in text
    shown = notebook.cells[2].outputs[1].data
    assert shown["text/html"].startswith("<details><summary>Hint</summary>")


def test_a_limit_within_a_limit_leaves_the_outer_one_in_force():
    def both():
        assert exercises.run_guarded(endless, seconds=0.1).problem
        endless()

    found = exercises.run_guarded(both, seconds=0.4)
    assert found.problem == "it has not ended after 0.4 s; does a loop never stop?"


def test_torchs_settings_and_random_streams_are_kept():
    def meddling(x):
        torch.manual_seed(1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        return x

    torch.manual_seed(7)
    before = torch.rand(1)
    torch.manual_seed(7)
    exercises.call_student(meddling, (1,))
    assert torch.rand(1) == before
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_an_argument_that_is_changed_is_named_and_not_harmed():
    given = [torch.ones(2), [torch.ones(1)]]

    def spoil(first, second):
        second[0].add_(1)
        return first

    assert "its argument 'second' in place" in exercises.call_student(spoil, given).problem
    assert given[1][0] == 1


def test_a_list_of_functions_that_is_turned_round_in_place_is_noticed():
    def spoil(blocks):
        blocks.reverse()

    assert "'blocks' in place" in exercises.call_student(spoil, ([abs, broken],)).problem


def test_hints_unfold_one_after_the_other():
    assert folded(()) == ""
    assert folded(["a < b", "c"]) == (
        "<details><summary>Hint</summary><p>a &lt; b</p>"
        "<details><summary>Another hint</summary><p>c</p></details></details>"
    )


def test_a_right_answer_shows_no_hints(capsys):
    Verdict(True, ("a", "b"))._ipython_display_()
    assert capsys.readouterr().out == ""
    assert repr(Verdict(False, ("a", "b"))) == "False"
