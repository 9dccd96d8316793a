"""What is measured on a patient of the failure clinic (lesson 15_stability)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import torch
from torch import Tensor

from msgan_lessons.lessons.l15_stability.clinic_patient import Patient
from msgan_lessons.metrics.distances import sliced_wasserstein
from msgan_lessons.metrics.signals import scale_gradients
from msgan_lessons.pyramid import image_pyramid

__all__ = ["Symptoms", "symptoms_of"]

DIRECTIONS = 64
N_MODES = 8


@dataclass(frozen=True)
class Symptoms:
    """What is measured on a patient after its training.

    Parameters
    ----------
    rows : sequence of mapping
        As `Patient.train` yields them.
    sizes : list of int
        Scales that D judges, coarse to fine; empty in the plane.
    real, fake : list of Tensor
        What D is shown, one tensor a scale; in the plane one of points.
    judged : Tensor
        D's mean probability of 'real', shape (scales, 3): for real images, for the same real
        images sent through the fake path, for fakes.
    gradients : Tensor or None
        As `scale_signals.scale_gradients` returns them, shape (scales, blocks of G); None in the
        plane.
    distances : list of float
        Sliced Wasserstein distance of real and fake, one a scale.
    """

    rows: Sequence[Mapping]
    sizes: list[int]
    real: list[Tensor]
    fake: list[Tensor]
    judged: Tensor
    gradients: Tensor | None
    distances: list[float]

    def end(self, key: str) -> float:
        """Average a column of the rows over the last third of the steps.

        Parameters
        ----------
        key : str
            Its name.

        Returns
        -------
        float
        """
        rows = self.rows[-max(1, len(self.rows) // 3) :]
        values = [row[key] for row in rows if row.get(key) is not None]
        return fmean(values) if values else 0.0

    @property
    def gap(self) -> float:
        """D(x) - D(G(z)), over the last third of the steps."""
        return self.end("d_real_before") - self.end("d_fake_before")

    @property
    def leak(self) -> float:
        """Norm of what D's updates leave in G's gradient, the median over the steps."""
        return median(row["g_leak"] for row in self.rows)

    @property
    def growth(self) -> float:
        """G's gradient in the last third over that in the first ten steps."""
        return self.end("g_grad") / max(fmean(r["g_grad"] for r in self.rows[:10]), 1e-12)

    @property
    def path_gaps(self) -> list[float]:
        """How differently D judges a real image on the real and on the fake path, by scale."""
        return (self.judged[:, 0] - self.judged[:, 1]).abs().tolist()

    @property
    def spread(self) -> float:
        """How widely fakes are spread, over how widely real ones are, at the finest scale."""
        real, fake = (x[-1].flatten(1).var(0).sum().sqrt() for x in (self.real, self.fake))
        return float(fake / real)

    @property
    def variety(self) -> float:
        """Share of the modes that G holds; where there are none, the spread, at most 1."""
        held = [row["modes"] for row in self.rows if row.get("modes") is not None]
        return min(1.0, self.spread) if not held else self.end("modes") / N_MODES

    @property
    def ranges(self) -> tuple[float, float, float, float]:
        """Lowest and highest value of real, then of fake, at the finest scale."""
        real, fake = self.real[-1], self.fake[-1]
        return tuple(float(v) for v in (real.min(), real.max(), fake.min(), fake.max()))


def symptoms_of(patient: Patient, rows: Sequence[Mapping]) -> Symptoms:
    """Measure a patient after its training; nothing is taken from its random streams.

    Parameters
    ----------
    patient : Patient
        As its training left it.
    rows : sequence of mapping
        What that training yielded, at least one.

    Returns
    -------
    Symptoms

    Raises
    ------
    ValueError
        If there are no rows.
    """
    if not rows:
        raise ValueError("rows must hold at least one training row, got none.")
    (finest,), fake = patient.real(), patient.fake()
    plane = patient.mixture is not None
    real = [finest] if plane else image_pyramid(finest, len(fake))
    sent = real if plane else patient.generator.path(real)
    shown = (real, sent, fake)
    with torch.no_grad():
        judged = [_shares(patient.discriminator(x[0] if plane else x)) for x in shown]
    gradients = None
    if not plane:
        gradients = scale_gradients(patient.generator, patient.discriminator, patient.z[:64])[1]
    distances = [
        sliced_wasserstein(a.flatten(1), b.flatten(1), patient.streams.fresh("lines"), DIRECTIONS)
        for a, b in zip(real, fake, strict=True)
    ]
    sizes = [] if plane else [x.shape[-1] for x in fake]
    return Symptoms(rows, sizes, real, fake, torch.stack(judged, 1), gradients, distances)


def _shares(logits: Tensor | Sequence[Tensor]) -> Tensor:
    """Mean probability of 'real' at each scale."""
    scales = [logits] if isinstance(logits, Tensor) else logits
    return torch.stack([scale.sigmoid().mean() for scale in scales])
