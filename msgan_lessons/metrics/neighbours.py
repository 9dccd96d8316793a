"""Who lies among whose neighbours: fidelity, variety, the 1-neighbour test (lesson 16)."""

import math

import torch
from torch import Tensor

from msgan_lessons.base.checks import check_alike
from msgan_lessons.metrics.checks import check_count, check_pair

CHUNK = 1024  # rows compared at a time: memory grows with N * CHUNK, not with N * M
TIE = 1e-9  # relative: distances nearer to each other than this count as equal


def precision_recall(
    real_features: Tensor, fake_features: Tensor, k: int = 3
) -> tuple[float, float]:
    """Precision: fakes that look real. Recall: reals that the fakes reach. Each is in [0, 1].

    The manifold of a set is the union of the balls around its points, each as wide as the
    distance to its k-th neighbour. Precision is the part of the fakes inside the manifold of the
    reals, recall the part of the reals inside the manifold of the fakes. Both depend on N and M:
    compare at equal counts alone. Kynkäänniemi et al. 2019, equations 1 and 2; theirs uses features
    of VGG-16.

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shapes (N, d) and (M, d), finite; identical sets give (1, 1).
    k : int
        Neighbours that set the radius, 1 to min(N, M) - 1; larger k gives larger values.

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
    r"""Precision that counts: in how many real balls a fake lies, over k; at least 0.

    .. math:: \frac{1}{k M} \sum_{j=1}^{M} \sum_{i=1}^{N} 1[y_j \in B(x_i, NND_k(x_i))]

    1 for identical sets of distinct rows, above 1 where fakes crowd in the densest places. Naeem et
    al. 2020, section 3; balls are open, as in the authors' code.

    Parameters
    ----------
    real_features, fake_features
        As for `precision_recall`.
    k : int
        Neighbours that set the radius, 1 to N - 1.

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
    r"""Part of the reals that have a fake nearer than their k-th real neighbour, in [0, 1].

    .. math:: \frac{1}{N} \sum_{i=1}^{N} 1[\exists j: y_j \in B(x_i, NND_k(x_i))]

    1 for identical sets of distinct rows. Unlike recall, the radii are of the reals alone, so that
    one stray fake does not claim a large region. Naeem et al. 2020, section 3; balls are open, as
    in the authors' code.

    Parameters
    ----------
    real_features, fake_features, k
        As for `density`.

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

    Returns Euclidean distances (N, k), float64, nearest first, exactly 0 for a copy, and the
    indices in `train_features` (N, k), int64.

    Parameters
    ----------
    fake_features, train_features : Tensor
        Shapes (N, d) and (M, d), finite: features, or images with `flatten(1)`.
    k : int
        1 to M.

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


TEST_CHUNK = 512  # rows of distances held at a time


def nearest_neighbour_accuracy(real_features: Tensor, fake_features: Tensor) -> float:
    r"""Share of all rows whose nearest other row is of their own kind: 0.5 = cannot tell.

    .. math::
        a = \frac{1}{2n} \Big( \sum_i [nn(x_i) \in X] + \sum_j [nn(y_j) \in Y] \Big)
        \tag{19}

    where nn(x) is the nearest row to x among all others, real X and generated Y together. Near 1:
    the two sets lie apart. Near 0: each generated row sits closer to a real row than other real
    rows do, as copies would. Lopez-Paz and Oquab 2017 (a classifier's accuracy as a two-sample
    test); Xu et al. 2018 (1 nearest neighbour, leaving one out). Where two rows are equally near,
    ours takes the first one, real rows before generated ones.

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shape (n, d) both, n at least 2: with unequal counts a guess would not give 0.5.

    Examples
    --------
    >>> near, far = torch.tensor([[0.0], [1.0]]), torch.tensor([[8.0], [9.0]])
    >>> nearest_neighbour_accuracy(near, far), nearest_neighbour_accuracy(near, near + 0.1)
    (1.0, 0.0)
    """
    real_called_real, fake_called_real = nearest_neighbour_verdicts(real_features, fake_features)
    right = torch.cat([real_called_real, ~fake_called_real])
    return right.double().mean().item()


def nearest_neighbour_verdicts(
    real_features: Tensor, fake_features: Tensor
) -> tuple[Tensor, Tensor]:
    """Which rows have a real row as nearest other row: bool (n,) of the reals, of the fakes."""
    real, fake = _check(real_features, fake_features)
    n, rows = len(real), torch.cat([real, fake])
    nearest = torch.cat([_nearest_other(rows, i) for i in range(0, 2 * n, TEST_CHUNK)])
    return nearest[:n] < n, nearest[n:] < n


def wilson_interval(right: int, trials: int, z: float = 1.96) -> tuple[float, float]:
    r"""Wilson's score interval of a share: which true shares, in [0, 1], fit `right` of `trials`.

    .. math::
        \frac{p + z^2 / 2n}{1 + z^2 / n}
        \pm \frac{z}{1 + z^2 / n} \sqrt{\frac{p (1 - p)}{n} + \frac{z^2}{4 n^2}}

    Wilson 1927, by SciPy. Unlike p +- z sqrt(p (1 - p) / n), it has a width at 0 and at `trials`.

    Parameters
    ----------
    right, trials : int
        Successes, from 0 to `trials`, and independent trials, at least 1.
    z : float
        Standard deviations, at most 6: 1.96 for an interval that holds the true share in about
        95 % of all experiments.

    Raises
    ------
    ValueError
        If the counts or z are impossible.

    Examples
    --------
    >>> [round(end, 2) for end in wilson_interval(14, 20)]
    [0.48, 0.85]
    """
    if trials < 1 or not 0 <= right <= trials:
        raise ValueError(f"right must be from 0 to trials >= 1, got {right} of {trials}.")
    if not 0 < z <= 6:
        raise ValueError(f"z must be > 0 and at most 6, got {z!r}.")
    from scipy.stats import binomtest  # 1 s to import, so only here

    within = math.erf(z / math.sqrt(2))  # probability of z standard deviations
    interval = binomtest(right, trials).proportion_ci(within, method="wilson")
    return float(interval.low), float(interval.high)


def _nearest_other(rows: Tensor, start: int) -> Tensor:
    """Index of the nearest other row, for one chunk of rows."""
    part = rows[start : start + TEST_CHUNK]
    distances = torch.cdist(part, rows, compute_mode="donot_use_mm_for_euclid_dist")
    itself = torch.arange(len(part))
    distances[itself, start + itself] = torch.inf
    return distances.argmin(1)


def _check(real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    real_rows, fake_rows = check_pair(real, fake, "real_features fake_features", 2)
    check_alike("real_features and fake_features", real.shape, fake.shape, "the same shape")
    return real_rows, fake_rows
