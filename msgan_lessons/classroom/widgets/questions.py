"""Questions: a choice, a guess before the answer, a quiz, a self-test, the game real or fake."""

import html
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anywidget
import ipywidgets
import torch
import traitlets
from torch import Tensor

from msgan_lessons.base.pictures import Picture, image_grid, image_rows
from msgan_lessons.classroom import guesses
from msgan_lessons.classroom.teaching import read_teaching
from msgan_lessons.classroom.widgets.panel import Shown, has_front_end, is_headless
from msgan_lessons.metrics.neighbours import nearest_neighbour_verdicts, wilson_interval


class Choice(anywidget.AnyWidget):
    """Radio buttons in a group that bears the question as its name, so that it is read out."""

    _esm = Path(__file__).with_name("choice.js")
    question = traitlets.Unicode().tag(sync=True)
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    told = traitlets.Dict().tag(sync=True)
    action = traitlets.Unicode().tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)
    value = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        question: str,
        options: Sequence[str],
        told: Mapping[str, str] | None = None,  # option to what is said once it is chosen
        action: str = "",  # what the button says; empty: none
    ) -> None:
        self.pressed: Callable[[], None] = lambda: None
        super().__init__(
            question=question, options=list(options), told=dict(told or {}), action=action
        )
        self.on_msg(self._receive)

    @traitlets.validate("value")
    def _check(self, proposal: Mapping) -> str | None:
        """Refuse what is not offered; the page may be another program."""
        value = proposal["value"]
        if value is not None and value not in self.options:
            raise traitlets.TraitError(f"value must be one of the options, got {value!r}.")
        return value

    def press(self) -> None:
        """Do what the button does."""
        self.pressed()

    def _receive(self, _widget: object, message: object, _buffers: object) -> None:
        if isinstance(message, dict) and message.get("k") == "press":
            self.pressed()


def _group(question: str, items: Sequence[str], texts: Sequence[str]) -> dict[str, str]:
    """Write a question for a page without a kernel: HTML, one item an answer, and a line."""
    legend = f"<legend><b>{html.escape(question)}</b></legend>"
    listed = "".join(f"<li>{item}</li>" for item in items)
    return {
        "text/html": f"<fieldset>{legend}<ul>{listed}</ul></fieldset>",
        "text/plain": f"{question} {' / '.join(texts)}",
    }


class _Guess(Shown):
    """A question with a few answers, locked once, kept on this machine alone."""

    def __init__(self, lesson: str, question: str, choices: Sequence[str]) -> None:
        if len(choices) < 2:
            raise ValueError(f"a guess must have at least two choices, got {len(choices)}.")
        if len(set(choices)) < len(choices):
            raise ValueError(f"the choices of a guess must differ, got {list(choices)}.")
        self.lesson, self.question, self.choices = lesson, question, list(choices)
        self.panel = Choice(question, self.choices, action="Lock my guess")
        self.panel.said = "Your guess stays on this machine."
        self.panel.pressed = self.lock
        if earlier := guesses.locked_guess(lesson):
            self._show(earlier)

    def lock(self) -> None:
        """Write the chosen answer to this machine; it cannot be changed afterwards."""
        if self.panel.value is None:
            self.panel.said = "Choose an answer first."
            return
        try:
            self._show(guesses.lock_guess(self.lesson, self.question, self.panel.value))
        except OSError as error:
            self.panel.said = f"It could not be kept: {error}"

    def _show(self, kept: guesses.KeptGuess) -> None:
        """Show what is locked, which may be an answer to an earlier question."""
        here = kept.guess in self.choices
        self.panel.value = kept.guess if here else None
        asked = "" if here else f" (you were asked: {kept.question})"
        self.panel.said = f"Locked: {kept.guess}{asked}"
        self.panel.disabled = True

    def static(self) -> dict[str, str]:
        """Return the question and its choices."""
        return _group(self.question, list(map(html.escape, self.choices)), self.choices)


def guess(lesson: str, question: str, choices: Sequence[str]) -> _Guess:
    """Ask for a prediction before the result is shown: locked once, kept on this machine alone.

    Parameters
    ----------
    lesson : str
        Its name; one question a lesson.
    question : str
        One sentence.
    choices : sequence of str
        The answers, at least two.

    Raises
    ------
    ValueError
        If there are fewer than two choices, one stands there twice, or the name cannot be that of
        a lesson.
    """
    return _Guess(lesson, question, choices)


def reveal(lesson: str, answer: str, because: str) -> None:
    """Set the answer beside the locked guess; a student who has locked none is asked for it first.

    Parameters
    ----------
    lesson : str
        Its name.
    answer, because : str
        The choice that the result supports, and why, in one sentence.
    """
    kept = None if is_headless() else guesses.locked_guess(lesson)
    if kept is None and has_front_end():
        print("Not shown yet: lock your guess under 'Guess first', then run this cell again.")
        return
    verdict = f"You guessed: {kept.guess}. " if kept else ""
    print(f"{verdict}Seen: {answer}. {because}")


