"""The failure clinic: eight patients, signs of each cause, cures (lesson 15_stability)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from msgan_lessons.base.checks import check_choice
from msgan_lessons.lessons.l15_stability.faults import (
    Diagnostics,
    FaultyTraining,
    ForgetfulGame,
    LeakyGame,
    TrainingSetup,
    as_drawn,
    cut_off,
    halved,
    measure_diagnostics,
    pooled,
    subsampled,
)
from msgan_lessons.training import Game

SAME = 1e-6  # probabilities that differ by less are equal
MIN_DIFFERENCE = 0.02  # a difference of probabilities that counts


@dataclass(frozen=True)
class Sign:
    """What a cause would show, and whether it is there."""

    expected: str  # what this cause shows, a clause in the present tense
    present: Callable[[Diagnostics], bool]
    measured: Callable[[Diagnostics], str]  # the numbers, in words


def _overrun(s: Diagnostics) -> bool:
    alike = max(s.path_gaps) < SAME and s.leak == 0 and not _piled(s) and not _dead(s)
    return alike and s.gap > 0.2 and s.end("g_grad") > 1


def _piled(s: Diagnostics) -> bool:
    return s.end("g_cosine") > 0.9 and s.growth > 3


def _dead(s: Diagnostics) -> bool:
    return s.gradients is not None and bool((s.gradients.sum(1) == 0).any())


def _coarse(s: Diagnostics) -> bool:
    *coarse, finest = s.path_gaps
    return bool(coarse) and max(coarse) > MIN_DIFFERENCE and finest < SAME


def _strength(s: Diagnostics) -> str:
    gaps = ", ".join(f"{gap:.2f}" for gap in s.path_gaps)
    return (
        f"D(x) - D(G(z)) is {s.gap:.2f}, a gradient of norm {s.end('g_grad'):.2g} reaches G, D's "
        f"step leaves {s.leak:.2g} in it, and a real image sent through the fake path moves D by "
        f"{gaps}"
    )


def _paths(s: Diagnostics) -> str:
    if not s.sizes:
        return "there is one scale, and nothing on the way"
    gaps = (f"{gap:.2f} at {r}x{r}" for r, gap in zip(s.sizes, s.path_gaps, strict=True))
    return f"D's verdict moves by {', '.join(gaps)}"


def _values(s: Diagnostics) -> str:
    low, high, least, most = s.ranges
    return f"real goes from {low:.2f} to {high:.2f}, fake from {least:.2f} to {most:.2f}"


def _signals(s: Diagnostics) -> str:
    if s.gradients is None:
        return "there is one scale, and it does send one"
    norms = zip(s.sizes, s.gradients.norm(dim=1).tolist(), strict=True)
    return "the norms are " + ", ".join(f"{norm:.2g} from {r}x{r}" for r, norm in norms)


SIGNS: dict[str, Sign] = {
    "mode collapse": Sign(
        "G's samples are alike, and D cannot tell them from real ones",
        lambda s: s.variety < 0.5 and abs(s.gap) < 0.2,
        lambda s: f"G has {s.variety:.0%} of the variety, D(x) - D(G(z)) is {s.gap:.2f}",
    ),
    "saturated loss of G": Sign(
        "D is sure that G's samples are fake, and next to no gradient comes back",
        lambda s: s.end("d_fake_before") < 0.05 and s.end("g_grad") < 1,
        lambda s: f"D(G(z)) is {s.end('d_fake_before'):.2g}, "
        f"the gradient has norm {s.end('g_grad'):.2g}",
    ),
    "D too strong": Sign(
        "D tells real from fake at every scale and pushes hard, on a way without a fault",
        _overrun, _strength,
    ),
    "missing detach": Sign(
        "D's step leaves a gradient in G",
        lambda s: s.leak > 0, lambda s: f"it leaves one of norm {s.leak:.2g}",
    ),
    "forgotten zero_grad": Sign(
        "G's gradient piles up: it grows, and each one points where the last one did",
        _piled,
        lambda s: f"it is {s.growth:.2g} times the first, "
        f"and their cosine is {s.end('g_cosine'):.2f}",
    ),
    "filter mismatch": Sign(
        "a real image sent through the fake path looks fake at coarse scales, not at the finest",
        _coarse, _paths,
    ),
    "range mismatch": Sign(
        "a real image sent through the fake path looks fake at the finest scale too",
        lambda s: s.path_gaps[-1] > MIN_DIFFERENCE, _values,
    ),
    "dead scale": Sign("one scale sends no gradient at all to G", _dead, _signals),
}  # fmt: skip


CAUSES = tuple(SIGNS)


@dataclass(frozen=True)
class Case:
    """A patient: what it has is not shown when the case is printed."""

    letter: str  # its name for the student
    practice: TrainingSetup = field(repr=False)  # how it is trained, with the fault
    steps: int  # D+G updates
    cause: str = field(repr=False)  # of `CAUSES`
    cure: str = field(repr=False)  # of `CURES`
    measure: Callable[[Diagnostics], float] = field(repr=False)  # the number that tells its health
    unit: str  # what that number is
    ill: float  # ill on this side, healthy beyond the next, in between neither; bands of five
    healthy: float  # seeds lie outside (benchmarks/clinic.py measures them)

    def health(self, symptoms: Diagnostics) -> str:
        """Tell whether the patient is well: 'healthy', 'ill' or 'better, not well'."""
        sign = 1 if self.healthy > self.ill else -1
        value = sign * self.measure(symptoms)
        if value >= sign * self.healthy:
            return "healthy"
        return "ill" if value <= sign * self.ill else "better, not well"


CURES: dict[str, Callable[[TrainingSetup], TrainingSetup]] = {
    "two time scales": lambda p: p.with_({"g_lr": 1e-3, "d_lr": 4e-3}),
    "non-saturating loss": lambda p: (
        p.with_({"loss": "non_saturating"}) if p.config().loss == "minimax" else p
    ),
    "R1 penalty on D": lambda p: p.with_({"r1_gamma": 0.1 if p.world == "plane" else 1.0}),
    "detach in D's step": lambda p: p.with_(game=Game) if p.game is LeakyGame else p,
    "zero_grad before backward": lambda p: p.with_(game=Game) if p.game is ForgetfulGame else p,
    "one filter for both": lambda p: p.with_(path=pooled) if p.path is subsampled else p,
    "one range for both": lambda p: p.with_(path=as_drawn) if p.path is halved else p,
    "reconnect the scale": lambda p: p.with_(path=as_drawn) if p.path is cut_off else p,
}


def _worst(s: Diagnostics) -> float:
    return max(s.distances)


def _modes(s: Diagnostics) -> float:
    return s.end("modes")


CASES: dict[str, Case] = {
    case.letter: case
    for case in (
        Case(
            "P", TrainingSetup("drawn", game=ForgetfulGame), 150,
            "forgotten zero_grad", "zero_grad before backward",
            _worst, "SWD, worst scale", 0.35, 0.28,
        ),
        Case(
            "Q",
            TrainingSetup("plane", {"loss": "minimax", "g_lr": 5e-3}, head_start=1600, epsilon=1.0),
            300, "saturated loss of G", "non-saturating loss", _modes, "modes of 8", 0.5, 1.5,
        ),
        Case(
            "R", TrainingSetup("pooled", path=subsampled), 150, "filter mismatch",
            "one filter for both", lambda s: max(s.path_gaps), "verdict by way", 0.05, 0.01,
        ),
        Case(
            "S", TrainingSetup("plane", {"g_lr": 4e-3, "d_lr": 1e-3}), 300, "mode collapse",
            "two time scales", _modes, "modes of 8", 3.0, 7.0,
        ),
        Case(
            "T", TrainingSetup("drawn", {"d_steps": 2}, game=LeakyGame), 150, "missing detach",
            "detach in D's step", _worst, "SWD, worst scale", 0.28, 0.2,
        ),
        Case(
            "U", TrainingSetup("drawn", path=halved), 150, "range mismatch", "one range for both",
            _worst, "SWD, worst scale", 0.35, 0.28,
        ),
        Case(
            "V", TrainingSetup("plane", {"d_steps": 3, "d_lr": 2e-2}), 300, "D too strong",
            "R1 penalty on D", _modes, "modes of 8", 6.5, 7.2,
        ),
        Case(
            "W", TrainingSetup("drawn", path=cut_off), 150, "dead scale", "reconnect the scale",
            _worst, "SWD, worst scale", 0.35, 0.28,
        ),
    )
}  # fmt: skip


MOST_AHEAD = 6  # updates of D alone for each step: a short trial has a short head start
LINES = {  # cause: the line as it is, and as it should be
    "forgotten zero_grad": ("", "optimizer.zero_grad(set_to_none=True)"),
    "missing detach": ("discriminator(fake_images)", "discriminator(detach(fake_images))"),
    "filter mismatch": ("down=lambda x: x[..., ::2, ::2]", "down=box_downsample"),
    "range mismatch": ("[(x + 1) / 2 for x in scales]", "list(scales)"),
    "dead scale": ("x.detach() if x.shape[-1] == CUT else x", "list(scales)"),
}
_CACHE: dict[tuple, Diagnostics] = {}


def case_setup(letter: str, cure: str | None = None) -> TrainingSetup:
    """How a patient is trained, with a cure or without; any cure can be tried on any patient."""
    check_choice("patient", letter, CASES)
    practice = CASES[letter].practice
    if cure is None:
        return practice
    check_choice("cure", cure, CURES)
    return CURES[cure](practice)


def measured_case(
    letter: str, cure: str | None = None, seed: int = 0, steps: int = 0
) -> Diagnostics:
    """Train a patient and measure it; the second time nothing is computed again."""
    practice, steps = case_setup(letter, cure), steps or CASES[letter].steps
    practice = practice.with_(head_start=min(practice.head_start, MOST_AHEAD * steps))
    key = (*practice.key(), seed, steps)
    if key not in _CACHE:
        patient = FaultyTraining(practice, seed)
        _CACHE[key] = measure_diagnostics(patient, list(patient.train(steps)))
    return _CACHE[key]


def contradicting_symptom(cause: str, symptoms: Diagnostics) -> str | None:
    """Say which symptom contradicts a diagnosis; None where its cause's sign is there."""
    check_choice("cause", cause, SIGNS)
    sign = SIGNS[cause]
    if sign.present(symptoms):
        return None
    return f"with {cause}, {sign.expected}; here {sign.measured(symptoms)}."


def fault_diff(letter: str) -> str:
    """The line that makes a patient ill, after '-', and what its cure makes of it, after '+'."""
    ill, case = case_setup(letter).config().as_dict(), CASES[letter]
    well = case_setup(letter, case.cure).config().as_dict()
    changed = [name for name in ill if ill[name] != well[name]]
    pairs = [", ".join(f"{n}={config[n]!r}" for n in changed) for config in (ill, well)]
    wrong, right = LINES.get(case.cause, pairs)
    return f"- {wrong or '(nothing)'}\n+ {right}"
