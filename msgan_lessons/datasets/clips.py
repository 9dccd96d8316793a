"""Clips by name: sprites in motion, drawn on the fly, or a folder of clips (lesson 12_video)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageSequence, UnidentifiedImageError
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.datasets.images import (
    check_is_folder,
    check_source,
    check_split,
    crop_and_resize,
    flat,
    open_flat,
    open_images,
)

SPEED = (0.6, 1.8)  # pixels a frame, for a canvas of 32 pixels
TURN = 0.1  # radians a frame, at the most
GROWTH = 0.02  # of the size a frame, at the most
SIZES = (0.6, 1.2)  # a sprite stays within these


@dataclass(frozen=True)
class Motion:
    """Where every one of S sprites truly is in every one of T frames of B clips."""

    positions: Tensor  # centres (B, S, T, 2), pixels from the top left corner: x right, y down
    velocities: Tensor  # (B, S, T, 2), pixels a frame, as a sprite leaves the frame
    angles: Tensor  # (B, S, T), radians, clockwise on the screen
    sizes: Tensor  # (B, S, T), times the sprite's own size


def draw_motion(
    count: int,
    stream: torch.Generator,
    *,
    sprites: int = 1,
    frames: int = 16,
    resolution: int = 32,
    reach: float = 7.0,
) -> Motion:
    """Draw straight lines with elastic bounces, turn, growth; half a sprite is `reach` pixels."""
    # Moving MNIST (Srivastava et al. 2015) has two digits that pass through each other
    if min(count, sprites, frames) < 1:
        raise ValueError(
            f"count, sprites and frames must be at least 1, got {count}, {sprites} and {frames}."
        )
    if not 0 < 2 * reach * SIZES[1] < resolution:
        raise ValueError(
            f"reach must be above 0 and below {resolution / 2 / SIZES[1]:.3g} "
            f"for resolution={resolution}, got {reach!r}."
        )
    draw = torch.rand(7, count, sprites, generator=stream)
    size = 0.85 + 0.3 * draw[0]
    growth = GROWTH * (2 * draw[1] - 1)
    angle, turn = 0.5 * (2 * draw[2] - 1), TURN * (2 * draw[3] - 1)
    heading = 2 * math.pi * draw[4]
    speed = (SPEED[0] + (SPEED[1] - SPEED[0]) * draw[5]) * resolution / 32
    velocity = speed[..., None] * torch.stack([heading.cos(), heading.sin()], -1)
    room = reach * size[..., None]
    start = torch.rand(count, sprites, 2, generator=stream)
    position = room + start * (resolution - 2 * room)
    states = []
    for _ in range(frames):
        velocity = _collided(position, velocity, reach * size)
        states.append((position, velocity, angle, size))
        size = (size * growth.exp()).clamp(*SIZES)
        position, velocity = _reflected(position + velocity, velocity, reach * size, resolution)
        angle = angle + turn
    return Motion(*(torch.stack(part, 2) for part in zip(*states, strict=True)))


def _reflected(
    position: Tensor, velocity: Tensor, room: Tensor, resolution: int
) -> tuple[Tensor, Tensor]:
    """Fold back what has gone into a wall."""
    low = room[..., None]
    high = resolution - low
    outside = (position < low) | (position > high)
    position = torch.where(position < low, 2 * low - position, position)
    position = torch.where(position > high, 2 * high - position, position)
    inwards = torch.where(position < resolution / 2, velocity.abs(), -velocity.abs())
    return position.maximum(low).minimum(high), torch.where(outside, inwards, velocity)


def _collided(position: Tensor, velocity: Tensor, reach: Tensor) -> Tensor:
    """Exchange velocities along the line of centres, pair by pair."""
    velocity = velocity.clone()
    for i in range(velocity.shape[1]):
        for j in range(i):
            line = position[:, i] - position[:, j]
            distance = line.norm(dim=-1, keepdim=True).clamp(min=1e-6)
            line = line / distance
            nearing = ((velocity[:, i] - velocity[:, j]) * line).sum(-1, keepdim=True)
            touch = distance < 0.8 * (reach[:, i] + reach[:, j])[:, None]  # sprites are no discs
            push = torch.where(touch & (nearing < 0), nearing, 0.0) * line
            velocity[:, i] -= push
            velocity[:, j] += push
    return velocity


def render(ink: Tensor, motion: Motion, resolution: int = 32, paper: float = -1.0) -> Tensor:
    """Draw the clips (B, C, T, R, R) in [-1, 1] of a motion; the stronger ink covers the weaker."""
    # ink (B, S, C, h, h) in [0, 1]; paper -1: bright ink on black, 1: dark ink on white
    b, s, t = motion.angles.shape
    if ink.ndim != 5 or ink.shape[:2] != (b, s):
        raise ValueError(f"ink must have shape ({b}, {s}, C, h, h), got {tuple(ink.shape)}.")
    if paper not in (-1.0, 1.0):
        raise ValueError(f"paper must be -1 or 1, got {paper!r}.")
    c, h = ink.shape[2], ink.shape[-1]
    zoom = resolution / (h * motion.sizes)  # from the canvas to the sprite, both from -1 to 1
    cos, sin = motion.angles.cos() * zoom, motion.angles.sin() * zoom
    x, y = (2 * motion.positions / resolution - 1).unbind(-1)
    rows = [cos, sin, -(cos * x + sin * y), -sin, cos, sin * x - cos * y]
    theta = torch.stack(rows, -1).reshape(-1, 2, 3)
    grid = F.affine_grid(theta, [len(theta), c, resolution, resolution], align_corners=False)
    each = ink[:, :, None].expand(b, s, t, c, h, h).reshape(-1, c, h, h)
    drawn = F.grid_sample(each, grid, mode="bilinear", align_corners=False)
    seen = drawn.reshape(b, s, t, c, resolution, resolution).amax(1).transpose(1, 2)
    return paper * (1 - 2 * seen)


class MovingSprites:
    """Clips without end, from some sprites: ink (N, C, h, h) in [0, 1], paper as for `render`."""

    def __init__(
        self,
        name: str,
        ink: Tensor,
        *,
        resolution: int = 32,
        frames: int = 16,
        sprites: int = 1,
        paper: float = -1.0,
    ) -> None:
        self.name, self.ink, self.paper = name, ink, paper
        self.resolution, self.frames, self.sprites = resolution, frames, sprites
        self.img_channels = ink.shape[1]
        self.sample(1, torch.Generator())  # refuses what does not fit

    def __len__(self) -> int:
        return len(self.ink)

    def sample(self, count: int, stream: torch.Generator) -> tuple[Tensor, Motion]:
        """Draw clips (count, C, T, R, R) in [-1, 1], and the `Motion` that truly is in them."""
        motion = draw_motion(
            count, stream, sprites=self.sprites, frames=self.frames,
            resolution=self.resolution, reach=0.44 * self.ink.shape[-1],
        )  # fmt: skip
        which = torch.randint(len(self.ink), (count, self.sprites), generator=stream)
        return render(self.ink[which], motion, self.resolution, self.paper), motion

    def clips(self, count: int, stream: torch.Generator) -> Tensor:
        """Draw clips alone: (count, C, T, R, R)."""
        return self.sample(count, stream)[0]

    def batches(self, batch_size: int, stream: torch.Generator) -> Iterator[Tensor]:
        """Yield batches of new clips for ever."""
        while True:
            yield self.clips(batch_size, stream)


ANIMATED = (".apng", ".gif", ".png", ".webp")
STILL = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
BROKEN = (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError)
NEEDED = "animated GIF, WebP or PNG files, or subfolders of numbered frames"


def check_clip_folder(folder: Path, frames: int = 16) -> None:
    """Refuse a folder whose clips cannot be used, before any work starts."""
    check_is_folder(folder, "clips")
    clips = list(_clips(folder))
    if not clips:
        raise ValueError(f"clips=folder:{folder}: it holds no clips; it needs {NEEDED}.")
    for path in clips:
        _length(path, folder, frames)


def read(folder: Path, resolution: int = 32, frames: int = 16) -> Tensor:
    """Read the clips of a folder in colour: uint8 (N, 3, frames, resolution, resolution)."""
    check_clip_folder(folder, frames)
    read = [_read(path, folder, resolution, frames) for path in sorted(_clips(folder))]
    return torch.from_numpy(np.stack(read)).permute(0, 4, 1, 2, 3).contiguous()


def _clips(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        is_clip = path.is_dir() and any(_frames(path))
        if is_clip or (path.is_file() and path.suffix.lower() in ANIMATED):
            yield path


def _frames(folder: Path) -> list[Path]:
    """Files of a clip's frames, by number: frame2 comes before frame10."""

    def number(path: Path) -> tuple:
        digits = "".join(c if c.isdigit() else " " for c in path.stem).split()
        return [int(d) for d in digits], path.name

    found = [p for p in folder.iterdir() if p.suffix.lower() in STILL and p.name[0] != "."]
    return sorted(found, key=number)


