"""D as a jury: a logit for every patch, and the size of the patch that it sees (lesson 04)."""

from collections.abc import Sequence

from torch import Tensor, nn

from msgan_lessons.blocks import initialise_he, strided_block

__all__ = ["PatchDiscriminator", "logit_under", "patch_of", "receptive_field"]

Images = Tensor | Sequence[Tensor]


def receptive_field(module: nn.Module) -> tuple[int, int]:
    r"""Side of the image patch that one output of a stack of convolutions depends on.

    .. math:: r \leftarrow r + (k - 1)\,s, \qquad s \leftarrow s \cdot stride

    Parameters
    ----------
    module : nn.Module
        Its `Conv2d` layers are taken in order, as one chain without dilation.

    Returns
    -------
    tuple of int
        (pixels a side of the patch, pixels between the patches of neighbouring outputs).

    References
    ----------
    The recursion is elementary; Isola et al. 2017 reach 70 pixels with it. A test compares it
    with the gradient of an output with respect to the image.

    Examples
    --------
    >>> receptive_field(PatchDiscriminator(channels=(16, 32)))
    (18, 4)
    """
    size, step = 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            size += (layer.kernel_size[0] - 1) * step
            step *= layer.stride[0]
    return size, step


def patch_of(module: nn.Module, row: int, column: int) -> tuple[int, int, int]:
    r"""Where in the image the patch of one output lies, for a stack of convolutions.

    .. math:: start \leftarrow start - padding \cdot s, \qquad s \leftarrow s \cdot stride

    Parameters
    ----------
    module : nn.Module
        Its `Conv2d` layers are taken in order, as one chain of square kernels without dilation.
    row, column : int
        Which output, from 0.

    Returns
    -------
    tuple of int
        (top, left, side) in pixels; top and left are negative where the patch reaches into the
        padding.

    References
    ----------
    The recursion of `receptive_field`, with the padding as well.

    Examples
    --------
    >>> patch_of(PatchDiscriminator(channels=(16, 32)), 2, 3)
    (1, 5, 18)
    """
    start, step, side = 0, 1, 1
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            side += (layer.kernel_size[0] - 1) * step
            start -= layer.padding[0] * step
            step *= layer.stride[0]
    return start + row * step, start + column * step, side


def logit_under(
    judge: nn.Module, resolution: int, across: float, down: float
) -> tuple[int, int, int]:
    """Say which logit of a patch D lies under a place of the image.

    Parameters
    ----------
    judge : nn.Module
        A patch D; its strides multiply to a divisor of the resolution.
    resolution : int
        Pixels a side of the image that it sees.
    across, down : float
        From 0 (left, top) to 1 (right, bottom).

    Returns
    -------
    tuple of int
        (row, column, logits a side).

    Raises
    ------
    ValueError
        If the strides do not divide the resolution, or the place is not in [0, 1].

    Examples
    --------
    >>> logit_under(PatchDiscriminator(channels=(16, 32)), 32, 0.5, 1.0)
    (7, 4, 8)
    """
    step = receptive_field(judge)[1]
    if resolution % step:
        raise ValueError(
            f"resolution must be divisible by the strides' product {step}, got {resolution}."
        )
    if not (0 <= across <= 1 and 0 <= down <= 1):
        raise ValueError(f"across and down must be from 0 to 1, got {across} and {down}.")
    n = resolution // step
    return min(int(down * n), n - 1), min(int(across * n), n - 1), n


class PatchDiscriminator(nn.Module):
    """A D without a head over the whole image: every logit judges one patch.

    Parameters
    ----------
    img_channels : int
        1 or 3.
    channels : sequence of int
        Feature channels of the strided convolutions, fine to coarse; each halves the resolution.

    References
    ----------
    Isola et al. 2017, section 3.2.2; the patch is the receptive field: 8, 18 and 38 pixels for one,
    two and three strided convolutions of size 4 and the final one of size 3 (a law in the tests).

    Examples
    --------
    >>> import torch
    >>> PatchDiscriminator(channels=(16, 32))(torch.zeros(2, 1, 32, 32)).shape
    torch.Size([2, 1, 8, 8])
    """

    def __init__(self, *, img_channels: int = 1, channels: Sequence[int] = (16, 32)) -> None:
        super().__init__()
        inputs = (img_channels, *channels[:-1])
        self.blocks = nn.Sequential(
            *(strided_block(c_in, c_out) for c_in, c_out in zip(inputs, channels, strict=True))
        )
        self.head = nn.Conv2d(channels[-1], 1, 3, padding=1)
        initialise_he(self)

    def forward(self, images: Images) -> Tensor:
        """Judge every patch: (B, C, H, W) -> logits (B, 1, H / 2^n, W / 2^n), n = len(channels)."""
        return self.judge(images)[0]

    def judge(self, images: Images) -> tuple[Tensor, list[Tensor]]:
        """Return the logits and what each strided convolution hands on, for feature matching.

        Parameters
        ----------
        images : Tensor or list of Tensor
            As for `forward`: of a list, the finest is judged.

        Returns
        -------
        tuple
            Logits, and features (B, channels[k], H / 2^(k+1), W / 2^(k+1)).
        """
        h = images if isinstance(images, Tensor) else images[-1]
        features = []
        for block in self.blocks:
            h = block(h)
            features.append(h)
        return self.head(h), features
