"""The ward: sheets of the eight patients, and checks of diagnoses and cures (lesson 15)."""

from collections.abc import Mapping

from msgan_lessons.base.pictures import Picture
from msgan_lessons.lessons.l15_stability.clinic import (
    CASES,
    CAUSES,
    CURES,
    SIGNS,
    case_setup,
    contradicting_symptom,
    fault_diff,
    measured_case,
)
from msgan_lessons.lessons.l15_stability.faults import Diagnostics
from msgan_lessons.lessons.l15_stability.pictures import before_and_after, patient_sheet

NO_CURE = "none"
UNANSWERED = "not yet: replace ... by a name"


class ClinicBench:
    """The eight patients with one seed; each training is done once, when it is first asked for.

    Parameters
    ----------
    seed : int
        Of everything random.
    steps : int
        D+G updates of each patient; 0 takes what its case says.
    """

    def __init__(self, seed: int = 0, steps: int = 0) -> None:
        self.seed, self.steps = seed, steps

    def symptoms(self, patient: str, cure: str | None = None) -> Diagnostics:
        """Train and measure a patient, with a cure of `clinic.CURES` or without; done once each."""
        return measured_case(patient, cure, self.seed, self.steps)

    def sheet(self, patient: str, cure: str = NO_CURE) -> Picture:
        """Show everything that is measured on a patient, with a cure or 'none'."""
        symptoms = self.symptoms(patient, None if cure == NO_CURE else cure)
        title = f"patient {patient}" + ("" if cure == NO_CURE else f", {cure}")
        caption = "Which of these would a healthy patient not show, and what would cause it?"
        return patient_sheet(symptoms, title, caption)

    def diagnose(self, answers: Mapping[str, object]) -> None:
        """Check causes (letter to one of `clinic.CAUSES` or Ellipsis), print a sentence each."""
        for letter, cause in answers.items():
            print(f"{letter}: {self._diagnosed(letter, cause)}")

    def treat(self, answers: Mapping[str, object]) -> None:
        """Train patients again with cures (letter to key of `clinic.CURES`), print how they are."""
        for letter, cure in answers.items():
            print(f"{letter}: {self._treated(letter, cure)}")

    def answers(self) -> str:
        """A table, a patient a line: what it has, what cures it, and what was measured of both."""
        lines = [f"{'':2}{'cause':21}{'cure':27}{'measured':18}{'ill':>6}{'cured':>7}"]
        for letter, case in CASES.items():
            before, after = (case.measure(self.symptoms(letter, c)) for c in (None, case.cure))
            lines.append(
                f"{letter:2}{case.cause:21}{case.cure:27}{case.unit:18}{before:6.2f}{after:7.2f}"
            )
        return "\n".join(lines)

    def picture(self) -> Picture:
        """Show what each patient draws, ill and cured."""
        pairs = {
            f"{letter}, {case.cause}": (self.symptoms(letter), self.symptoms(letter, case.cure))
            for letter, case in CASES.items()
        }
        return before_and_after(pairs, "Which illness does one see in the samples alone?")

    def _diagnosed(self, letter: str, cause: object) -> str:
        if cause is None or cause is Ellipsis:
            return UNANSWERED
        if letter not in CASES or cause not in CAUSES:
            return f"there is no patient {letter!r} with {cause!r}; causes: {', '.join(CAUSES)}."
        contradiction = contradicting_symptom(cause, self.symptoms(letter))
        if cause == CASES[letter].cause:
            if contradiction:
                return f"right, but after so few steps its sign is not there yet: {contradiction}"
            sign = SIGNS[cause]
            line = fault_diff(letter)
            return f"right: {sign.expected}: {sign.measured(self.symptoms(letter))}.\n{line}"
        return (
            f"not {cause}: {contradiction or 'its sign is there, but another one explains more.'}"
        )

    def _treated(self, letter: str, cure: object) -> str:
        if cure is None or cure is Ellipsis:
            return UNANSWERED
        if letter not in CASES or cure not in CURES:
            return f"there is no patient {letter!r} or cure {cure!r}; cures: {', '.join(CURES)}."
        case = CASES[letter]
        before, after = self.symptoms(letter), self.symptoms(letter, cure)
        change = f"{case.unit} {case.measure(before):.2f} -> {case.measure(after):.2f}"
        if case_setup(letter, cure).key() == case.practice.key():
            return f"ill as before: this was in order already, and nothing changes. {change}"
        other = "" if cure == case.cure else " It removes another thing than the cause."
        return f"{case.health(after)} with {cure}: {change}.{other}"