def _length(path: Path, folder: Path, frames: int) -> int:
    """Frames of a clip, or a refusal."""
    name = path.relative_to(folder)
    if path.is_dir():
        found = len(_frames(path))
    else:
        try:
            with Image.open(path) as image:
                found = getattr(image, "n_frames", 1)
        except BROKEN as error:
            raise ValueError(_cannot(folder, name)) from error
    if found == 1:
        raise ValueError(
            f"clips=folder:{folder}: {name} has one frame, it is a picture; "
            f"each clip needs at least {frames} frames, in one file or in a subfolder of its own."
        )
    if found < frames:
        raise ValueError(
            f"clips=folder:{folder}: {name} has {found} frames; each clip needs at least {frames}."
        )
    return found


def _read(path: Path, folder: Path, resolution: int, frames: int) -> np.ndarray:
    """One clip, (frames, R, R, 3) uint8."""
    found = _length(path, folder, frames)
    wanted = [round(i) for i in np.linspace(0, found - 1, frames)]
    at, shown = path, []
    try:
        if path.is_dir():
            files = _frames(path)
            for at in [files[i] for i in wanted]:
                shown.append(crop_and_resize(open_flat(at), resolution))
            return np.stack(shown)
        with Image.open(path) as image:
            every = enumerate(ImageSequence.Iterator(image))
            shown = [crop_and_resize(flat(frame), resolution) for i, frame in every if i in wanted]
            return np.stack(shown)
    except (*BROKEN, EOFError) as error:
        raise ValueError(_cannot(folder, at.relative_to(folder))) from error


