"""Fidelity and variety apart: who lies among whose neighbours (lesson 16_evaluation)."""

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_count, check_pair

__all__ = ["coverage", "density", "nearest", "precision_recall"]

CHUNK = 1024  # rows compared at a time: memory grows with N * CHUNK, not with N * M
TIE = 1e-9  # relative: distances nearer to each other than this count as equal


def precision_recall(
    real_features: Tensor, fake_features: Tensor, k: int = 3
) -> tuple[float, float]:
    r"""Precision: fakes that look real. Recall: reals that the fakes reach.

    The manifold of a set is the union of the balls around its points, each as wide as the
    distance to its k-th neighbour. Precision is the part of the fakes inside the manifold of the
    reals, recall the part of the reals inside the manifold of the fakes.

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shapes (N, d) and (M, d), finite.
    k : int
        Neighbours that set the radius, 1 to min(N, M) - 1; larger k gives larger values.

    Returns
    -------
    tuple of float
        Precision and recall, each in [0, 1]; (1, 1) for identical sets. Both depend on N and M:
        compare at equal counts alone.

    Raises
    ------
    TypeError
        If a feature set is not a tensor or k not an int.
    ValueError
        If shapes do not fit, a value is not finite, or k is out of range.

    References
    ----------
    Kynkäänniemi et al. 2019, equations 1 and 2; theirs uses features of VGG-16.

    Examples
    --------
    >>> line = torch.arange(10.0)[:, None]
    >>> precision_recall(line, line[:5])  # half of the line: all real, half reached
    (1.0, 0.8)
    """
    real, fake = check_pair(real_features, fake_features, "real_features fake_features", 2)
    check_count(k, "k", 1, min(len(real), len(fake)) - 1)
    precision = (_balls_around(fake, real, _radii(real, k) * (1 + TIE)) > 0).double().mean()
    recall = (_balls_around(real, fake, _radii(fake, k) * (1 + TIE)) > 0).double().mean()
    return precision.item(), recall.item()


def density(real_features: Tensor, fake_features: Tensor, k: int = 5) -> float:
    r"""Precision that counts: in how many real balls a fake lies, over k.

    .. math:: \frac{1}{k M} \sum_{j=1}^{M} \sum_{i=1}^{N} 1[y_j \in B(x_i, NND_k(x_i))]

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shapes (N, d) and (M, d), finite.
    k : int
        Neighbours that set the radius, 1 to N - 1.

    Returns
    -------
    float
        At least 0; 1 for identical sets of distinct rows, above 1 where fakes crowd in the
        densest places.

    Raises
    ------
    TypeError
        If a feature set is not a tensor or k not an int.
    ValueError
        If shapes do not fit, a value is not finite, or k is out of range.

    References
    ----------
    Naeem et al. 2020, section 3; balls are open, as in the authors' code.

    Examples
    --------
    >>> line = torch.arange(10.0)[:, None]
    >>> density(line, line), density(line, line + 100)
    (1.0, 0.0)
    """
    real, fake = check_pair(real_features, fake_features, "real_features fake_features")
    check_count(k, "k", 1, len(real) - 1)
    balls = _balls_around(fake, real, _radii(real, k) * (1 - TIE))
    return (balls.double().mean() / k).item()


def coverage(real_features: Tensor, fake_features: Tensor, k: int = 5) -> float:
    r"""Part of the reals that have a fake nearer than their k-th real neighbour.

    .. math:: \frac{1}{N} \sum_{i=1}^{N} 1[\exists j: y_j \in B(x_i, NND_k(x_i))]

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shapes (N, d) and (M, d), finite.
    k : int
        Neighbours that set the radius, 1 to N - 1.

    Returns
    -------
    float
        In [0, 1]; 1 for identical sets of distinct rows. Unlike recall, the radii are of the
        reals alone, so that one stray fake does not claim a large region.

    Raises
    ------
    TypeError
        If a feature set is not a tensor or k not an int.
    ValueError
        If shapes do not fit, a value is not finite, or k is out of range.

    References
    ----------
    Naeem et al. 2020, section 3; balls are open, as in the authors' code.

    Examples
    --------
    >>> line = torch.arange(10.0)[:, None]
    >>> coverage(line, line[:1] + 0.5, k=2)  # one fake, at 0.5: it covers 0 and 1
    0.2
    """
    real, fake = check_pair(real_features, fake_features, "real_features fake_features")
    check_count(k, "k", 1, len(real) - 1)
    distances, _ = nearest(real, fake)
    return (distances[:, 0] < _radii(real, k)).double().mean().item()


def nearest(fake_features: Tensor, train_features: Tensor, k: int = 1) -> tuple[Tensor, Tensor]:
    """Find the k nearest training rows of each generated one: a distance of 0 is a copy.

    Parameters
    ----------
    fake_features, train_features : Tensor
        Shapes (N, d) and (M, d), finite: features, or images with `flatten(1)`.
    k : int
        1 to M.

    Returns
    -------
    tuple of Tensor
        Euclidean distances (N, k), float64, nearest first, exactly 0 for a copy; and their
        indices in `train_features` (N, k), int64.

    Raises
    ------
    TypeError
        If a feature set is not a tensor or k not an int.
    ValueError
        If shapes do not fit, a value is not finite, or k is out of range.

    Examples
    --------
    >>> distances, indices = nearest(torch.tensor([[2.2]]), torch.arange(5.0)[:, None], k=2)
    >>> distances.numpy().round(3), indices
    (array([[0.2, 0.8]]), tensor([[2, 3]]))
    """
    fake, train = check_pair(fake_features, train_features, "fake_features train_features")
    check_count(k, "k", 1, len(train))
    best, indices = torch.empty(len(fake), 0).double(), torch.empty(len(fake), 0).long()
    for start, part in zip(range(0, len(train), CHUNK), train.split(CHUNK), strict=True):
        found = torch.arange(start, start + len(part)).expand(len(fake), -1)
        best = torch.cat([best, torch.cdist(fake, part)], 1)  # (N, k + CHUNK)
        best, kept = best.topk(min(k, best.shape[1]), largest=False)
        indices = torch.cat([indices, found], 1).gather(1, kept)
    exact = torch.stack([(fake - train[column]).norm(dim=1) for column in indices.T], 1)
    distances, order = exact.sort(dim=1, stable=True)  # without the rounding of a matrix product
    return distances, indices.gather(1, order)


def _radii(features: Tensor, k: int) -> Tensor:
    """Distance of each row to its k-th neighbour, itself not counted: shape (N,)."""
    return nearest(features, features, k + 1)[0][:, -1]


def _balls_around(points: Tensor, centres: Tensor, radii: Tensor) -> Tensor:
    """In how many of the balls each point lies: shape (len(points),)."""
    middle = centres.mean(0)
    points, centres = points - middle, centres - middle
    noise = 1e-7 * centres.norm(dim=1).max()  # rounding of a distance as a matrix product
    counts = []
    for part in points.split(CHUNK):
        distances = torch.cdist(part, centres)
        distances[distances < noise] = 0
        counts.append((distances <= radii).sum(1))
    return torch.cat(counts)
