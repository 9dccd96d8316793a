"""Pictures of training (lesson 07_training)."""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

from msgan_lessons.base.pictures import Picture, image_rows
from msgan_lessons.base.record import current_run
from msgan_lessons.runs.parameters import Budget

MOMENTS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)  # closer together at the start


class FilmStrip:
    """Pictures of the same latents at several moments of a training.

    Parameters
    ----------
    draw : callable
        Returns images (N, C, H, W) in [-1, 1] of the same latents at each call.
    limits : Budget
        Says how long the training may take; the moments lie closer together at its start.
    moments : sequence of float
        Shares of the training, between 0 and 1.
    """

    def __init__(
        self, draw: Callable[[], Tensor], limits: Budget, moments: Sequence[float] = MOMENTS
    ) -> None:
        self.draw, self.limits, self.moments = draw, limits, list(moments)
        self.frames = {"start": draw()}

    def see(self, row: Mapping) -> None:
        """Draw, if this row of `training.train` is the first after one of the moments."""
        share = max(row["seconds"] / self.limits.max_seconds, row["step"] / self.limits.steps)
        if self.moments and share >= self.moments[0]:
            self.moments = [m for m in self.moments if m > share]
            look = current_run().once(f"film_{row['step']}", lambda: {"images": self.draw()})
            self.frames[f"step {row['step']}"] = look["images"]

    def picture(self, columns: int = 10) -> Picture:
        """Show one row a moment, with the first latents as columns."""
        rows = {label: images[:columns] for label, images in self.frames.items()}
        return image_rows(
            rows,
            alt=f"A film strip: {columns} latents, drawn at {len(rows)} moments of the training.",
            caption="Each column is one latent. When does its picture become a garment, and which?",
            row_height=0.62,
        )
