"""Real clips by name: sprites in motion, or any folder of short clips (lesson 12_video)."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from msgan_lessons.datasets import clip_folder
from msgan_lessons.datasets.datasets import SPLITS, check_source, open_images
from msgan_lessons.datasets.moving_sprites import MovingSprites

__all__ = ["NAMES", "StoredClips", "check_clips", "open_clips"]

NAMES = {"fashion_mnist": "fashion_mnist", "emoji": "emoji_noto"}  # clips of it: its images


class StoredClips:
    """Clips in memory, as a folder held them; their true motion is not known.

    Parameters
    ----------
    name : str
        What was opened.
    pixels : Tensor
        uint8, shape (N, C, T, R, R).

    Examples
    --------
    >>> data = StoredClips("two", torch.zeros(2, 3, 16, 32, 32, dtype=torch.uint8))
    >>> data.clips(5, torch.Generator()).shape
    torch.Size([5, 3, 16, 32, 32])
    """

    def __init__(self, name: str, pixels: Tensor) -> None:
        self.name, self.pixels = name, pixels
        _, self.img_channels, self.frames, self.resolution, _ = pixels.shape

    def __len__(self) -> int:
        return len(self.pixels)

    def clips(self, count: int, stream: torch.Generator) -> Tensor:
        """Draw clips at random, each once before any comes again.

        Parameters
        ----------
        count : int
            At least 1.
        stream : torch.Generator
            On the CPU.

        Returns
        -------
        Tensor
            Shape (count, C, T, R, R), float32, in [-1, 1].
        """
        rounds = -(-count // len(self))
        order = [torch.randperm(len(self), generator=stream) for _ in range(rounds)]
        return self.pixels[torch.cat(order)[:count]].float() / 127.5 - 1

    def batches(self, batch_size: int, stream: torch.Generator) -> Iterator[Tensor]:
        """Yield batches for ever.

        Parameters
        ----------
        batch_size, stream
            As for `clips`.

        Yields
        ------
        Tensor
            Shape (batch_size, C, T, R, R), in [-1, 1].
        """
        while True:
            yield self.clips(batch_size, stream)


def open_clips(
    name: str = "fashion_mnist",
    *,
    resolution: int = 32,
    frames: int = 16,
    split: str = "train",
    sprites: int = 1,
) -> MovingSprites | StoredClips:
    """Open real clips by name.

    Parameters
    ----------
    name : str
        'fashion_mnist' (grey on black) or 'emoji' (colour on white): sprites in motion, drawn on
        the fly. 'folder:PATH': the clips of a folder, see `clip_folder`.
    resolution : int
        Pixels a side of a frame, at least 8; a sprite is half as wide.
    frames : int
        Frames of a clip, at least 2.
    split : str
        'train' or 'test': which sprites. A folder has one part alone and ignores it.
    sprites : int
        In each clip, from 1 to 4; a folder ignores it.

    Returns
    -------
    MovingSprites or StoredClips
        Both have `clips`, `batches`, `img_channels`, `resolution` and `frames`.

    Raises
    ------
    ValueError
        If a name or value is not allowed, or a clip cannot be used.
    FileNotFoundError
        If the data are not on this machine.

    Examples
    --------
    >>> data = open_clips(split="test")
    >>> data.clips(2, torch.Generator().manual_seed(0)).shape
    torch.Size([2, 1, 16, 32, 32])
    """
    if resolution < 8:
        raise ValueError(f"resolution must be at least 8, got {resolution}.")
    if frames < 2:
        raise ValueError(f"frames must be at least 2, or nothing moves, got {frames}.")
    if split not in SPLITS:
        raise ValueError(f"split must be train or test, got {split!r}.")
    if not 1 <= sprites <= 4:
        raise ValueError(f"sprites must be from 1 to 4, got {sprites}.")
    check_clips(name, frames)
    if name.startswith("folder:"):
        return StoredClips(name, clip_folder.read(Path(name[7:]), resolution, frames))
    images = open_images(NAMES[name], resolution=resolution // 2, split=split).images()
    paper = -1.0 if images.shape[1] == 1 else 1.0  # emoji lie on white
    ink = (1 - paper * images) / 2
    sizes = {"resolution": resolution, "frames": frames, "sprites": sprites}
    return MovingSprites(name, ink, **sizes, paper=paper)


def check_clips(name: str, frames: int = 16) -> None:
    """Refuse clips that cannot be opened, before any work starts.

    Parameters
    ----------
    name : str
        As for `open_clips`.
    frames : int
        Frames that a clip of a folder must have at least.

    Raises
    ------
    ValueError
        If the name is unknown, a file is damaged, or a folder's clips cannot be used.
    FileNotFoundError
        If the data are not on this machine.
    """
    if name.startswith("folder:"):
        return clip_folder.check(Path(name[7:]), frames)
    if name not in NAMES:
        raise ValueError(f"clips must be one of {', '.join(NAMES)} or folder:PATH, got {name!r}.")
    return check_source(NAMES[name])
