"""How far apart two sets lie: Fréchet's distance, sliced distances by band (lesson 16)."""

import torch
from torch import Tensor

from msgan_lessons.metrics.checks import check_count, check_images, check_pair
from msgan_lessons.pyramid import laplacian_pyramid


def frechet_distance(real_features: Tensor, fake_features: Tensor) -> float:
    r"""Fréchet distance of the Gaussians with the mean and covariance of each set, at least 0.

    .. math:: \|m_1 - m_2\|^2 + tr(C_1 + C_2 - 2 (C_1 C_2)^{1/2})

    In the squared unit of the features. Dowson and Landau 1982; Heusel et al. 2017, equation 6
    (there a squared distance, called FID on the features of Inception; on other features it is not
    FID). Covariances are unbiased. With C = A'A for the centred features A, the trace of the root
    sums the singular values of A_1 A_2', so that nothing is lost where a covariance has no inverse.

    Parameters
    ----------
    real_features, fake_features : Tensor
        Shapes (N, d) and (M, d), finite; N and M at least 2, and better far above d: the
        distance of finite samples is biased upwards, the more the fewer there are.

    Examples
    --------
    >>> x = torch.tensor([[-1.0], [1.0]])  # variance 2
    >>> round(frechet_distance(x, x + 3), 6)  # the same shape, moved by 3
    9.0
    """
    real, fake = check_pair(real_features, fake_features, "real_features fake_features", 2)
    mean_term = (real.mean(0) - fake.mean(0)).square().sum()
    real_factor, fake_factor = _factor(real), _factor(fake)
    traces = real_factor.square().sum() + fake_factor.square().sum()  # tr C_1 + tr C_2
    root = torch.linalg.svdvals(real_factor @ fake_factor.T).sum()  # tr (C_1 C_2)^(1/2)
    return max(0.0, (mean_term + traces - 2 * root).item())


def _factor(features: Tensor) -> Tensor:
    """A with A'A = the unbiased covariance: at most d rows, by QR of the centred features."""
    centred = (features - features.mean(0)) / (len(features) - 1) ** 0.5
    return torch.linalg.qr(centred, mode="r").R


CHUNK = 32  # directions at a time
COARSEST = 4  # smallest resolution of a band unless n_scales says otherwise


def sliced_wasserstein(
    real: Tensor, fake: Tensor, generator: torch.Generator, n_projections: int = 256
) -> float:
    r"""Mean over random directions of the Wasserstein distance of order 1 along each, >= 0.

    .. math:: E_\theta \int_0^1 | F^{-1}_{\theta \cdot x}(q) - F^{-1}_{\theta \cdot y}(q) | \, dq

    In the unit of the rows; 0 for identical sets, in any order. Rabin et al. 2011; Bonneel et al.
    2015, who use order 2. Order 1 is ProGAN's (Karras et al. 2018). Along a line the optimal
    transport joins equal quantiles, so that sorting solves it.

    Parameters
    ----------
    real, fake : Tensor
        Shapes (N, d) and (M, d), finite; N and M may differ.
    generator : torch.Generator
        Source of the directions, on the CPU.
    n_projections : int
        Directions, at least 1.

    Examples
    --------
    >>> x, stream = torch.rand(10, 1), torch.Generator().manual_seed(0)
    >>> round(sliced_wasserstein(x, x + 3, stream), 4)  # on a line: the shift itself
    3.0
    """
    real, fake = check_pair(real, fake, "real fake")
    check_count(n_projections, "n_projections")
    directions = random_directions(real.shape[1], n_projections, generator)
    lines = [_line_distances(part @ real.T, part @ fake.T) for part in directions.split(CHUNK)]
    return torch.cat(lines).mean().item()


def random_directions(dim: int, count: int, generator: torch.Generator) -> Tensor:
    """Draw unit vectors (count, dim), float64, uniform on the sphere."""
    normal = torch.randn(count, dim, generator=generator, dtype=torch.float64)
    return normal / normal.norm(dim=1, keepdim=True)