class _Quiz(Shown):
    """A multiple-choice question; the explanation of the chosen answer appears at once."""

    def __init__(self, question: str, answers: Mapping[str, str]) -> None:
        if len(answers) < 2:
            raise ValueError(f"a quiz must have at least two answers, got {len(answers)}.")
        right = next(iter(answers))
        self.told = {
            answer: f"{'Right' if answer == right else 'Not quite'}. {answers[answer]}"
            for answer in sorted(answers)
        }
        self.panel = Choice(question, list(self.told), self.told)

    def static(self) -> dict[str, str]:
        """Return the question; each answer unfolds what is said to it."""
        items = [
            f"<details><summary>{html.escape(answer)}</summary>{html.escape(said)}</details>"
            for answer, said in self.told.items()
        ]
        return _group(self.panel.question, items, list(self.told))


def quiz(question: str, answers: Mapping[str, str]) -> _Quiz:
    """Ask a multiple-choice question; the explanation of the chosen answer appears at once.

    Parameters
    ----------
    question : str
        One sentence or two.
    answers : mapping
        Answer to its explanation; the first is the right one (they are shown in sorted order).

    Raises
    ------
    ValueError
        If there are fewer than two answers.
    """
    return _Quiz(question, answers)


class _SelfTest(Shown):
    """All questions of a lesson; without teaching notes, one sentence that says so."""

    def __init__(self, lesson: str) -> None:
        self.quizzes, self.missing = [], ""
        try:
            self.quizzes = [_Quiz(q.ask, q.answers) for q in read_teaching(lesson).questions]
        except (OSError, ValueError) as error:  # the lesson goes on without them
            self.missing = f"There is no self-test here: {error}"
        panels = [quiz.panel for quiz in self.quizzes]
        self.panel = ipywidgets.VBox(panels or [ipywidgets.HTML(self._sentence())])

    def _sentence(self) -> str:
        return f"<p>{html.escape(self.missing)}</p>"

    def static(self) -> dict[str, str]:
        """Return all questions below each other."""
        twins = [quiz.static() for quiz in self.quizzes]
        return {
            "text/html": "".join(twin["text/html"] for twin in twins) or self._sentence(),
            "text/plain": "\n".join(twin["text/plain"] for twin in twins) or self.missing,
        }


def self_test(lesson: str) -> _SelfTest:
    """Ask all questions of a lesson's self-test.

    Parameters
    ----------
    lesson : str
        Its name, as in '05_minimax'; one without teaching notes gets a sentence that says so.
    """
    return _SelfTest(lesson)


COLUMNS = 10


