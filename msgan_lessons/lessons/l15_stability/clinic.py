"""The failure clinic: eight patients, their causes and cures (lesson 15_stability)."""

from msgan_lessons.lessons.l15_stability.clinic_cases import CASES, CAUSES, CURES, Case
from msgan_lessons.lessons.l15_stability.clinic_patient import Patient, Practice
from msgan_lessons.lessons.l15_stability.clinic_signs import SIGNS
from msgan_lessons.lessons.l15_stability.clinic_symptoms import Symptoms, symptoms_of

__all__ = ["CASES", "CAUSES", "CURES", "Case", "against", "practised", "seen", "wrong_line"]

MOST_AHEAD = 6  # updates of D alone for each step: a short trial has a short head start
LINES = {  # cause: the line as it is, and as it should be
    "forgotten zero_grad": ("", "optimizer.zero_grad(set_to_none=True)"),
    "missing detach": ("discriminator(fake_images)", "discriminator(detach(fake_images))"),
    "filter mismatch": ("down=lambda x: x[..., ::2, ::2]", "down=box_downsample"),
    "range mismatch": ("[(x + 1) / 2 for x in scales]", "list(scales)"),
    "dead scale": ("x.detach() if x.shape[-1] == CUT else x", "list(scales)"),
}
_SEEN: dict[tuple, Symptoms] = {}


def practised(letter: str, cure: str | None = None) -> Practice:
    """Return how a patient is trained, with a cure or without.

    Parameters
    ----------
    letter : str
        A key of `CASES`.
    cure : str, optional
        A key of `CURES`; any cure can be tried on any patient.

    Returns
    -------
    Practice

    Raises
    ------
    ValueError
        If there is no such patient or cure.

    Examples
    --------
    >>> practised("S", "two time scales").config().d_lr
    0.004
    """
    if letter not in CASES:
        raise ValueError(f"patient must be one of {', '.join(CASES)}, got {letter!r}.")
    if cure is not None and cure not in CURES:
        raise ValueError(f"cure must be one of {', '.join(CURES)}, got {cure!r}.")
    practice = CASES[letter].practice
    return practice if cure is None else CURES[cure](practice)


def seen(letter: str, cure: str | None = None, seed: int = 0, steps: int = 0) -> Symptoms:
    """Train a patient and measure it; the second time nothing is computed again.

    Parameters
    ----------
    letter, cure
        As for `practised`. A cure that changes nothing gives the very same symptoms.
    seed : int
        Of everything random.
    steps : int
        D+G updates; 0 takes the case's.

    Returns
    -------
    Symptoms

    Raises
    ------
    ValueError
        As `practised`.
    """
    practice, steps = practised(letter, cure), steps or CASES[letter].steps
    practice = practice.with_(head_start=min(practice.head_start, MOST_AHEAD * steps))
    key = (*practice.key(), seed, steps)
    if key not in _SEEN:
        patient = Patient(practice, seed)
        _SEEN[key] = symptoms_of(patient, list(patient.train(steps)))
    return _SEEN[key]


def against(cause: str, symptoms: Symptoms) -> str | None:
    """Say which symptom contradicts a diagnosis.

    Parameters
    ----------
    cause : str
        One of `CAUSES`.
    symptoms : Symptoms
        Measured on the patient.

    Returns
    -------
    str or None
        A sentence; None where the sign of this cause is there.

    Raises
    ------
    ValueError
        If the cause is unknown.
    """
    if cause not in SIGNS:
        raise ValueError(f"cause must be one of {', '.join(SIGNS)}, got {cause!r}.")
    sign = SIGNS[cause]
    if sign.present(symptoms):
        return None
    return f"with {cause}, {sign.expected}; here {sign.measured(symptoms)}."


def wrong_line(letter: str) -> str:
    """Return the line that makes a patient ill, and what its cure makes of it.

    Parameters
    ----------
    letter : str
        A key of `CASES`.

    Returns
    -------
    str
        Two lines, '-' before the wrong one and '+' before the right one.

    Raises
    ------
    ValueError
        If there is no such patient.

    Examples
    --------
    >>> print(wrong_line("S"))
    - g_lr=0.004, d_lr=0.001
    + g_lr=0.001, d_lr=0.004
    """
    ill, case = practised(letter).config().as_dict(), CASES[letter]
    well = practised(letter, case.cure).config().as_dict()
    changed = [name for name in ill if ill[name] != well[name]]
    pairs = [", ".join(f"{n}={config[n]!r}" for n in changed) for config in (ill, well)]
    wrong, right = LINES.get(case.cause, pairs)
    return f"- {wrong or '(nothing)'}\n+ {right}"
