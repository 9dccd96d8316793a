"""CycleGAN in small: two translators, two patch D, no pairs (lesson 10_style_transfer)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softsign
from torch.utils.flop_counter import FlopCounterMode

from msgan_lessons.blocks import initialise_he, strided_block
from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.family import Model
from msgan_lessons.pyramid import bilinear_upsample
from msgan_lessons.training import TrainConfig

DOWN = 4  # two strided convolutions
MAX_CHANGE = 0.5  # that a value may change by, of a range from -1 to 1
STRIDES = 3  # strided convolutions of a D: patches of 38 pixels


class Translator(nn.Module):
    """The input plus a learned change of limited size: clamp(x + h(x) / (1 + |h(x)|) / 2).

    Zhu et al. 2017, appendix 7.2; ours is a hundred times smaller, has no norm, and joins the
    features of equal size (Ronneberger et al. 2015).
    """

    def __init__(self, width: int = 16, n_blocks: int = 3, img_channels: int = 3) -> None:
        super().__init__()
        for name, value in (("width", width), ("n_blocks", n_blocks)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}.")
        self.first = strided_block(img_channels, width)  # H/2
        self.second = strided_block(width, 2 * width)  # H/4
        self.blocks = nn.ModuleList(_residual(2 * width) for _ in range(n_blocks))
        self.up = _pixelwise(3 * width, width)
        self.mix = nn.Sequential(_pixelwise(width, width), nn.Conv2d(width, width, 3, padding=1))
        self.fine = _pixelwise(width + img_channels, width)
        self.change = nn.Conv2d(width, img_channels, 1)
        initialise_he(self)
        nn.init.zeros_(self.change.weight)

    def forward(self, images: Tensor) -> Tensor:
        """Translate images (B, C, H, W) in [-1, 1], H and W divisible by 4; the same shape."""
        _check_images(images)
        half = self.first(images)
        h = self.second(half)
        for block in self.blocks:
            h = h + block(h)
        h = self.mix(self.up(torch.cat([bilinear_upsample(h), half], 1)))
        h = self.fine(torch.cat([bilinear_upsample(h), images], 1))
        changed = images + MAX_CHANGE * softsign(
            self.change(h)
        )  # keeps a slope where tanh has none
        # the gradient passes the clamp: else a value that was pushed too far could not come back
        return changed + (changed.clamp(-1, 1) - changed).detach()


class Translators(nn.Module):
    """Both directions in one module; `make` is called twice."""

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.there, self.back = make(), make()

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """Translate images x of the first style there and y of the second back: [G(x), F(y)]."""
        return [self.there(x), self.back(y)]

    def cycles(self, fake: Sequence[Tensor]) -> list[Tensor]:
        """Turn [G(x), F(y)] back: [F(G(x)), G(F(y))], in the styles of x and y."""
        return [self.back(fake[0]), self.there(fake[1])]


def _residual(width: int) -> nn.Sequential:
    """What a residual block adds to its input."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(width, width, 3, padding=1),
    )


def _pixelwise(c_in: int, c_out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1), nn.LeakyReLU(0.2, inplace=True))


def _check_images(images: Tensor) -> None:
    if images.ndim != 4 or images.shape[-1] % DOWN or images.shape[-2] % DOWN:
        raise ValueError(
            f"images must have shape (B, C, H, W) with H and W divisible by {DOWN}, "
            f"got {tuple(images.shape)}."
        )


class PairedDiscriminator(nn.Module):
    """One D for each style, one list of logits; each sees the ink, 1 - x: its padding is paper."""

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.of_second, self.of_first = make(), make()

    def forward(self, images: Sequence[Tensor]) -> list[Tensor]:
        """Judge [images in the second style, images in the first]: logits, scale by scale."""
        return [*self.of_second([1 - images[0]]), *self.of_first([1 - images[1]])]


def cyclegan(
    *,
    resolution: int = 64,
    img_channels: int = 3,
    width: int = 16,
    n_blocks: int = 3,
    n_scales: int = 3,
    d_width: int = 32,
) -> Model:
    """CycleGAN: `Translators` against a `PairedDiscriminator`, a patch D at one or several scales.

    Zhu et al. 2017, section 4: LSGAN and Adam. The patch D at several scales is pix2pixHD's (Wang
    et al. 2018, section 3.2); CycleGAN has one. Its patches have 70 pixels (Isola et al. 2017) of
    256, ours 38 of 64. Learning rates are ours, larger, for runs of a minute.

    Parameters
    ----------
    resolution : int
        Pixels a side, divisible by 8 * 2**(n_scales - 1).
    img_channels : int
        1 or 3.
    width, n_blocks : int
        Of both translators.
    n_scales : int
        Scales that each D judges, at least 1.
    d_width : int
        Channels of D's first layer; see `equal_width`.

    Raises
    ------
    ValueError
        If a value is out of range, or the scales do not divide the resolution.

    Examples
    --------
    >>> cyclegan(resolution=32, width=4, d_width=4).generator.there(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 3, 32, 32])
    """
    side = 2 ** (STRIDES + n_scales - 1)
    if n_scales < 1 or resolution < side or resolution % side:
        raise ValueError(
            f"resolution must be divisible by {2**STRIDES} * 2**(n_scales - 1) "
            f"with n_scales at least 1, got resolution={resolution} and n_scales={n_scales}."
        )
    arguments = {
        "resolution": resolution, "img_channels": img_channels, "width": width,
        "n_blocks": n_blocks, "n_scales": n_scales, "d_width": d_width,
    }  # fmt: skip
    patch_d = _patch_d(img_channels, d_width)
    return Model(
        "cyclegan",
        arguments,
        Translators(lambda: Translator(width, n_blocks, img_channels)),
        PairedDiscriminator(lambda: DiscriminatorEnsemble(n_scales, patch_d)),
        TrainConfig(
            loss="lsgan", g_lr=1e-3, d_lr=1e-3, betas=(0.5, 0.99), batch_size=8, probe_interval=0
        ),
    )


def forward_flops(network: nn.Module, *inputs: object) -> int:
    """Floating-point operations of one forward: 2 a multiply-add of convolutions and products.

    Parameters
    ----------
    network : nn.Module
        Called without gradients, under torch's counter.
    *inputs
        Its arguments.

    Examples
    --------
    >>> forward_flops(nn.Conv2d(1, 1, 1), torch.zeros(1, 1, 4, 4))
    32
    """
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(*inputs)
    return counter.get_total_flops()


def equal_width(d_width: int, n_scales: int, resolution: int = 64, img_channels: int = 3) -> int:
    """Width that brings a single-scale D nearest to the cost, in FLOPs, of a multi-scale one.

    Parameters
    ----------
    d_width, n_scales : int
        Of the D with several scales.
    resolution, img_channels : int
        Of the images.

    Examples
    --------
    >>> equal_width(32, 3), equal_width(32, 1)
    (37, 32)
    """
    image = torch.zeros(1, img_channels, resolution, resolution)

    def cost(width: int, scales: int) -> int:
        jury = DiscriminatorEnsemble(scales, _patch_d(img_channels, width))
        return forward_flops(jury, [image])

    wanted = cost(d_width, n_scales)
    return min(range(d_width, 2 * d_width + 1), key=lambda width: abs(cost(width, 1) - wanted))


def _patch_d(img_channels: int, width: int) -> Callable[[], PatchDiscriminator]:
    channels = tuple(width * 2**k for k in range(STRIDES))
    return lambda: PatchDiscriminator(img_channels=img_channels, channels=channels)
