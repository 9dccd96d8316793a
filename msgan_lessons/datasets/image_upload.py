"""One image file, decoded and cropped as those of a folder are (lesson 10_style_transfer)."""

import io
import warnings

import torch
from PIL import Image
from torch import Tensor

from msgan_lessons.datasets.image_folder import check_size, open_flat, square

__all__ = ["decode"]

MIN_SIDE, MOST_PIXELS = 8, 40_000_000
BROKEN = (OSError, SyntaxError, ValueError)  # what PIL raises at a file that is none


def decode(content: bytes, resolution: int) -> Tensor:
    """Decode one image file in colour, as `image_folder.read` does.

    Parameters
    ----------
    content : bytes
        The file; transparent pixels become white.
    resolution : int
        Pixels a side after the centre crop.

    Returns
    -------
    Tensor
        uint8, shape (3, R, R).

    Raises
    ------
    ValueError
        If it is no image or a damaged one, has fewer than 8 pixels a side, or more than 40
        million in all (these are counted before any of them is decoded).

    Examples
    --------
    >>> file = io.BytesIO()
    >>> Image.new("RGBA", (20, 10)).save(file, "PNG")
    >>> decode(file.getvalue(), 8).unique()
    tensor([255], dtype=torch.uint8)
    """
    _check_header(content)
    try:
        flat = open_flat(io.BytesIO(content))
    except BROKEN as error:
        raise ValueError(_no_image(content)) from error
    pixels = square(flat, resolution)  # (R, R, 3)
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1).contiguous()


def _check_header(content: bytes) -> None:
    """Refuse what is no image, too small or too large, by what the file says of itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            header = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as error:
        raise ValueError(f"the image must have at most {MOST_PIXELS:,} pixels.") from error
    except BROKEN as error:
        raise ValueError(_no_image(content)) from error
    check_size(header, MIN_SIDE, "the image")
    if header.width * header.height > MOST_PIXELS:
        raise ValueError(
            f"the image must have at most {MOST_PIXELS:,} pixels, "
            f"got {header.width}x{header.height}."
        )


def _no_image(content: bytes) -> str:
    return (
        "the file must be an image that can be decoded (PNG, JPEG, WebP, GIF, BMP or TIFF), "
        f"got {len(content):,} bytes that cannot."
    )
