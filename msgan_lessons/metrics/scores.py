"""All figures for one set of images, and what they say where nothing differs (lesson 16)."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, stdev

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.metrics.checks import check_count, check_images
from msgan_lessons.metrics.distances import band_distances, frechet_distance
from msgan_lessons.metrics.features import FeatureClassifier, image_features, predicted_labels
from msgan_lessons.metrics.images import mode_count, mode_kl, ms_ssim_diversity
from msgan_lessons.metrics.neighbours import coverage, density, nearest, precision_recall
from msgan_lessons.pyramid import box_downsample
from msgan_lessons.training import draw


def patch_score(
    generator: nn.Module, z: Tensor, real: Tensor, directions: torch.Generator
) -> float:
    """Distance of generated images from real ones, >= 0: of their patches, the mean over the bands.

    Parameters
    ----------
    generator, z
        As for `training.draw`.
    real : Tensor
        Real images (M, C, R, R) in [-1, 1].
    directions : torch.Generator
        For `band_distances`, at the same place each time: two scores differ by the images alone.
    """
    fake = draw_full(generator, z, real.shape[-1])[-1]
    bands = band_distances(real, fake, directions)
    return sum(bands.values()) / len(bands)


def draw_full(generator: nn.Module, z: Tensor, resolution: int) -> list[Tensor]:
    """Draw images that can be compared with full-size ones, also from a G that is still growing.

    Parameters
    ----------
    generator, z
        As for `training.draw`, which returns the scales; a finest one that is smaller than
        `resolution` comes alone, each pixel repeated.
    resolution : int
        Pixels a side that the finest scale must have.

    Examples
    --------
    >>> from msgan_lessons.generator import MultiScaleGenerator
    >>> [x.shape for x in draw_full(MultiScaleGenerator(), torch.zeros(2, 64), 64)]
    [torch.Size([2, 1, 64, 64])]
    """
    scales = draw(generator, z)
    if scales[-1].shape[-1] < resolution:
        return [F.interpolate(scales[-1], resolution, mode="nearest")]
    return scales


def scale_consistency(scales: Sequence[Tensor]) -> dict[int, float]:
    r"""How far each scale is from the next finer one, halved: {resolution: root mean square}.

    .. math:: \sqrt{E\,[(down(x_{k+1}) - x_k)^2]}

    Coarse to fine, one fewer than scales, in units of [-1, 1]: from 0 (the coarse picture is the
    fine one, averaged over 2x2 squares) to 2. Ours; MSG-GAN (Karnewar and Wang 2020) shows such
    scales side by side without a number.

    Parameters
    ----------
    scales : sequence of Tensor
        At least two, coarse to fine, each (N, C, R, R) with R twice the one before, in [-1, 1].

    Raises
    ------
    TypeError, ValueError
        If a scale is not a tensor of floats, there are fewer than two, or they do not double.

    Examples
    --------
    >>> scale_consistency([torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 8, 8)])
    {4: 1.0}
    """
    scales = [check_images(images, "scales") for images in scales]
    if len(scales) < 2:
        raise ValueError(f"scales must hold at least two tensors, got {len(scales)}.")
    found = {}
    for coarse, fine in pairwise(scales):
        n, c, h, w = coarse.shape
        if fine.shape != (n, c, 2 * h, 2 * w):
            raise ValueError(
                f"scales must double in size, got {tuple(coarse.shape)} before {tuple(fine.shape)}."
            )
        difference = box_downsample(fine.double()) - coarse.double()
        found[w] = difference.square().mean().sqrt().item()
    return found


Metric = Callable[[Tensor, Tensor], float]


def noise_floor(
    metric: Metric, real: Tensor, count: int, generator: torch.Generator, repeats: int = 5
) -> tuple[float, float]:
    """A metric between real and real: no G can be told from the data below this value.

    Returns mean and standard deviation over the draws. The draws overlap in their rows, so that the
    deviation is a lower bound for that over new data.

    Parameters
    ----------
    metric : callable
        (first, second) -> float, for example `frechet_distance`.
    real : Tensor
        Shape (N, ...): features or images, whatever the metric takes.
    count : int
        Rows of each of the two sets, which share no row; at most N / 2. Take as many as there
        are fakes.
    generator : torch.Generator
        Source of the draws, on the CPU.
    repeats : int
        Draws, at least 2.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> difference = lambda a, b: (a.mean() - b.mean()).item()
    >>> noise_floor(difference, torch.ones(10, 1), 5, stream)
    (0.0, 0.0)
    """
    check_count(count, "count", 1, len(real) // 2)
    check_count(repeats, "repeats", 2)
    values = []
    for _ in range(repeats):
        rows = _draw(real, 2 * count, generator)
        values.append(float(metric(rows[:count], rows[count:])))
    return fmean(values), stdev(values)


def sample_size_curve(
    metric: Metric,
    real: Tensor,
    fake: Tensor,
    counts: Sequence[int],
    generator: torch.Generator,
    repeats: int = 3,
) -> dict[int, float]:
    """A metric at several sample counts, {count: mean}: the same two sets, another number.

    Parameters
    ----------
    metric : callable
        (real, fake) -> float.
    real, fake : Tensor
        Shapes (N, ...) and (M, ...): features or images, whatever the metric takes.
    counts : sequence of int
        Rows to draw from each set, each at most min(N, M).
    generator : torch.Generator
        Source of the draws, on the CPU.
    repeats : int
        Draws a count, at least 1.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> difference = lambda a, b: (a.mean() - b.mean()).abs().item()
    >>> sample_size_curve(difference, torch.ones(9, 1), torch.zeros(9, 1), [3, 9], stream)
    {3: 1.0, 9: 1.0}
    """
    check_count(repeats, "repeats")
    curve = {}
    for count in counts:
        check_count(count, "counts", 1, min(len(real), len(fake)))
        curve[count] = fmean(
            float(metric(_draw(real, count, generator), _draw(fake, count, generator)))
            for _ in range(repeats)
        )
    return curve


def _draw(rows: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Rows at random, none twice."""
    return rows[torch.randperm(len(rows), generator=generator)[:count]]


