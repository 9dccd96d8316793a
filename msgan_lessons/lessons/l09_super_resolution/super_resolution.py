"""Super-resolution: networks put together, and what is asked of G (lesson 09)."""

from collections.abc import Callable, Sequence

from torch import Tensor

from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.family import Model
from msgan_lessons.lessons.l09_super_resolution.sr_networks import (
    SMALLEST,
    LaplacianSR,
    SRResNet,
)
from msgan_lessons.losses import over_scales, pixel_mse
from msgan_lessons.training import TrainConfig

__all__ = [
    "VARIANTS",
    "content_terms",
    "pixel_terms",
    "srgan",
]

Images = Tensor | Sequence[Tensor]
Given = tuple[Tensor, ...]
VARIANTS = ("srresnet", "laplacian")


def srgan(
    *,
    variant: str = "srresnet",
    resolution: int = 64,
    img_channels: int = 3,
    width: int = 16,
    n_blocks: int = 4,
) -> Model:
    """Build a generator that enlarges four times, and the D that judges it.

    Parameters
    ----------
    variant : str
        'srresnet': one image, one patch D. 'laplacian': an image at each scale, a patch D for each.
    resolution : int
        Pixels a side of the large image, at least 16 and a multiple of 4.
    img_channels : int
        1 or 3.
    width : int
        G has 2, 3/2 and 3/4 of it as feature channels at its three scales, D 1, 2 and 4 times; at
        least 2.
    n_blocks : int
        Residual blocks, at least 1.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If a value is out of range or there is no such variant.

    References
    ----------
    SRGAN (Ledig et al. 2017), whose D has a dense head over the whole image; ours judges patches.

    Examples
    --------
    >>> srgan(variant="laplacian").discriminator.inject
    'all'
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, got {variant!r}.")
    if resolution < 4 * SMALLEST or resolution % 4 or width < 2:
        raise ValueError(
            f"resolution must be a multiple of 4 from {4 * SMALLEST} and width at least 2, "
            f"got {resolution} and {width}."
        )
    sizes = {"img_channels": img_channels, "n_blocks": n_blocks}
    arguments = {"variant": variant, "resolution": resolution, "width": width, **sizes}
    channels = (2 * width, 3 * width // 2, 3 * width // 4)  # a doubling quadruples the places
    patches = (width, 2 * width, 4 * width)

    def judge() -> PatchDiscriminator:
        return PatchDiscriminator(img_channels=img_channels, channels=patches)

    config = TrainConfig(batch_size=8, g_lr=1e-3, d_lr=2e-3, betas=(0.9, 0.99), ema_decay=0.99)
    if variant == "laplacian":
        generator = LaplacianSR(channels=channels, **sizes)
        return Model("srgan", arguments, generator, DiscriminatorEnsemble(2, judge, "all"), config)
    return Model("srgan", arguments, SRResNet(channels=channels, **sizes), judge(), config)


def pixel_terms(given: Given, real: Images, fake: Images) -> dict[str, Tensor]:
    """Formula (20), for `TaskGame`: the mean squared error, the mean over scales.

    Parameters
    ----------
    given : tuple
        Not used.
    real, fake : Tensor or list of Tensor
        Large images, or their scales.

    Returns
    -------
    dict
        'pixel'.
    """
    return {"pixel": over_scales(pixel_mse, real, fake)}


def content_terms(
    distance: Callable[[Tensor, Tensor], Tensor], weight: float = 1.0, pixel: float = 0.0
) -> Callable[[Given, Images, Images], dict[str, Tensor]]:
    r"""Make the terms of formula (21) that need no D, for `TaskGame`.

    .. math:: w \, E[d(\phi(x), \phi(G(low)))] + w_p \, E[(x - G(low))^2]

    Parameters
    ----------
    distance : callable
        (images, targets) to (B,): of features, such as `part_distance`.
    weight, pixel : float
        w and w_p, at least 0.

    Returns
    -------
    callable
        (given, real, fake) to a dict: 'content', and 'pixel' where its weight is not 0; means
        over the scales.

    References
    ----------
    SRGAN (Ledig et al. 2017), equations 3 and 5: no pixel loss beside that of the features, which
    are of VGG19 there. `back_project` keeps the colours of each 4x4 square right here.
    """

    def mean_distance(real: Tensor, fake: Tensor) -> Tensor:
        return distance(fake, real).mean()

    def terms(given: Given, real: Images, fake: Images) -> dict[str, Tensor]:
        found = {"content": weight * over_scales(mean_distance, real, fake)}
        return found | ({"pixel": pixel * over_scales(pixel_mse, real, fake)} if pixel else {})

    return terms
