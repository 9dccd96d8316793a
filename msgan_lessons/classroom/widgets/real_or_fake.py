"""A game: tell real images from generated ones, against a machine (lesson 16_evaluation)."""

import html
from collections.abc import Callable

import ipywidgets
import torch
from torch import Tensor

from msgan_lessons.base.pictures import Picture, image_grid, image_rows
from msgan_lessons.classroom.widgets.panel import bundle
from msgan_lessons.metrics.neighbours import nearest_neighbour_verdicts, wilson_interval

COLUMNS = 10


class RealOrFake:
    """One image at a time, two buttons; at the end the player's accuracy beside a machine's.

    A fair coin decides before each round whether the image is real, so whoever guesses is right
    in half of the rounds. Nothing is told before the last answer: rounds stay independent, as
    the interval asks. The machine calls an image real if its nearest other image is real.

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

    def __init__(
        self,
        real_images: Tensor,
        fake_images: Tensor,
        generator: torch.Generator,
        rounds: int = 20,
        features: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        _check(real_images, fake_images, rounds)
        self.images = torch.stack([fake_images, real_images])  # (2, n, C, H, W), by truth
        self.generator, self.rounds = generator, rounds
        describe = features or (lambda images: images.flatten(1))
        verdicts = nearest_neighbour_verdicts(describe(real_images), describe(fake_images))
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

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        sheet = self.sheet()._repr_mimebundle_()
        names = ["real" if truth else "generated" for truth in self.truth]
        rows = [names[i : i + COLUMNS] for i in range(0, self.rounds, COLUMNS)]
        answers = "".join(f"<li>{', '.join(row)}</li>" for row in rows)
        hidden = f"<details><summary>The answers, row by row</summary><ol>{answers}</ol>"
        explained = f"{hidden}<p>{html.escape(self._machine())}</p></details>"
        return bundle(self.panel, {**sheet, "text/html": sheet["text/html"] + explained})


def real_or_fake(
    real_images: Tensor,
    fake_images: Tensor,
    generator: torch.Generator,
    rounds: int = 20,
    features: Callable[[Tensor], Tensor] | None = None,
) -> RealOrFake:
    """Play real or fake; arguments and errors as for `RealOrFake`.

    Where widgets cannot run, a sheet of images with hidden answers is shown.
    """
    return RealOrFake(real_images, fake_images, generator, rounds, features)


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