FEWEST = 10  # images a side: neighbours, covariances and halves need some
RARE = 0.01  # a class with a smaller share of the images does not count as a mode


def score_images(
    real: Tensor,
    fake: Sequence[Tensor],
    *,
    generator: torch.Generator,
    train: Tensor | None = None,
    held_out: bool = True,
    classes: Sequence[str] | None = None,
    classifier: FeatureClassifier | None = None,
) -> dict:
    """Compare generated with real images by every measure that needs no Inception network.

    Parameters
    ----------
    real : Tensor
        Shape (N, 1 or 3, R, R), in [-1, 1], N at least 10; best images that G was not trained
        on.
    fake : sequence of Tensor
        One (M, C, R, R) a scale, coarse to fine, M at least 10: the finest one is compared with
        `real`.
    generator : torch.Generator
        Stream of the projections, patches and pairs, on the CPU.
    train : Tensor, optional
        What G was trained on, for the distance to the nearest training image: shape
        (T, C, R, R), or (T, d) where their features are at hand.
    held_out : bool
        Whether `real` are other images than `train`; where they are among them, the distance of
        each to itself is left out.
    classes : sequence of str, optional
        Names of the classes that the classifier predicts; without them no modes are counted.
    classifier : FeatureClassifier, optional
        Whose features are compared; the shipped one where it is missing.

    Returns
    -------
    dict
        Plain values, ready for JSON (which turns the resolutions into strings):

        - 'count': images, {'real': N, 'fake': M};
        - 'frechet', 'precision', 'recall', 'coverage', 'density': on the classifier's features;
        - 'swd': sliced Wasserstein distance of each Laplacian band, {resolution: value};
        - 'ms_ssim': mean over pairs of `fake`, low = diverse;
        - 'consistency': {resolution: value}, where `fake` has several scales;
        - 'nearest': median distance to the nearest row of `train`, {'real': , 'fake': }, with
          `train`: far lower for `fake` than for `real` says that G copies;
        - 'modes', 'mode_kl', 'class_counts': with `classes`. A mode is a class with at least one
          image in a hundred; 'mode_kl' is to equal shares, in nats.

    Raises
    ------
    TypeError, ValueError
        If images are not finite tensors of floats, shapes do not fit, or there are too few.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> real, fake = torch.rand(2, 40, 1, 32, 32, generator=stream) * 2 - 1
    >>> sorted(score_images(real, [fake], generator=stream))
    ['count', 'coverage', 'density', 'frechet', 'ms_ssim', 'precision', 'recall', 'swd']
    """
    _check(real, fake)
    features = [image_features(images, classifier) for images in (real, fake[-1])]
    scores = _distances(real, fake[-1], *features, generator)
    if len(fake) > 1:
        scores["consistency"] = scale_consistency(fake)
    if train is not None:
        known = train if train.ndim == 2 else image_features(train, classifier)
        scores["nearest"] = {
            "real": _median_distance(features[0], known, 1 if held_out else 2),
            "fake": _median_distance(features[1], known, 1),
        }
    if classes is not None:
        scores |= _modes(predicted_labels(fake[-1], classifier), classes)
    return scores


