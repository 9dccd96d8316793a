"""Super-resolution: generators that add fine scales, and what is asked of G (lesson 09)."""

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.checks import check_choice
from msgan_lessons.blocks import initialise_he
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.family import Model
from msgan_lessons.lessons.l09_super_resolution.pairs import back_project, bicubic
from msgan_lessons.losses import over_scales, pixel_mse
from msgan_lessons.pyramid import Scales, bilinear_upsample
from msgan_lessons.training import TrainConfig

VARIANTS = ("srresnet", "laplacian")
SMALLEST = 4  # pixels a side of an image that is enlarged
Given = tuple[Tensor, ...]


class _ResidualBlock(nn.Module):
    """Two 3x3 convolutions whose output is added to the input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, h: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        return h + self.convolutions(h)


class _Trunk(nn.Module):
    """What both generators share: features at the size of `low`, and a way up by doublings."""

    def __init__(self, img_channels: int, channels: tuple[int, ...], n_blocks: int) -> None:
        super().__init__()  # channels: one number a scale, coarse to fine
        if len(channels) < 2 or n_blocks < 1:
            raise ValueError(
                "channels must have at least two entries and n_blocks be at least 1, "
                f"got {tuple(channels)} and {n_blocks}."
            )
        self.img_channels, self.n_doublings = img_channels, len(channels) - 1
        self.head = nn.Conv2d(img_channels, channels[0], 3, padding=1)
        self.body = nn.Sequential(*(_ResidualBlock(channels[0]) for _ in range(n_blocks)))
        self.ups = nn.ModuleList(_doubling(*pair) for pair in pairwise(channels))
        initialise_he(self)
        for block in self.body:  # each starts as nothing added, or deep sums would grow
            nn.init.zeros_(block.convolutions[-1].weight)

    def start(self, low: Tensor) -> Tensor:
        """Features (B, channels[0], h, w) of the image that is enlarged."""
        shape = tuple(low.shape)
        if len(shape) != 4 or shape[1] != self.img_channels or min(shape[2:]) < SMALLEST:
            raise ValueError(
                f"low must have shape (B, {self.img_channels}, h, w) with at least {SMALLEST}x"
                f"{SMALLEST} pixels, got {shape}."
            )
        return self.body(F.leaky_relu(self.head(low), 0.2))


class SRResNet(_Trunk):
    """P(bicubic(low) + r(low)): blocks on the small image, then doublings (Ledig et al. 2017).

    Ours has no batch norm, as ESRGAN (Wang et al. 2018); doublings are its sub-pixel convolutions.
    """

    def __init__(
        self, *, img_channels: int = 3, channels: tuple[int, ...] = (32, 24, 12), n_blocks: int = 4
    ) -> None:
        super().__init__(img_channels, channels, n_blocks)
        self.tail = _to_image(channels[-1], img_channels)

    def forward(self, low: Tensor) -> list[Tensor]:
        """Enlarge (B, C, h, w) in [-1, 1] to [(B, C, h * 2**n, w * 2**n)]; not clipped."""
        h = self.start(low)
        for up in self.ups:
            h = up(h)
        return [back_project(bicubic(low, self.n_doublings) + self.tail(h), low)]


class LaplacianSR(_Trunk):
    """Scale by scale, x_k = up(x_{k-1}) + b_k and down(x_k) = x_{k-1} (Lai et al. 2017).

    There every level has ten convolutions; here the first alone has blocks, and we back-project.
    """

    def __init__(
        self, *, img_channels: int = 3, channels: tuple[int, ...] = (32, 24, 12), n_blocks: int = 4
    ) -> None:
        super().__init__(img_channels, channels, n_blocks)
        self.tails = nn.ModuleList(_to_image(c, img_channels) for c in channels[1:])

    def forward(self, low: Tensor) -> list[Tensor]:
        """Enlarge (B, C, h, w) in [-1, 1] to a list of doublings, coarse to fine; not clipped."""
        h, images = self.start(low), [low]
        for up, tail in zip(self.ups, self.tails, strict=True):
            h = up(h)
            images.append(back_project(bilinear_upsample(images[-1]) + tail(h), images[-1]))
        return images[1:]

    def bands(self, low: Tensor) -> list[Tensor]:
        """The image (B, C, h, w) and the bands added to it, of which `reconstruct` makes G(low)."""
        scales = [low, *self(low)]
        return [low, *(x - bilinear_upsample(y) for y, x in pairwise(scales))]


def _doubling(c_in: int, c_out: int) -> nn.Sequential:
    """Sub-pixel convolution (Shi et al. 2016): four times the channels, laid out as 2x2 pixels."""
    return nn.Sequential(
        nn.Conv2d(c_in, 4 * c_out, 3, padding=1),
        nn.PixelShuffle(2),
        nn.LeakyReLU(0.2, inplace=True),
    )


def _to_image(channels: int, img_channels: int) -> nn.Conv2d:
    """To colours, from nothing: weights start at 0."""
    layer = nn.Conv2d(channels, img_channels, 3, padding=1)
    nn.init.zeros_(layer.weight), nn.init.zeros_(layer.bias)
    return layer


def srgan(
    *,
    variant: str = "srresnet",
    resolution: int = 64,
    img_channels: int = 3,
    width: int = 16,
    n_blocks: int = 4,
) -> Model:
    """Build a generator that enlarges four times, and the D that judges it.

    SRGAN (Ledig et al. 2017), whose D has a dense head over the whole image; ours judges patches.

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

    Raises
    ------
    ValueError
        If a value is out of range or there is no such variant.

    Examples
    --------
    >>> srgan(variant="laplacian").discriminator.inject
    'all'
    """
    check_choice("variant", variant, VARIANTS)
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

    config = TrainConfig(
        batch_size=8, g_lr=1e-3, d_lr=2e-3, betas=(0.9, 0.99), ema_decay=0.99, probe_interval=0
    )
    if variant == "laplacian":
        generator = LaplacianSR(channels=channels, **sizes)
        return Model("srgan", arguments, generator, DiscriminatorEnsemble(2, judge, "all"), config)
    return Model("srgan", arguments, SRResNet(channels=channels, **sizes), judge(), config)


def pixel_terms(given: Given, real: Scales, fake: Scales) -> dict[str, Tensor]:
    """Formula (20), as `terms` of a `Game`: 'pixel', the mean squared error over all scales.

    Parameters
    ----------
    given : tuple
        Not used.
    real, fake : list of Tensor
        Scales of large images.
    """
    return {"pixel": over_scales(pixel_mse, real, fake)}


def content_terms(
    distance: Callable[[Tensor, Tensor], Tensor], weight: float = 1.0, pixel: float = 0.0
) -> Callable[[Given, Scales, Scales], dict[str, Tensor]]:
    r"""Make the terms of formula (21) that need no D, for a `Game`: 'content' and 'pixel'.

    .. math:: w \, E[d(\phi(x), \phi(G(low)))] + w_p \, E[(x - G(low))^2]

    SRGAN (Ledig et al. 2017), equations 3 and 5: no pixel loss beside that of the features, which
    are of VGG19 there. `back_project` keeps the colours of each 4x4 square right here.

    Parameters
    ----------
    distance : callable
        (images, targets) to (B,): of features, such as `quarter_channel_distance`.
    weight, pixel : float
        w and w_p, at least 0; with w_p = 0 there is no 'pixel'. Both terms are means over scales.
    """

    def mean_distance(real: Tensor, fake: Tensor) -> Tensor:
        return distance(fake, real).mean()

    def terms(given: Given, real: Scales, fake: Scales) -> dict[str, Tensor]:
        found = {"content": weight * over_scales(mean_distance, real, fake)}
        return found | ({"pixel": pixel * over_scales(pixel_mse, real, fake)} if pixel else {})

    return terms