class _RealOrFake(Shown):
    """One image at a time, two buttons; at the end the player's accuracy beside a machine's."""

    def __init__(
        self,
        real_images: Tensor,
        fake_images: Tensor,
        generator: torch.Generator,
        rounds: int,
        features: Callable[[Tensor], Tensor],
    ) -> None:
        _check(real_images, fake_images, rounds)
        self.images = torch.stack([fake_images, real_images])  # (2, n, C, H, W), by truth
        self.generator, self.rounds = generator, rounds
        verdicts = nearest_neighbour_verdicts(features(real_images), features(fake_images))
        self._called_real = torch.stack(verdicts[::-1])  # (2, n), by truth
        self.view, self.status = ipywidgets.HTML(""), ipywidgets.HTML("")
        self.real = ipywidgets.Button(description="Real")
        self.fake = ipywidgets.Button(description="Fake")
        self.again = ipywidgets.Button(description="New images")
        buttons = ipywidgets.HBox([self.real, self.fake, self.again])
        self.panel = ipywidgets.VBox([self.status, self.view, buttons])
        self.real.on_click(lambda _: self.answer(True))
        self.fake.on_click(lambda _: self.answer(False))
        self.again.on_click(lambda _: self.deal())
        self.deal()

    def deal(self) -> None:
        """Draw new images and start at the first."""
        count = self.images.shape[1]
        self.truth = torch.rand(self.rounds, generator=self.generator) < 0.5  # True: real
        chosen = torch.randperm(count, generator=self.generator)[: self.rounds]
        self.shown = self.images[self.truth.long(), chosen]  # (rounds, C, H, W)
        self.machine = self._called_real[self.truth.long(), chosen]  # (rounds,)
        self.answers: list[bool] = []
        self._ask()

    def answer(self, real: bool) -> None:
        """Take an answer and go on; after the last one, show the result."""
        if len(self.answers) == self.rounds:
            return
        self.answers.append(real)
        if len(self.answers) < self.rounds:
            self._ask()
        else:
            self._finish()

    @property
    def right(self) -> int:
        """Right answers of the player so far."""
        answers = torch.tensor(self.answers, dtype=torch.bool)
        return int((answers == self.truth[: len(answers)]).sum())

    @property
    def machine_right(self) -> int:
        """Right answers of the machine on all images of this deal."""
        return int((self.machine == self.truth).sum())

    def sheet(self) -> Picture:
        """Show all images of this deal in their order, without the answers."""
        alt = f"{self.rounds} images in rows of {COLUMNS}, real and generated ones mixed."
        caption = "Which are real? Decide on each before you open the answers."
        return image_grid(self.shown, COLUMNS, alt, caption)

    def _ask(self) -> None:
        number = f"Image {len(self.answers) + 1} of {self.rounds}"
        image = self.shown[len(self.answers)][None]
        enlarge = max(1, 160 // image.shape[-1])
        shown = image_grid(image, 1, number, "Is it real or generated?", enlarge)
        self.view.value = shown.html()
        self.status.value = f'<p role="status">{number}</p>'
        self.real.disabled, self.fake.disabled = False, False

    def _finish(self) -> None:
        self.real.disabled = self.fake.disabled = True
        self.view.value = self._groups().html()
        text = f"You: {score(self.right, self.rounds)}. {self._machine()}"
        self.status.value = f'<p role="status">{html.escape(text)}</p>'

    def _machine(self) -> str:
        return f"The machine, on the same images: {score(self.machine_right, self.rounds)}."

    def _groups(self) -> Picture:
        """Sort the images by truth and answer, so that the mistakes can be looked at."""
        answers, groups = torch.tensor(self.answers), {}
        for truth, name in ((True, "real"), (False, "generated")):
            for said, verb in ((True, "called real"), (False, "called fake")):
                images = self.shown[(self.truth == truth) & (answers == said)]
                if len(images):
                    groups[f"{name}, {verb}"] = images[:COLUMNS]
        told = ", ".join(f"{len(images)} {name}" for name, images in groups.items())
        alt = f"The images sorted by truth and answer, at most {COLUMNS} each: {told}."
        caption = "What gave the generated ones away, and what spoke against real ones?"
        return image_rows(groups, alt, caption, row_height=0.62)

    def static(self) -> dict[str, str]:
        """Return the sheet, with the answers folded below it."""
        sheet = self.sheet()._repr_mimebundle_()
        names = ["real" if truth else "generated" for truth in self.truth]
        rows = [names[i : i + COLUMNS] for i in range(0, self.rounds, COLUMNS)]
        answers = "".join(f"<li>{', '.join(row)}</li>" for row in rows)
        hidden = f"<details><summary>The answers, row by row</summary><ol>{answers}</ol>"
        explained = f"{hidden}<p>{html.escape(self._machine())}</p></details>"
        return {**sheet, "text/html": sheet["text/html"] + explained}


def real_or_fake(
    real_images: Tensor,
    fake_images: Tensor,
    generator: torch.Generator,
    rounds: int = 20,
    features: Callable[[Tensor], Tensor] | None = None,
) -> _RealOrFake:
    """Play real or fake: one image at a time, at the end the player's accuracy beside a machine's.

    A fair coin decides before each round whether the image is real, so whoever guesses is right
    in half of the rounds. Nothing is told before the last answer: rounds stay independent, as
    the interval asks. The machine calls an image real if its nearest other image is real.
    Where widgets cannot run, a sheet of images with hidden answers is shown.

    Parameters
    ----------
    real_images, fake_images : Tensor
        Shape (n, C, H, W) both, in [-1, 1], n at least `rounds`.
    generator : torch.Generator
        Deals the images, on the CPU.
    rounds : int
        Images shown, at least 1.
    features : callable, optional
        Images (n, C, H, W) to rows (n, d): what the machine compares; pixels where it is missing.

    Raises
    ------
    ValueError
        If the images differ in shape, or are too few for the rounds.
    """
    describe = features or (lambda images: images.flatten(1))
    return _RealOrFake(real_images, fake_images, generator, rounds, describe)


def score(right: int, rounds: int) -> str:
    """Say a count with its share and Wilson's interval."""
    low, high = wilson_interval(right, rounds)
    share = right / rounds
    return f"{right} of {rounds} right, {share:.0%} ({low:.0%} to {high:.0%} at 95% confidence)"


def _check(real: Tensor, fake: Tensor, rounds: int) -> None:
    if real.ndim != 4 or real.shape != fake.shape:
        raise ValueError(
            "real_images and fake_images must have the same shape (n, C, H, W), "
            f"got {tuple(real.shape)} and {tuple(fake.shape)}."
        )
    if not 1 <= rounds <= len(real):
        raise ValueError(f"rounds must be from 1 to the {len(real)} images, got {rounds}.")
