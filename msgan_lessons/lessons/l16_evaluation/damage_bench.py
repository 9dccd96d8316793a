"""Real images with a known damage, and how far each metric moves (lesson 16_evaluation)."""

from statistics import fmean, stdev

import torch
from torch import Tensor

from msgan_lessons import metrics
from msgan_lessons.base.pictures import Picture
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l16_evaluation.damage_plots import damage_bars, damage_table
from msgan_lessons.lessons.l16_evaluation.damages import DAMAGES, Pool, damaged

__all__ = ["DAMAGES", "DamageBench"]

LOWER_IS_WORSE = ("precision", "recall", "coverage", "nearest training image")

SHARES = ("precision", "recall", "coverage")  # of images


class DamageBench:
    """Held-out real images stand in for a generator whose fault is known.

    Parameters
    ----------
    test : ImageData
        Held-out images with labels; `count` of them, drawn at random, are what everything is
        compared with, the others are damaged.
    train : ImageData
        The first `5 * count` training images: for the nearest one, and to be copied.
    count : int
        Images that a score takes, at most half of the held-out ones.
    seed : int
        Of all draws: the same damage and strength give the same picture.
    repeats : int
        Undamaged draws, at least 2, that say how much each metric scatters.

    Raises
    ------
    ValueError
        If there are too few images.
    """

    def __init__(
        self, test: ImageData, train: ImageData, count: int = 400, seed: int = 0, repeats: int = 20
    ) -> None:
        if not 10 <= count <= len(test) // 2:
            raise ValueError(
                f"count must be from 10 to half of the {len(test)} held-out images, got {count}."
            )
        stream, self.seed = torch.Generator().manual_seed(seed), seed
        order = torch.randperm(len(test), generator=stream)
        self.reference, rest = test.images(order[:count]), order[count:]
        self.pool = Pool(test.images(rest), test.labels[rest], train.images(slice(5 * count)))
        known = (self.reference, self.pool.train)
        self._known = [metrics.image_features(images) for images in known]
        found = [self.scores(self.pool.images[self._draw(stream)]) for _ in range(repeats)]
        self.floor = {
            name: (fmean(one[name] for one in found), self._scatter(name, found))
            for name in found[0]
        }

    def _scatter(self, name: str, found: list[dict[str, float]]) -> float:
        """Standard deviation; that of a share is at least one image, where few draws all agree."""
        least = 1 / len(self.reference) if name in SHARES else 0.0
        return max(stdev(one[name] for one in found), least)

    def images(self, damage: str, strength: float) -> Tensor:
        """Draw held-out images and damage them.

        Parameters
        ----------
        damage : str
            A key of `DAMAGES`.
        strength : float
            0 (none) to 1.

        Returns
        -------
        Tensor
            As many as the reference holds, in [-1, 1].

        Raises
        ------
        ValueError
            If the damage is unknown or the strength out of range.
        """
        stream = torch.Generator().manual_seed(self.seed + 1)
        return damaged(self.pool, self._draw(stream), damage, strength, stream)

    def scores(self, images: Tensor) -> dict[str, float]:
        """Score images against the reference.

        Parameters
        ----------
        images : Tensor
            As many as the reference holds, in [-1, 1].

        Returns
        -------
        dict
            Metric to value, in its own unit; the last is the median distance to the nearest
            training image.
        """
        stream = torch.Generator().manual_seed(self.seed)  # the same directions each time
        features, (real, known) = metrics.image_features(images), self._known
        labels = metrics.load_classifier().head(features.relu()).argmax(1)
        precision, recall = metrics.precision_recall(real, features)
        bands = metrics.band_distances(
            self.reference, images, stream, n_projections=64, per_image=4
        )
        return {
            "Fréchet distance": metrics.frechet_distance(real, features),
            **{f"SWD, {size}x{size} band": value for size, value in bands.items()},
            "precision": precision,
            "recall": recall,
            "coverage": metrics.coverage(real, features),
            "MS-SSIM of pairs": metrics.ms_ssim_diversity(images, stream),
            "KL of classes": metrics.mode_kl(labels, 10),
            "nearest training image": metrics.nearest(features, known)[0].median().item(),
        }

    def excess(self, damage: str, strength: float) -> dict[str, float]:
        """How much worse than undamaged images, in standard deviations of undamaged draws.

        Parameters
        ----------
        damage, strength
            As for `images`.

        Returns
        -------
        dict
            Metric to number: above 0 is worse, below 0 better than real images.

        Raises
        ------
        ValueError
            As `images`.
        """
        found = {}
        for name, value in self.scores(self.images(damage, strength)).items():
            mean, spread = self.floor[name]
            sign = -1 if name in LOWER_IS_WORSE else 1
            found[name] = sign * (value - mean) / max(spread, 1e-12)
        return found

    def bars(self, damage: str, strength: float) -> Picture:
        """Show the damaged images, and what each metric says about them.

        Parameters
        ----------
        damage, strength
            As for `images`.

        Returns
        -------
        Picture

        Raises
        ------
        ValueError
            As `images`.
        """
        images, excess = self.images(damage, strength), self.excess(damage, strength)
        return damage_bars(images, excess, f"{damage}, strength {strength:g}")

    def table(self, strength: float) -> Picture:
        """Show every damage against every metric.

        Parameters
        ----------
        strength : float
            0 to 1, of all damages.

        Returns
        -------
        Picture

        Raises
        ------
        ValueError
            If the strength is out of range.
        """
        return damage_table({name: self.excess(name, strength) for name in DAMAGES}, strength)

    def _draw(self, stream: torch.Generator) -> Tensor:
        return torch.randperm(len(self.pool.images), generator=stream)[: len(self.reference)]