def score_floor(
    real: Tensor,
    count: int,
    *,
    generator: torch.Generator,
    classes: Sequence[str] | None = None,
    classifier: FeatureClassifier | None = None,
    repeats: int = 3,
) -> dict:
    """Score real images against other real images: what a perfect G would get.

    Returns 'count' and 'repeats'; 'mean' and 'std' have the figures of `score_images`. The pairs
    are drawn from the same N images, so 'std' is rather too small.

    Parameters
    ----------
    real : Tensor
        Shape (N, C, R, R), in [-1, 1].
    count : int
        Images a side, from 10 to N / 2.
    generator : torch.Generator
        Stream of the drawing and of the scores, on the CPU.
    classes, classifier
        As for `score_images`.
    repeats : int
        Random disjoint pairs of `count` images, at least 2.

    """
    check_images(real, "real", 2 * FEWEST)
    check_count(count, "count", FEWEST, len(real) // 2)
    check_count(repeats, "repeats", 2)
    found = []
    for _ in range(repeats):
        order = torch.randperm(len(real), generator=generator)
        first, second = real[order[:count]], real[order[count : 2 * count]]
        scores = score_images(
            first, [second], generator=generator, classes=classes, classifier=classifier
        )
        found.append({k: v for k, v in scores.items() if k not in ("count", "class_counts")})
    return {
        "count": count,
        "repeats": repeats,
        "mean": _merge(found, fmean),
        "std": _merge(found, stdev),
    }


def _distances(
    real: Tensor, fake: Tensor, real_features: Tensor, fake_features: Tensor, stream
) -> dict:
    precision, recall = precision_recall(real_features, fake_features)
    return {
        "count": {"real": len(real), "fake": len(fake)},
        "frechet": frechet_distance(real_features, fake_features),
        "precision": precision,
        "recall": recall,
        "coverage": coverage(real_features, fake_features),
        "density": density(real_features, fake_features),
        "swd": band_distances(real, fake, stream),
        "ms_ssim": ms_ssim_diversity(fake, stream),
    }


def _median_distance(features: Tensor, known: Tensor, k: int) -> float:
    """Median distance to the k-th nearest known row."""
    distances, _ = nearest(features, known, k=k)
    return distances[:, k - 1].double().median().item()


def _modes(labels: Tensor, classes: Sequence[str]) -> dict:
    n_classes = len(classes)
    counts = torch.bincount(labels, minlength=n_classes).tolist()
    rare = max(1, round(RARE * len(labels)))
    return {
        "modes": mode_count(labels, n_classes, at_least=rare),
        "mode_kl": mode_kl(labels, n_classes),
        "class_counts": dict(zip(classes, counts, strict=True)),
    }


def _merge(found: Sequence[Mapping], summary) -> dict:
    """Summarise dicts of the same keys, entry by entry."""
    return {
        key: _merge([one[key] for one in found], summary)
        if isinstance(value, Mapping)
        else summary([one[key] for one in found])
        for key, value in found[0].items()
    }


def _check(real: Tensor, scales: Sequence[Tensor]) -> None:
    if not scales:
        raise ValueError("fake must hold at least one scale, got none.")
    check_images(real, "real", FEWEST)
    for images in scales:
        check_images(images, "fake", FEWEST)
    if real.shape[1:] != scales[-1].shape[1:]:
        raise ValueError(
            f"fake must have images of shape {tuple(real.shape[1:])} as real, "
            f"got {tuple(scales[-1].shape[1:])}."
        )