def patch_descriptors(
    bands: Tensor, generator: torch.Generator, size: int = 7, per_image: int = 16
) -> Tensor:
    """Cut patches at random places of a band (N, C, H, W): (N * per_image, C * size * size).

    A band with fewer patches gives each once, one smaller than `size` itself (Karras et al. 2018).
    """
    bands, per_image = check_images(bands, "bands"), check_count(per_image, "per_image")
    if check_count(size, "size") > min(bands.shape[-2:]):
        return bands.flatten(1)
    patches = bands.unfold(2, size, 1).unfold(3, size, 1)  # (N, C, rows, columns, size, size)
    n, _, rows, columns = patches.shape[:4]
    if rows * columns <= per_image:
        places = torch.arange(rows * columns).expand(n, -1)
    else:
        places = torch.randint(rows * columns, (n, per_image), generator=generator)
    image = torch.arange(n)[:, None].expand_as(places)
    chosen = patches[image, :, places // columns, places % columns]  # (N, places, C, size, size)
    return chosen.flatten(0, 1).flatten(1)


def band_distances(
    real_images: Tensor,
    fake_images: Tensor,
    generator: torch.Generator,
    n_scales: int | None = None,
    standardise: bool = False,
    *,
    n_projections: int = 128,
    size: int = 7,
    per_image: int = 16,
) -> dict[int, float]:
    """Sliced Wasserstein distance of the patches of each Laplacian band, {resolution: distance}.

    Coarse to fine: the coarsest band is the averaged image, a finer one what doubling the
    resolution adds. ProGAN (Karras et al. 2018), section 5: standardised always, blurred by a
    binomial filter, down to 16x16, 1000 times the value. Ours takes real and fake patches from the
    same places.

    Parameters
    ----------
    real_images, fake_images : Tensor
        Shapes (N, C, R, R) and (M, C, R, R), float, in [-1, 1].
    generator : torch.Generator
        Source of the places and directions, on the CPU.
    n_scales : int, optional
        Bands. Default: halve while the resolution is even and stays at least 4.
    standardise : bool
        Give each channel of the patches mean 0 and variance 1, in each set by itself. It hides
        a shift of brightness and a change of contrast.
    n_projections, size, per_image : int
        As for `sliced_wasserstein` and `patch_descriptors`, with their errors.

    Raises
    ------
    ValueError
        If the shapes differ or the scales do not divide R.

    Examples
    --------
    >>> x, stream = torch.rand(20, 1, 16, 16) - 0.5, torch.Generator().manual_seed(0)
    >>> band_distances(x, x, stream)
    {4: 0.0, 8: 0.0, 16: 0.0}
    """
    sets = check_images(real_images, "real_images"), check_images(fake_images, "fake_images")
    shapes = [tuple(images.shape[1:]) for images in sets]
    if shapes[0] != shapes[1] or shapes[0][1] != shapes[0][2]:
        got = f"{shapes[0]} and {shapes[1]}"
        raise ValueError(f"real_images and fake_images must be square and alike, got {got}.")
    n_scales = _scales_down_to(COARSEST, shapes[0][-1]) if n_scales is None else n_scales
    distances = {}
    for pair in zip(*(laplacian_pyramid(images, n_scales) for images in sets), strict=True):
        seed = int(torch.randint(2**62, (), generator=generator))
        twins = [torch.Generator().manual_seed(seed) for _ in pair]
        rows = [patch_descriptors(*b, size, per_image) for b in zip(pair, twins, strict=True)]
        if standardise:
            rows = [_standardise(r, shapes[0][0]) for r in rows]
        distances[pair[0].shape[-1]] = sliced_wasserstein(*rows, generator, n_projections)
    return distances


def _line_distances(first: Tensor, second: Tensor) -> Tensor:
    """Wasserstein distance of order 1 of (L, N) and (L, M) points on L lines: shape (L,)."""
    first.numpy().sort(axis=1), second.numpy().sort(axis=1)  # in place; faster than torch's
    n, m = first.shape[1], second.shape[1]
    if n == m:
        return (first - second).abs().mean(1)
    ends = torch.cat([m * torch.arange(1, n + 1), n * torch.arange(1, m + 1)]).unique()
    widths = ends.diff(prepend=ends.new_zeros(1)).double() / (n * m)  # of equal quantiles
    return (first[:, (ends - 1) // m] - second[:, (ends - 1) // n]).abs() @ widths


def _scales_down_to(coarsest: int, resolution: int) -> int:
    halves = resolution % 2 == 0 and resolution // 2 >= coarsest
    return 1 + (_scales_down_to(coarsest, resolution // 2) if halves else 0)


def _standardise(rows: Tensor, n_channels: int) -> Tensor:
    channels = rows.double().unflatten(1, (n_channels, -1))  # (rows, C, pixels of a patch)
    deviation = channels.std((0, 2), correction=0, keepdim=True).clamp_min(1e-12)
    return ((channels - channels.mean((0, 2), keepdim=True)) / deviation).flatten(1)
