"""Two translators from image to image, one a direction (lesson 10_style_transfer)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softsign

from msgan_lessons.blocks import initialise_he, strided_block
from msgan_lessons.pyramid import bilinear_upsample

__all__ = ["Translator", "Translators"]

DOWN = 4  # two strided convolutions
MOST = 0.5  # that a value may change by, of a range from -1 to 1


class Translator(nn.Module):
    r"""Image to image of the same size: the input plus a learned change, of limited size.

    .. math:: G(x) = \min(\max(x + \tfrac12 \, h(x) / (1 + |h(x)|), -1), 1)

    Two strided convolutions, residual blocks at a quarter of the resolution, two enlargements
    that meet the features of their size again, and last a small network at each pixel that sees
    the pixel itself. The last layer starts at zero, so that an untrained G changes nothing. The
    gradient passes the clamp as if it were not there (straight through), and h / (1 + |h|) keeps a
    slope where a tanh has none: else a pixel that was pushed too far could never come back.

    Parameters
    ----------
    width : int
        Feature channels at half the resolution, at least 1; twice as many at a quarter.
    n_blocks : int
        Residual blocks, at least 1.
    img_channels : int
        1 or 3.

    Raises
    ------
    ValueError
        If an argument is out of range.

    References
    ----------
    Zhu et al. 2017, appendix 7.2, after Johnson et al. 2016: down, residual blocks, up, with
    instance norm, and a tanh at the end. Ours is a hundred times smaller, has no norm, joins the
    features of equal size (Ronneberger et al. 2015) and adds a change to its input, so that a
    minute of training shows something.

    Examples
    --------
    >>> G, x = Translator(width=4), torch.rand(2, 3, 32, 32)
    >>> bool((G(x) == x).all())
    True
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
        changed = images + MOST * softsign(self.change(h))
        return changed + (changed.clamp(-1, 1) - changed).detach()


class Translators(nn.Module):
    """Both directions in one module.

    Parameters
    ----------
    make : callable
        Makes one translator; called twice.

    Examples
    --------
    >>> both = Translators(lambda: Translator(width=4))
    >>> [tuple(x.shape) for x in both(torch.zeros(2, 3, 16, 16), torch.zeros(1, 3, 16, 16))]
    [(2, 3, 16, 16), (1, 3, 16, 16)]
    """

    def __init__(self, make: Callable[[], nn.Module]) -> None:
        super().__init__()
        self.there, self.back = make(), make()

    def forward(self, x: Tensor, y: Tensor) -> list[Tensor]:
        """Translate images x of the first style there and y of the second back: [G(x), F(y)]."""
        return [self.there(x), self.back(y)]

    def cycles(self, fake: Sequence[Tensor]) -> list[Tensor]:
        """Go home again.

        Parameters
        ----------
        fake : list of Tensor
            [G(x), F(y)], as `forward` returns them.

        Returns
        -------
        list of Tensor
            [F(G(x)), G(F(y))], in the styles that x and y came in.
        """
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
