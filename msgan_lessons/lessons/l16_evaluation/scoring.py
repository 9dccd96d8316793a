"""Keep G at several moments; scores by count; closest training images (lesson 16_evaluation)."""

import copy
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons import metrics
from msgan_lessons.base.record import current_run
from msgan_lessons.classroom.film import MOMENTS
from msgan_lessons.runs.parameters import Budget

PAIRS = 10  # of each name


class Snapshots:
    """Copies of a network at several moments of a training, the start among them.

    Parameters
    ----------
    network : nn.Module
        Usually `generator_ema`.
    limits : Budget
        Says how long the training may take.
    shares : sequence of float
        When to copy, as shares of the training, rising.

    Examples
    --------
    >>> moments = Snapshots(nn.Linear(1, 1), Budget("x", steps=4, max_seconds=9, batch_size=1))
    >>> for step in (1, 2, 3, 4):
    ...     moments.see({"step": step, "seconds": step / 10})
    >>> moments.seconds, len(moments.networks)
    ([0.0, 0.1, 0.2, 0.3, 0.4], 5)
    """

    def __init__(
        self, network: nn.Module, limits: Budget, shares: Sequence[float] = MOMENTS
    ) -> None:
        self.network, self.limits, self._due = network, limits, list(shares)
        self.seconds, self.networks = [0.0], [copy.deepcopy(network)]

    def see(self, row: Mapping) -> None:
        """Copy the network, if this row of `train` is the first after a moment."""
        share = max(row["seconds"] / self.limits.max_seconds, row["step"] / self.limits.steps)
        if self._due and share >= self._due[0]:
            self._due = [due for due in self._due if due > share]
            self.seconds.append(row["seconds"])
            then = copy.deepcopy(self.network)
            kept = current_run().once(f"network_{row['step']}", self.network.state_dict)
            then.load_state_dict(kept)
            self.networks.append(then)


def curves_by_count(
    real: Tensor, fake: Tensor, counts: Sequence[int], generator: torch.Generator
) -> dict[str, dict[str, dict[int, float]]]:
    """Measure several metrics at several sample counts, real against real and against fake.

    Metric to {'real': {count: value}, 'fake': {count: value}}, as `count_curves` shows them.

    Parameters
    ----------
    real : Tensor
        Held-out images (N, C, R, R) in [-1, 1], N at least twice the largest count.
    fake : Tensor
        Generated images (M, C, R, R), M at least the largest count.
    counts : sequence of int
        Images a side.
    generator : torch.Generator
        Stream of all draws, on the CPU.

    Raises
    ------
    ValueError
        If there are too few images for the largest count.
    """
    most = max(counts)
    if len(real) < 2 * most or len(fake) < most:
        raise ValueError(
            f"counts must be at most half of the {len(real)} real and all of the {len(fake)} "
            f"fake images, got {most}."
        )
    images = [real[:most], real[most : 2 * most], fake[:most]]
    features = [metrics.image_features(part) for part in images]
    size = real.shape[-1]

    def finest(first: Tensor, second: Tensor) -> float:
        return metrics.band_distances(first, second, generator, n_projections=32, per_image=4)[size]

    tools = {
        "Fréchet distance": (metrics.frechet_distance, features),
        f"SWD, {size}x{size} band": (finest, images),
        "precision": (lambda a, b: metrics.precision_recall(a, b)[0], features),
        "recall": (lambda a, b: metrics.precision_recall(a, b)[1], features),
        "coverage": (metrics.coverage, features),
        "MS-SSIM of pairs": (lambda _, b: metrics.ms_ssim_diversity(b, generator), images),
    }
    return {
        name: {
            kind: metrics.sample_size_curve(tool, parts[0], parts[other], counts, generator)
            for kind, other in (("real", 1), ("fake", 2))
        }
        for name, (tool, parts) in tools.items()
    }


def closest_pairs(
    images: Mapping[str, Tensor], train: Tensor
) -> tuple[dict[str, tuple[Tensor, Tensor]], dict[str, float]]:
    """Find the images that come closest to any training image, on the classifier's features.

    Name to the 10 closest images and the training image next to each, (10, C, H, W) both; and name
    to the median distance of all its images to their nearest training images.

    Parameters
    ----------
    images : mapping
        Name to images (N, C, H, W) in [-1, 1].
    train : Tensor
        Training images (T, C, H, W).
    """
    known, pairs, medians = metrics.image_features(train), {}, {}
    for name, shown in images.items():
        distances, rows = metrics.nearest(metrics.image_features(shown), known)
        closest = distances[:, 0].argsort()[:PAIRS]
        pairs[name] = shown[closest], train[rows[closest, 0]]
        medians[name] = distances.median().item()
    return pairs, medians
