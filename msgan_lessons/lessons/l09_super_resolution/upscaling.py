"""Enlarging an image: what is known of the large one, and the baselines (lesson 09)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.pyramid import image_pyramid, nearest_upsample

__all__ = [
    "back_project",
    "bicubic",
    "consistency",
    "upscale",
]

Images = Tensor | Sequence[Tensor]
CHUNK = 64  # images at a time


def back_project(images: Tensor, low: Tensor) -> Tensor:
    r"""Give images the coarse scale that they must have, and leave their fine scales alone.

    .. math:: P(x) = x + up(low - down(x))

    With 2x2 means for `down` and repeated pixels for `up`, down(up(e)) = e, so that one step is
    exact: down(P(x)) = low. It is the orthogonal projection on the images that average to `low`;
    the real image is one of them, so the squared error to it never grows.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W).
    low : Tensor
        Shape (B, C, h, w); H / h and W / w are the same power of two.

    Returns
    -------
    Tensor
        Shape (B, C, H, W); values may leave [-1, 1].

    Raises
    ------
    ValueError
        If `images` cannot be halved to the size of `low`.

    References
    ----------
    Irani and Peleg 1991 repeat such steps, since their blur has no exact inverse to the right.

    Examples
    --------
    >>> image, low = torch.tensor([[0.0, 1.0], [0.0, 1.0]]), torch.tensor([[2.0]])
    >>> back_project(image[None, None], low[None, None])[0, 0]
    tensor([[1.5000, 2.5000],
            [1.5000, 2.5000]])
    """
    n = _doublings(images, low)
    missing = low - image_pyramid(images, n + 1)[0]
    for _ in range(n):
        missing = nearest_upsample(missing)
    return images + missing


def bicubic(low: Tensor, n_doublings: int = 2) -> Tensor:
    """Enlarge by cubic interpolation, the usual baseline.

    Parameters
    ----------
    low : Tensor
        Shape (B, C, h, w).
    n_doublings : int
        At least 0.

    Returns
    -------
    Tensor
        Shape (B, C, h * 2**n, w * 2**n); values may leave the range of `low` a little.

    References
    ----------
    Keys 1981, with the coefficient -0.75 of PyTorch; SRGAN's figures use MATLAB's -0.5.

    Examples
    --------
    >>> bicubic(torch.zeros(1, 3, 16, 16)).shape
    torch.Size([1, 3, 64, 64])
    """
    return F.interpolate(low, scale_factor=2**n_doublings, mode="bicubic", align_corners=False)


def consistency(images: Tensor, low: Tensor) -> Tensor:
    r"""Tell how far each image is from averaging down to the one it was made from.

    .. math:: \sqrt{E[(down(x) - low)^2]}

    Parameters
    ----------
    images, low : Tensor
        As for `back_project`.

    Returns
    -------
    Tensor
        Shape (B,), at least 0; in units of the range from -1 to 1.

    Raises
    ------
    ValueError
        As `back_project`.

    Examples
    --------
    >>> low = torch.rand(2, 3, 4, 4)
    >>> consistency(back_project(bicubic(low), low), low).max() < 1e-6
    tensor(True)
    """
    n = _doublings(images, low)
    return (image_pyramid(images, n + 1)[0] - low).square().flatten(1).mean(1).sqrt()


@torch.no_grad()
def upscale(generator: nn.Module | Callable[[Tensor], Images], low: Tensor) -> Tensor:
    """Enlarge images with a generator or a baseline, without gradients, clipped to the range.

    Parameters
    ----------
    generator : nn.Module or callable
        `low` to an image, or to a list of them coarse to fine. A network works in eval mode, and
        is put back into the mode it was in.
    low : Tensor
        Shape (B, C, h, w), in [-1, 1].

    Returns
    -------
    Tensor
        The finest image, shape (B, C, H, W), on the CPU, in [-1, 1].

    Raises
    ------
    ValueError
        If the generator refuses the images.

    Examples
    --------
    >>> upscale(bicubic, torch.ones(1, 3, 4, 4)).shape
    torch.Size([1, 3, 16, 16])
    """
    module = generator if isinstance(generator, nn.Module) else nn.Identity()
    was_training = module.training
    place = next((p.device for p in module.parameters()), torch.device("cpu"))
    module.eval()
    try:
        drawn = [generator(part.to(place)) for part in low.split(CHUNK)]
    finally:
        module.train(was_training)
    finest = [x if isinstance(x, Tensor) else x[-1] for x in drawn]
    return torch.cat(finest).float().cpu().clamp(-1, 1)


def _doublings(images: Tensor, low: Tensor) -> int:
    """How often `low` must be doubled to be as large as `images`."""
    n = max(images.shape[-1] // low.shape[-1], 1).bit_length() - 1
    if tuple(images.shape) != (*low.shape[:2], low.shape[2] << n, low.shape[3] << n):
        raise ValueError(f"images must halve to low {tuple(low.shape)}, got {tuple(images.shape)}.")
    return n
