"""Is it the class that was asked for, is it real, is it various: scores of lesson 11."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from msgan_lessons import metrics
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.lessons.l11_class_conditional.game import standing_statistics, truncated_normal
from msgan_lessons.training import draw


class ClassJudge:
    """Scores a class-conditional G on the same held-out images, latents and labels every time.

    The accuracy of a classifier of real images on drawn ones is GAN-test of Shmelkov et al. 2018:
    high only if images look like their class, but blind to how few of them there are. So recall
    and coverage stand beside it. The Fréchet distance is on the course's features, and no FID.

    Parameters
    ----------
    data : ImageData
        Held-out images with labels, as the course's classifier numbers them.
    judged : int
        How many of the first of them are compared with; the others are left for `ceiling`.
    count : int
        Images drawn from G, from 100 to the number left; labels go round the classes.
    seed : int
        Of the latents.

    Raises
    ------
    ValueError
        If the data have no labels, or `count` is out of range.

    Examples
    --------
    >>> from msgan_lessons.datasets.images import open_images
    >>> judge = ClassJudge(open_images(split="test"), judged=300, count=100)
    >>> judge.compare(judge.real, judge.labels)["recall"]
    1.0
    """

    def __init__(
        self, data: ImageData, *, judged: int = 3000, count: int = 1000, seed: int = 0
    ) -> None:
        if data.labels is None:
            raise ValueError(
                f"data must have a label for each image, got {data.name} without labels."
            )
        if len(data) < judged + 100:
            raise ValueError(
                f"data must have at least {judged + 100} held-out images with labels, "
                f"got the {len(data)} of {data.name}."
            )
        if not 100 <= count <= len(data) - judged:
            left = f"the {len(data) - judged} images that are not judged"
            raise ValueError(f"count must be from 100 to {left}, got {count}.")
        self.data, self.count, self.streams = data, count, Streams(seed)
        self.real, self.labels = data.images(slice(judged)), data.labels[:judged]
        self.n_classes = int(data.labels.max()) + 1
        self.features = metrics.image_features(self.real)

    def ceiling(self) -> dict:
        """Score `count` real images that are not among the judged ones, as if G had drawn them."""
        others = slice(len(self.real), len(self.real) + self.count)
        return self.compare(self.data.images(others), self.data.labels[others])

    def score(self, generator: nn.Module, threshold: float = float("inf")) -> dict:
        """Draw from G, the classes in turn, and `compare`; `threshold` as in `truncated_normal`."""
        stream = self.streams.fresh("judged latents")
        z = truncated_normal(self.count, generator.latent_dim, threshold, stream)
        labels = torch.arange(self.count) % self.n_classes
        return self.compare(draw(generator, z, labels)[-1], labels)

    def compare(self, fake: Tensor, labels: Tensor) -> dict:
        """Score images (n, C, R, R), drawn or real, by labels (n,) that they should show."""
        right = metrics.predicted_labels(fake) == labels
        features = metrics.image_features(fake)
        real = self.features[: len(fake)]
        precision, recall = metrics.precision_recall(real, features)
        return {
            "accuracy": right.float().mean().item(),
            "by_class": [right[labels == k].float().mean().item() for k in range(self.n_classes)],
            "frechet": metrics.frechet_distance(self.features, features),
            "precision": precision,
            "recall": recall,
            "coverage": metrics.coverage(real, features),
        }

    def truncations(
        self, generator: nn.Module, thresholds: Sequence[float], kept: int | None = None
    ) -> list[dict]:
        """`score` at each 'threshold' (at least 0.02); with `kept`, after `standing_statistics`."""

        def at(threshold: float) -> nn.Module:
            if kept is None:
                return generator
            return standing_statistics(generator, self.n_classes, threshold, kept=kept)

        return [{"threshold": t, **self.score(at(t), t)} for t in thresholds]
