"""All figures for one set of generated images, and for real against real (lesson 16_evaluation)."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_count, check_images
from msgan_lessons.metrics.consistency import scale_consistency
from msgan_lessons.metrics.diversity import mode_count, mode_kl, ms_ssim_diversity
from msgan_lessons.metrics.features import FeatureClassifier, image_features, predicted_labels
from msgan_lessons.metrics.frechet import frechet_distance
from msgan_lessons.metrics.neighbours import coverage, density, nearest, precision_recall
from msgan_lessons.metrics.sliced_wasserstein import band_distances

__all__ = ["FEWEST", "score_floor", "score_images"]

FEWEST = 10  # images a side: neighbours, covariances and halves need some
RARE = 0.01  # a class with a smaller share of the images does not count as a mode


def score_images(
    real: Tensor,
    fake: Tensor | Sequence[Tensor],
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
    fake : Tensor or sequence of Tensor
        Shape (M, C, R, R), M at least 10, or one such a scale, coarse to fine: the finest one is
        compared with `real`.
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
    TypeError
        If images are not tensors of floats.
    ValueError
        If shapes do not fit, a value is not finite, or there are fewer than 10 images a side.

    Examples
    --------
    >>> stream = torch.Generator().manual_seed(0)
    >>> real, fake = torch.rand(2, 40, 1, 32, 32, generator=stream) * 2 - 1
    >>> sorted(score_images(real, fake, generator=stream))
    ['count', 'coverage', 'density', 'frechet', 'ms_ssim', 'precision', 'recall', 'swd']
    """
    scales = [fake] if isinstance(fake, Tensor) else list(fake)
    _check(real, scales)
    features = [image_features(images, classifier) for images in (real, scales[-1])]
    scores = _distances(real, scales[-1], *features, generator)
    if len(scales) > 1:
        scores["consistency"] = scale_consistency(scales)
    if train is not None:
        known = train if train.ndim == 2 else image_features(train, classifier)
        scores["nearest"] = {
            "real": _median_distance(features[0], known, 1 if held_out else 2),
            "fake": _median_distance(features[1], known, 1),
        }
    if classes is not None:
        scores |= _modes(predicted_labels(scales[-1], classifier), classes)
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

    Returns
    -------
    dict
        'count' and 'repeats'; 'mean' and 'std' have the figures of `score_images`. The pairs
        are drawn from the same N images, so 'std' is rather too small.

    Raises
    ------
    TypeError
        If `real` is not a tensor of floats, or a count not an int.
    ValueError
        If `count` or `repeats` is out of range, or a value is not finite.
    """
    check_images(real, "real", 2 * FEWEST)
    check_count(count, "count", FEWEST, len(real) // 2)
    check_count(repeats, "repeats", 2)
    found = []
    for _ in range(repeats):
        order = torch.randperm(len(real), generator=generator)
        first, second = real[order[:count]], real[order[count : 2 * count]]
        scores = score_images(
            first, second, generator=generator, classes=classes, classifier=classifier
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
