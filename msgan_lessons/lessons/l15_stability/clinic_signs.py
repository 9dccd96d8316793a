"""What speaks for a cause and what against it, measured (lesson 15_stability)."""

from collections.abc import Callable
from dataclasses import dataclass

from msgan_lessons.lessons.l15_stability.clinic_symptoms import Symptoms

__all__ = ["SIGNS", "Sign"]

SAME = 1e-6  # probabilities that differ by less are equal
SEEN = 0.02  # a difference of probabilities that counts


@dataclass(frozen=True)
class Sign:
    """What a cause would show, and whether it is there.

    Parameters
    ----------
    expected : str
        What this cause shows, a clause in the present tense.
    present : callable
        Symptoms to whether it is there.
    measured : callable
        Symptoms to the numbers, in words.
    """

    expected: str
    present: Callable[[Symptoms], bool]
    measured: Callable[[Symptoms], str]


def _collapsed(s: Symptoms) -> bool:
    return s.variety < 0.5 and abs(s.gap) < 0.2


def _faded(s: Symptoms) -> bool:
    return s.end("d_fake_before") < 0.05 and s.end("g_grad") < 1


def _overrun(s: Symptoms) -> bool:
    alike = max(s.path_gaps) < SAME and s.leak == 0 and not _piled(s) and not _dead(s)
    return alike and s.gap > 0.2 and s.end("g_grad") > 1


def _piled(s: Symptoms) -> bool:
    return s.end("g_cosine") > 0.9 and s.growth > 3


def _dead(s: Symptoms) -> bool:
    return s.gradients is not None and bool((s.gradients.sum(1) == 0).any())


def _coarse(s: Symptoms) -> bool:
    *coarse, finest = s.path_gaps
    return bool(coarse) and max(coarse) > SEEN and finest < SAME


def _variety(s: Symptoms) -> str:
    return f"G has {s.variety:.0%} of the variety, D(x) - D(G(z)) is {s.gap:.2f}"


def _verdict(s: Symptoms) -> str:
    return f"D(G(z)) is {s.end('d_fake_before'):.2g}, the gradient has norm {s.end('g_grad'):.2g}"


def _strength(s: Symptoms) -> str:
    gaps = ", ".join(f"{gap:.2f}" for gap in s.path_gaps)
    return (
        f"D(x) - D(G(z)) is {s.gap:.2f}, a gradient of norm {s.end('g_grad'):.2g} reaches G, D's "
        f"step leaves {s.leak:.2g} in it, and a real image sent through the fake path moves D by "
        f"{gaps}"
    )


def _pile(s: Symptoms) -> str:
    return f"it is {s.growth:.2g} times the first, and their cosine is {s.end('g_cosine'):.2f}"


def _paths(s: Symptoms) -> str:
    if not s.sizes:
        return "there is one scale, and nothing on the way"
    gaps = (f"{gap:.2f} at {r}x{r}" for r, gap in zip(s.sizes, s.path_gaps, strict=True))
    return f"D's verdict moves by {', '.join(gaps)}"


def _values(s: Symptoms) -> str:
    low, high, least, most = s.ranges
    return f"real goes from {low:.2f} to {high:.2f}, fake from {least:.2f} to {most:.2f}"


def _signals(s: Symptoms) -> str:
    if s.gradients is None:
        return "there is one scale, and it does send one"
    norms = zip(s.sizes, s.gradients.norm(dim=1).tolist(), strict=True)
    return "the norms are " + ", ".join(f"{norm:.2g} from {r}x{r}" for r, norm in norms)


SIGNS: dict[str, Sign] = {
    "mode collapse": Sign(
        "G's samples are alike, and D cannot tell them from real ones", _collapsed, _variety
    ),
    "saturated loss of G": Sign(
        "D is sure that G's samples are fake, and next to no gradient comes back", _faded, _verdict
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
        _piled, _pile,
    ),
    "filter mismatch": Sign(
        "a real image sent through the fake path looks fake at coarse scales, not at the finest",
        _coarse, _paths,
    ),
    "range mismatch": Sign(
        "a real image sent through the fake path looks fake at the finest scale too",
        lambda s: s.path_gaps[-1] > SEEN, _values,
    ),
    "dead scale": Sign("one scale sends no gradient at all to G", _dead, _signals),
}  # fmt: skip
