"""Motion measured from clips, a network that reads it, scores and baselines (lesson 12_video)."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.clips import Motion
from msgan_lessons.metrics.distances import frechet_distance


def foreground_mask(clips: Tensor) -> Tensor:
    """How far each pixel is from the background, the colour of most of its clip: 0 to 1."""
    # clips (N, C, T, H, W) in [-1, 1] -> (N, T, H, W): distance from the median, over channels
    clips = _checked(clips)
    paper = clips.flatten(2).median(2).values[:, :, None, None, None]  # one colour a clip
    return (clips - paper).abs().mean(1) / 2


def centroid_track(clips: Tensor) -> Tensor:
    r"""Formula (34): follow the centre of the ink; of several sprites the common one.

    .. math:: c_t = \sum_p p \, m_t(p) / \sum_p m_t(p)

    Parameters
    ----------
    clips : Tensor
        Shape (N, C, T, H, W), in [-1, 1]; becomes (N, T, 2): x to the right, y down, pixels from
        the top left corner. Ink m below 0.1 does not count; without any, c is the middle.
    """
    ink = foreground_mask(clips)
    mass = torch.where(ink > 0.1, ink, 0.0) + 1e-6
    down = torch.arange(mass.shape[-2]) + 0.5
    across = torch.arange(mass.shape[-1]) + 0.5
    total = mass.sum((2, 3))
    x = (mass.sum(2) * across).sum(-1) / total
    y = (mass.sum(3) * down).sum(-1) / total
    return torch.stack([x, y], -1)


def motion_statistics(clips: Tensor) -> dict[str, Tensor]:
    """Formula (34), ours: how things move in each clip, five numbers (N,)."""
    ink = foreground_mask(clips)
    if clips.shape[2] < 3:
        raise ValueError(f"clips must have at least 3 frames, got {clips.shape[2]}.")
    step = centroid_track(clips).diff(dim=1)  # (N, T - 1, 2)
    length = step.norm(dim=-1)
    amount = ink.mean((2, 3))  # (N, T)
    before, after = step[:, :-1], step[:, 1:]
    cosine = (before * after).sum(-1) / (length[:, :-1] * length[:, 1:]).clamp(min=1e-3)
    return {
        "speed": length.mean(1),  # pixels a frame
        # degrees a frame, from 0 (straight) to 180; 90 where nothing moves, as without order
        "turning": cosine.clamp(-1, 1).acos().mean(1) * 180 / math.pi,
        "change": clips.detach().float().diff(dim=2).abs().mean((1, 2, 3, 4)),  # 0 to 2
        "growth": amount.std(1) / amount.mean(1).clamp(min=1e-3),
        "ink": amount.mean(1),  # of the frame, 0 to 1
    }


def temporal_spectrum(clips: Tensor) -> Tensor:
    """Share (T // 2,) of a clip's change at each frequency, from 1 to T // 2 cycles a clip."""
    # clips (N, C, T, H, W); the last frequency is the flicker of every second frame
    power = torch.fft.rfft(_checked(clips), dim=2).abs().square()[:, :, 1:].mean((0, 1, 3, 4))
    return power / power.sum().clamp(min=1e-12)


def motion_distances(real_clips: Tensor, fake_clips: Tensor) -> dict[str, float]:
    """Wasserstein distance of each motion statistic, in standard deviations of the real clips."""
    if len(real_clips) < 2:
        raise ValueError(f"real_clips must hold at least 2 clips, got {len(real_clips)}.")
    real, fake = motion_statistics(real_clips), motion_statistics(fake_clips)
    distances = {name: _wasserstein(real[name], fake[name]) for name in real}
    return {**distances, "mean": sum(distances.values()) / len(distances)}


def _checked(clips: Tensor) -> Tensor:
    if not isinstance(clips, Tensor) or clips.ndim != 5 or 0 in clips.shape:
        got = tuple(clips.shape) if isinstance(clips, Tensor) else type(clips).__name__
        raise ValueError(f"clips must have shape (N, C, T, H, W), got {got}.")
    return clips.detach().float()


def _wasserstein(real: Tensor, fake: Tensor) -> float:
    """W_1 over the standard deviation of the real values, by the quantiles of both samples."""
    steps = torch.cat([torch.arange(1, len(x) + 1) / len(x) for x in (real, fake)]).double()
    steps = steps.sort().values
    width = steps.diff(prepend=steps.new_zeros(1))
    middle = steps - width / 2
    parts = [
        x.double().sort().values[(middle * len(x)).long().clamp(max=len(x) - 1)]
        for x in (real, fake)
    ]
    scale = real.double().std().clamp(min=1e-6)
    return ((parts[0] - parts[1]).abs() * width).sum().div(scale).item()


RESOLUTION, FRAMES, QUARTERS = 32, 16, 4
VELOCITIES = tuple(f"v{axis}{k}" for k in range(1, QUARTERS + 1) for axis in "xy")
LABELS = (*VELOCITIES, "speed", "turn", "growth", "sprites")


def motion_labels(motion: Motion) -> Tensor:
    """Sum up a true motion in 12 numbers, in the order of `LABELS`: (B, 12); T divisible by 4."""
    together = motion.velocities.mean(1)  # (B, T, 2)
    quarters = together.unflatten(1, (QUARTERS, -1)).mean(2).flatten(1)  # (B, 8), pixels a frame
    speed = motion.velocities.norm(dim=-1).mean((1, 2))
    turn = motion.angles.diff(dim=-1).mean((1, 2))  # radians a frame
    growth = motion.sizes.log().diff(dim=-1).mean((1, 2))
    count = torch.full_like(speed, motion.angles.shape[1])
    return torch.cat([quarters, torch.stack([speed, turn, growth, count], 1)], 1)


class ClipReader(nn.Module):
    """Sees each frame's ink by itself, then their order, and says how things move: 64 features."""

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
        """Features (N, 64) of clips (N, C, T, H, W) in [-1, 1], resized to 16 frames of 32x32."""
        ink = foreground_mask(clips)  # (N, T, H, W)
        if ink.shape[1:] != (FRAMES, RESOLUTION, RESOLUTION):
            size = (FRAMES, RESOLUTION, RESOLUTION)
            ink = F.interpolate(ink[:, None], size, mode="trilinear")[:, 0]
        seen = self.frame(ink.flatten(0, 1)[:, None]).unflatten(0, (-1, FRAMES))  # (N, 16, 64)
        return self.standardise(self.project(self.order(seen.transpose(1, 2)).flatten(1)))

    def forward(self, clips: Tensor) -> Tensor:
        """Read the 12 labels of clips (N, C, T, H, W), in their units."""
        return self.head(self.features(clips).relu()) * self.label_std + self.label_mean


def load_clip_reader() -> ClipReader:
    """Load the network that ships with the course, in eval mode, on the CPU."""
    return shipped.network("clip_reader", ClipReader, "clip reader", strict=False)


@torch.no_grad()
def clip_features(clips: Tensor, network: ClipReader | None = None, chunk: int = 64) -> Tensor:
    """Describe clips (N, C, T, H, W) by (N, 64) numbers for `frechet_distance`."""
    network = network or load_clip_reader()
    return torch.cat([network.features(part) for part in clips.split(chunk)])


def score_clips(real_clips: Tensor, fake_clips: Tensor) -> dict[str, float]:
    """Compare generated clips with real ones: name to score, lower is better.

    'frechet' is a Fréchet distance on the clip reader's features, in their squared unit; 'motion'
    and its parts 'speed', 'turning', 'change', 'growth', 'ink' are Wasserstein distances of motion
    statistics in standard deviations of the real ones. FVD (Unterthiner et al. 2018) has features
    of I3D; ours are of a network that reads the motion of sprites: it is not an FVD and not
    comparable with one.

    Parameters
    ----------
    real_clips, fake_clips : Tensor
        Shapes (N, C, T, H, W) and (M, C, T, H, W), in [-1, 1]; some hundreds each, and always
        equally many where scores are compared.

    Raises
    ------
    ValueError, FileNotFoundError
        If clips are too few or of another shape; if the clip reader is damaged or missing.
    """
    features = [clip_features(clips) for clips in (real_clips, fake_clips)]
    distances = motion_distances(real_clips, fake_clips)
    motion = distances.pop("mean")
    return {"frechet": frechet_distance(*features), "motion": motion, **distances}


def clip_baselines(real_clips: Tensor, other_clips: Tensor, stream: torch.Generator) -> dict:
    """Spoil real clips in ways whose score should be bad, beside real clips as they are.

    'real, other clips' are the floor: no G can be asked for less. 'frozen' are the first frame all
    the time, 'shuffled' the frames in random order, each clip its own.

    Parameters
    ----------
    real_clips, other_clips : Tensor
        Shapes (N, C, T, H, W), in [-1, 1]: two sets that were drawn apart.
    stream : torch.Generator
        Of the shuffling, on the CPU.

    Examples
    --------
    >>> clips = torch.arange(8.0).reshape(1, 1, 8, 1, 1)
    >>> spoilt = clip_baselines(clips, clips, torch.Generator().manual_seed(0))
    >>> {name: x.flatten().sum().item() for name, x in spoilt.items()}
    {'real, other clips': 28.0, 'frozen': 0.0, 'shuffled': 28.0}
    """
    n, _, frames = other_clips.shape[:3]
    order = torch.rand(n, frames, generator=stream).argsort(1)
    shuffled = other_clips[torch.arange(n)[:, None], :, order].transpose(1, 2)
    frozen = other_clips[:, :, :1].expand_as(other_clips)
    return {"real, other clips": other_clips, "frozen": frozen, "shuffled": shuffled}


def recorded_judges() -> dict:
    """Read the recorded comparison of judges: several seeds, equally many steps each.

    'settings'; 'scores': judges or baseline to a list of scores as `score_clips` returns them, one
    a seed; those of judges hold 'cpu_seconds' too.

    Raises
    ------
    ValueError, FileNotFoundError
        If the file is damaged or missing; the sentence says how to restore it.

    Examples
    --------
    >>> list(recorded_judges()["scores"])[:4]
    ['real, other clips', 'frozen', 'shuffled', 'frame']
    """
    content = shipped.content("video_judges")
    scores = {name: list(seeds.values()) for name, seeds in content["scores"].items()}
    return {**content, "scores": dict(sorted(scores.items(), key=lambda item: _order(item[0])))}


def _order(name: str) -> tuple:
    """Real clips first, then spoilt ones, then judges, the fewest first."""
    return "frame" in name, not name.startswith("real"), name.count(","), name


def score_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Write scores as lines of text: a heading, then one line a method.

    Parameters
    ----------
    scores : mapping
        Method to its scores, as `score_clips` returns them.

    Examples
    --------
    >>> print(score_table({"frozen": {"frechet": 12.3, "motion": 1.0}}))
    method                frechet   motion
    frozen                  12.30     1.00
    """
    columns = list(next(iter(scores.values())))
    lines = [f"{'method':<20}" + "".join(f"{name:>9}" for name in columns)]
    for method, row in scores.items():
        lines.append(f"{method:<20}" + "".join(f"{row[name]:>9.2f}" for name in columns))
    return "\n".join(lines)
