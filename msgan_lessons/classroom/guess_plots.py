"""The histogram of a class's guesses."""

import textwrap
from collections.abc import Mapping

from msgan_lessons.base.pictures import COLOURS, Picture, new_figure

__all__ = ["class_histogram"]

WIDTH = 38  # letters of a choice on one line
TITLE_WIDTH = 90
SEEN = "what the run showed"


def class_histogram(question: str, counts: Mapping[str, int], answer: str = "") -> Picture:
    """Show how often each answer was guessed, with the one that the result supports marked.

    Parameters
    ----------
    question : str
        What the lesson asked.
    counts : mapping
        Answer to how many students chose it, in the order of the lesson, zeros included.
    answer : str
        The one that the result supports; nothing is marked where it is empty.

    Returns
    -------
    Picture
        The caption states the number of students.

    Raises
    ------
    ValueError
        If there are no answers, a count is below 0, or `answer` is none of them.

    Examples
    --------
    >>> class_histogram("Where does V end?", {"at 0": 2, "below 0": 6}, "below 0").caption
    '8 students guessed; 6 (75%) chose what the run showed: below 0.'
    """
    if not counts or min(counts.values()) < 0:
        raise ValueError(f"counts must hold answers and counts from 0 on, got {dict(counts)}.")
    if answer and answer not in counts:
        raise ValueError(f"answer must be one of {list(counts)}, got {answer!r}.")
    labels = [_wrapped(choice) for choice in counts]
    lines = sum(max(1.6, label.count("\n") + 1.2) for label in labels)
    title = textwrap.fill(question.replace("$", r"\$"), TITLE_WIDTH)
    height = 0.25 * lines + 0.9 + 0.22 * (title.count("\n") + bool(answer))
    figure, axis = new_figure(8.0, height)
    colours = [COLOURS["optimum" if choice == answer else "fifth"] for choice in counts]
    hatches = ["//" if choice == answer else "" for choice in counts]
    bars = axis.barh(range(len(counts)), counts.values(), color=colours, edgecolor="white",
                     hatch=hatches, height=0.66)  # fmt: skip
    marks = [f" {n}: seen" if c == answer else f" {n}" for c, n in counts.items()]
    axis.bar_label(bars, marks, fontsize=9, padding=2)
    most = max(1, *counts.values())
    axis.set(yticks=range(len(counts)), xlim=(0, most * 1.3), xlabel="students")
    axis.set_yticklabels(labels, fontsize=9)
    axis.xaxis.get_major_locator().set_params(integer=True, nbins=min(most, 8))
    axis.invert_yaxis()
    figure.suptitle(title, x=0.01, ha="left", fontsize=10)
    return Picture(figure, _alt(question, counts, answer), _caption(counts, answer))


def _wrapped(choice: str) -> str:
    return textwrap.fill(choice.replace("$", r"\$"), WIDTH)


def _alt(question: str, counts: Mapping[str, int], answer: str) -> str:
    told = "; ".join(f"{c}{f' ({SEEN})' if c == answer else ''}: {n}" for c, n in counts.items())
    return f"Bars for the guesses to the question: {question} {told}."


def _caption(counts: Mapping[str, int], answer: str) -> str:
    n = sum(counts.values())
    students = f"{n} student{'' if n == 1 else 's'} guessed"
    if not answer or not n:
        return f"{students}."
    right = counts[answer]
    return f"{students}; {right} ({right / n:.0%}) chose {SEEN}: {answer}."