def _cannot(folder: Path, name: Path) -> str:
    return f"clips=folder:{folder}: {name} cannot be read; remove it, or save it again."


NAMES = {"fashion_mnist": "fashion_mnist", "emoji": "emoji_noto"}  # clips of it: its images


class StoredClips:
    """Clips in memory, uint8 (N, C, T, R, R), from a folder; their true motion is not known."""

    def __init__(self, name: str, pixels: Tensor) -> None:
        self.name, self.pixels = name, pixels
        _, self.img_channels, self.frames, self.resolution, _ = pixels.shape

    def __len__(self) -> int:
        return len(self.pixels)

    def clips(self, count: int, stream: torch.Generator) -> Tensor:
        """Draw clips (count, C, T, R, R) in [-1, 1], each once before any comes again."""
        rounds = -(-count // len(self))
        order = [torch.randperm(len(self), generator=stream) for _ in range(rounds)]
        return self.pixels[torch.cat(order)[:count]].float() / 127.5 - 1

    def batches(self, batch_size: int, stream: torch.Generator) -> Iterator[Tensor]:
        """Yield batches for ever."""
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
    """Open real clips by name; `clips` and `batches` of both kinds give (B, C, T, R, R) in [-1, 1].

    Parameters
    ----------
    name : str
        'fashion_mnist' (grey on black) or 'emoji' (colour on white): sprites in motion, drawn on
        the fly. 'folder:PATH': animated files there, and subfolders of numbered frames.
    resolution : int
        Pixels a side of a frame, at least 8; a sprite is half as wide.
    frames : int
        Frames of a clip, at least 2.
    split : str
        'train' or 'test': which sprites. A folder has one part alone and ignores it.
    sprites : int
        In each clip, from 1 to 4; a folder ignores it.

    Raises
    ------
    ValueError
        If a name or value is not allowed, or a clip cannot be used.
    FileNotFoundError
        If the data are not on this machine.

    Examples
    --------
    >>> open_clips(split="test").clips(2, torch.Generator().manual_seed(0)).shape
    torch.Size([2, 1, 16, 32, 32])
    """
    check_least(8, resolution=resolution)
    if frames < 2:
        raise ValueError(f"frames must be at least 2, or nothing moves, got {frames}.")
    check_split(split)
    if not 1 <= sprites <= 4:
        raise ValueError(f"sprites must be from 1 to 4, got {sprites}.")
    check_clips(name, frames)
    if name.startswith("folder:"):
        return StoredClips(name, read(Path(name[7:]), resolution, frames))
    images = open_images(NAMES[name], resolution=resolution // 2, split=split).images()
    paper = -1.0 if images.shape[1] == 1 else 1.0  # emoji lie on white
    ink = (1 - paper * images) / 2
    sizes = {"resolution": resolution, "frames": frames, "sprites": sprites}
    return MovingSprites(name, ink, **sizes, paper=paper)


def check_clips(name: str, frames: int = 16) -> None:
    """Refuse clips that cannot be opened, before any work starts."""
    if name.startswith("folder:"):
        return check_clip_folder(Path(name[7:]), frames)
    check_choice("clips", name, NAMES, " or folder:PATH")
    return check_source(NAMES[name])
