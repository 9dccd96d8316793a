"""A small network that reads motion from clips, and its features for distances (lesson 12)."""

from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.clips import Motion
from msgan_lessons.lessons.l12_video.clips import ink_of

__all__ = ["LABELS", "ClipReader", "clip_features", "load_clip_reader", "motion_labels"]

RESOLUTION, FRAMES, QUARTERS = 32, 16, 4
VELOCITIES = tuple(f"v{axis}{k}" for k in range(1, QUARTERS + 1) for axis in "xy")
LABELS = (*VELOCITIES, "speed", "turn", "growth", "sprites")


def motion_labels(motion: Motion) -> Tensor:
    """Sum up a true motion in 12 numbers.

    Parameters
    ----------
    motion : Motion
        Of B clips with S sprites and T frames, T at least 8 and divisible by 4.

    Returns
    -------
    Tensor
        Shape (B, 12), in the order of `LABELS`: mean velocity of the sprites in each quarter of
        the clip (x, y), mean speed, in pixels a frame; mean turn, radians a frame; mean growth,
        change of log size a frame; number of sprites.

    Examples
    --------
    >>> from msgan_lessons.datasets.clips import draw_motion
    >>> motion_labels(draw_motion(5, torch.Generator().manual_seed(0))).shape
    torch.Size([5, 12])
    """
    together = motion.velocities.mean(1)  # (B, T, 2)
    quarters = together.unflatten(1, (QUARTERS, -1)).mean(2).flatten(1)  # (B, 8)
    speed = motion.velocities.norm(dim=-1).mean((1, 2))
    turn = motion.angles.diff(dim=-1).mean((1, 2))
    growth = motion.sizes.log().diff(dim=-1).mean((1, 2))
    count = torch.full_like(speed, motion.angles.shape[1])
    return torch.cat([quarters, torch.stack([speed, turn, growth, count], 1)], 1)


class ClipReader(nn.Module):
    """Sees each frame by itself, then their order, and says how things move.

    Three strided convolutions and a linear layer make 64 numbers of every frame; two convolutions
    over time and a linear layer make 64 features of the clip, from which a last layer reads the
    labels in standard deviations. It sees the ink alone (`clips.ink_of`), so colour does not count.

    Parameters
    ----------
    n_features : int
        Length of the feature vector.

    References
    ----------
    Ours. FVD (Unterthiner et al. 2018) takes features of I3D, trained on Kinetics, for its Fréchet
    distance; ours knows moving sprites, and no distance on its features is an FVD.

    Examples
    --------
    >>> network = ClipReader().eval()
    >>> network(torch.zeros(2, 1, 16, 32, 32)).shape
    torch.Size([2, 12])
    """

    def __init__(self, n_features: int = 64) -> None:
        super().__init__()
        layers = []
        for before, after in ((1, 8), (8, 16), (16, 32)):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        self.frame = nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 64), nn.ReLU())
        self.order = nn.Sequential(
            nn.Conv1d(64, 96, 3, 2, 1), nn.ReLU(), nn.Conv1d(96, 96, 3, 2, 1), nn.ReLU()
        )
        self.project = nn.Linear(96 * FRAMES // 4, n_features, bias=False)
        self.standardise = nn.BatchNorm1d(n_features)
        self.head = nn.Linear(n_features, len(LABELS))
        self.register_buffer("label_mean", torch.zeros(len(LABELS)))
        self.register_buffer("label_std", torch.ones(len(LABELS)))

    def features(self, clips: Tensor) -> Tensor:
        """Return the features of clips (N, C, T, H, W): (N, 64).

        Parameters
        ----------
        clips : Tensor
            In [-1, 1]; 16 frames of 32x32 are seen as they are, others are interpolated.

        Returns
        -------
        Tensor
        """
        ink = ink_of(clips)  # (N, T, H, W)
        if ink.shape[1:] != (FRAMES, RESOLUTION, RESOLUTION):
            size = (FRAMES, RESOLUTION, RESOLUTION)
            ink = F.interpolate(ink[:, None], size, mode="trilinear")[:, 0]
        seen = self.frame(ink.flatten(0, 1)[:, None]).unflatten(0, (-1, FRAMES))  # (N, 16, 64)
        return self.standardise(self.project(self.order(seen.transpose(1, 2)).flatten(1)))

    def forward(self, clips: Tensor) -> Tensor:
        """Read the 12 labels of clips (N, C, T, H, W), in their units."""
        return self.head(self.features(clips).relu()) * self.label_std + self.label_mean


def load_clip_reader() -> ClipReader:
    """Load the network that ships with the course, in eval mode, on the CPU.

    Returns
    -------
    ClipReader
        Read once; its weights need no gradient.

    Raises
    ------
    FileNotFoundError, ValueError
        If its file is missing or damaged; the sentence says how to restore it.
    """
    entry = shipped.check("clip_reader")
    return _read(data_folder() / entry["file"]).eval()


@torch.no_grad()
def clip_features(clips: Tensor, network: ClipReader | None = None, chunk: int = 64) -> Tensor:
    """Describe clips by numbers on which `frechet_distance` can be taken.

    Parameters
    ----------
    clips : Tensor
        Shape (N, C, T, H, W), in [-1, 1].
    network : ClipReader, optional
        Default: the one that ships with the course.
    chunk : int
        Clips seen at once.

    Returns
    -------
    Tensor
        Shape (N, 64), float32.

    Raises
    ------
    ValueError, FileNotFoundError
        As `ink_of` and `load_clip_reader`.
    """
    network = network or load_clip_reader()
    return torch.cat([network.features(part) for part in clips.split(chunk)])


@lru_cache(maxsize=2)
def _read(path: Path) -> ClipReader:
    network = ClipReader()
    try:
        network.load_state_dict(load_file(path), strict=False)
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not hold the course's clip reader.") from error
    return network.requires_grad_(False)
