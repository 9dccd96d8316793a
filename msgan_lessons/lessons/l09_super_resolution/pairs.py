"""Pairs of a small and a large image, and the baselines that enlarge (lesson 09)."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData, open_images
from msgan_lessons.pyramid import image_pyramid, nearest_upsample
from msgan_lessons.training import draw

DOUBLINGS = 2  # 16x16 to 64x64
HELD_OUT = 5  # of a folder, every fifth image
CHUNK = 64  # images at a time
NATIVE_SIZES = {  # pixels a side of what would have to be enlarged
    "fashion_mnist": 28, "fashion_mnist_full": 28, "cifar10": 32,
    "emoji": 64, "emoji_noto": 64, "emoji_twemoji": 64, "celeba": 178,
}  # fmt: skip


def open_large_images(name: str, resolution: int = 64) -> tuple[ImageData, ImageData]:
    """Open images that have the fine scales to be learned, for training and, apart, to judge by.

    Parameters
    ----------
    name : str
        As for `open_images`, with its errors. Of a folder, every fifth image is held out.
    resolution : int
        Pixels a side, at least 16 and a multiple of 4.

    Raises
    ------
    ValueError
        If the images are smaller than the resolution (enlarged ones have no fine scale to learn),
        or a folder holds fewer than ten.

    Examples
    --------
    >>> [len(data) for data in open_large_images("emoji")]
    [1403, 476]
    """
    if NATIVE_SIZES.get(name, resolution) < resolution:
        raise ValueError(
            f"data must hold images of at least {resolution}x{resolution} pixels, "
            f"got {name} with {NATIVE_SIZES[name]}x{NATIVE_SIZES[name]}."
        )
    if not name.startswith("folder:"):
        splits = ("train", "test")
        return tuple(open_images(name, resolution=resolution, split=s) for s in splits)
    whole = open_images(name, resolution=resolution, min_side=resolution)
    if len(whole) < 2 * HELD_OUT:
        raise ValueError(f"data={name} must hold at least {2 * HELD_OUT} images, got {len(whole)}.")
    out = torch.arange(len(whole)) % HELD_OUT == 0
    return ImageData(name, whole.pixels[~out]), ImageData(name, whole.pixels[out])


def training_pairs(
    data: ImageData, batch_size: int, streams: Streams, *, every_scale: bool = False
) -> Iterator[tuple[tuple[Tensor], list[Tensor]]]:
    """Yield ((low,), real), what G is given and what it should return, for a `Game`.

    Parameters
    ----------
    data : ImageData
        Large images, (C, R, R); low (B, C, R/4, R/4) is the coarsest scale of their pyramid.
    batch_size : int
        As for `ImageData.batches`, with its errors.
    streams : Streams
        'data' shuffles.
    every_scale : bool
        Whether real is every scale above the small image, coarse to fine, or the finest alone.

    Examples
    --------
    >>> data, _ = open_large_images("emoji")
    >>> (low,), real = next(training_pairs(data, 2, Streams(0), every_scale=True))
    >>> tuple(low.shape), [x.shape[-1] for x in real]
    ((2, 3, 16, 16), [32, 64])
    """
    for real in data.batches(batch_size, streams["data"]):
        low, *finer = image_pyramid(real, DOUBLINGS + 1)
        yield (low,), finer if every_scale else finer[-1:]


def back_project(images: Tensor, low: Tensor) -> Tensor:
    r"""Give images the coarse scale that they must have, and leave their fine scales alone.

    .. math:: P(x) = x + up(low - down(x))

    With 2x2 means for `down` and repeated pixels for `up`, down(up(e)) = e, so that one step is
    exact: down(P(x)) = low. It is the orthogonal projection on the images that average to `low`;
    the real image is one of them, so the squared error to it never grows. Irani and Peleg 1991
    repeat such steps, since their blur has no exact inverse to the right.

    Parameters
    ----------
    images : Tensor
        Shape (B, C, H, W), which is kept; values may leave [-1, 1].
    low : Tensor
        Shape (B, C, h, w); H / h and W / w are the same power of two.

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

    Keys 1981, with the coefficient -0.75 of PyTorch; SRGAN's figures use MATLAB's -0.5.

    Parameters
    ----------
    low : Tensor
        Shape (B, C, h, w); becomes (B, C, h * 2**n, w * 2**n); may leave its range a little.
    n_doublings : int
        n, at least 0.

    Examples
    --------
    >>> bicubic(torch.zeros(1, 3, 16, 16)).shape
    torch.Size([1, 3, 64, 64])
    """
    return F.interpolate(low, scale_factor=2**n_doublings, mode="bicubic", align_corners=False)


def consistency(images: Tensor, low: Tensor) -> Tensor:
    r"""Tell how far each image is from averaging down to the one it was made from: (B,), >= 0.

    .. math:: \sqrt{E[(down(x) - low)^2]}, \quad \text{in units of the range from -1 to 1}

    `images` and `low` are as for `back_project`, with its error.

    Examples
    --------
    >>> low = torch.rand(2, 3, 4, 4)
    >>> consistency(back_project(bicubic(low), low), low).max() < 1e-6
    tensor(True)
    """
    n = _doublings(images, low)
    return (image_pyramid(images, n + 1)[0] - low).square().flatten(1).mean(1).sqrt()


@torch.no_grad()
def upscale(generator: nn.Module | Callable[[Tensor], Tensor], low: Tensor) -> Tensor:
    """Enlarge images with a generator or a baseline, without gradients, clipped to the range.

    Parameters
    ----------
    generator : nn.Module or callable
        A network, `low` to a list of images, coarse to fine, in eval mode; its mode is put back.
        Or a baseline, `low` to the finest image.
    low : Tensor
        Shape (B, C, h, w), in [-1, 1]; becomes the finest image (B, C, H, W), on the CPU.

    Examples
    --------
    >>> upscale(bicubic, torch.ones(1, 3, 4, 4)).shape
    torch.Size([1, 3, 16, 16])
    """
    if isinstance(generator, nn.Module):
        return draw(generator, low, chunk=CHUNK)[-1].clamp(-1, 1)
    return generator(low).float().cpu().clamp(-1, 1)


def _doublings(images: Tensor, low: Tensor) -> int:
    """How often `low` must be doubled to be as large as `images`."""
    n = max(images.shape[-1] // low.shape[-1], 1).bit_length() - 1
    if tuple(images.shape) != (*low.shape[:2], low.shape[2] << n, low.shape[3] << n):
        raise ValueError(f"images must halve to low {tuple(low.shape)}, got {tuple(images.shape)}.")
    return n
