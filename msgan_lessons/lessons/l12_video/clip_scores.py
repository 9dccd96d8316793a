"""Two scores for generated clips, and what they are worth: baselines (lesson 12_video)."""

import json
from collections.abc import Mapping

import torch
from torch import Tensor

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.lessons.l12_video.clip_reader import ClipReader, clip_features
from msgan_lessons.lessons.l12_video.clips import motion_distances
from msgan_lessons.metrics.distances import frechet_distance

__all__ = ["clip_baselines", "recorded_judges", "score_clips", "score_table"]


def score_clips(
    real_clips: Tensor, fake_clips: Tensor, network: ClipReader | None = None
) -> dict[str, float]:
    """Compare generated clips with real ones.

    Parameters
    ----------
    real_clips, fake_clips : Tensor
        Shapes (N, C, T, H, W) and (M, C, T, H, W), in [-1, 1]; some hundreds each, and always
        equally many where scores are compared.
    network : ClipReader, optional
        Default: the one that ships with the course.

    Returns
    -------
    dict
        'frechet': Fréchet distance on the clip reader's features, in their squared unit.
        'motion' and its parts 'speed', 'turning', 'change', 'growth', 'ink': Wasserstein
        distances of motion statistics in standard deviations of the real ones. Lower is better.

    Raises
    ------
    ValueError, FileNotFoundError
        As `clip_features` and `motion_distances`.

    References
    ----------
    FVD (Unterthiner et al. 2018) is a Fréchet distance on features of I3D. Ours is on features of
    a network that reads the motion of sprites: it is not an FVD and not comparable with one.
    """
    features = [clip_features(clips, network) for clips in (real_clips, fake_clips)]
    distances = motion_distances(real_clips, fake_clips)
    motion = distances.pop("mean")
    return {"frechet": frechet_distance(*features), "motion": motion, **distances}


def clip_baselines(real_clips: Tensor, other_clips: Tensor, stream: torch.Generator) -> dict:
    """Spoil real clips in ways whose score should be bad, beside real clips as they are.

    Parameters
    ----------
    real_clips, other_clips : Tensor
        Shapes (N, C, T, H, W), in [-1, 1]: two sets that were drawn apart.
    stream : torch.Generator
        Of the shuffling, on the CPU.

    Returns
    -------
    dict
        Name to clips: 'real, other clips' (the floor: no G can be asked for less), 'frozen' (the
        first frame all the time), 'shuffled' (the frames in random order, each clip its own).

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

    Returns
    -------
    dict
        'settings'; 'scores': judges or baseline to a list of scores as `score_clips` returns
        them, one a seed; those of judges hold 'cpu_seconds' too.

    Raises
    ------
    ValueError, FileNotFoundError
        If the file is damaged or missing; the sentence says how to restore it.

    Examples
    --------
    >>> list(recorded_judges()["scores"])[:4]
    ['real, other clips', 'frozen', 'shuffled', 'frame']
    """
    entry = shipped.check("video_judges")
    content = json.loads((data_folder() / entry["file"]).read_text())
    scores = {name: list(seeds.values()) for name, seeds in content["scores"].items()}
    return {**content, "scores": dict(sorted(scores.items(), key=lambda item: _order(item[0])))}


def _order(name: str) -> tuple:
    """Real clips first, then spoilt ones, then judges, the fewest first."""
    return "frame" in name, not name.startswith("real"), name.count(","), name


def score_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Write scores as lines of text.

    Parameters
    ----------
    scores : mapping
        Method to its scores, as `score_clips` returns them.

    Returns
    -------
    str
        A heading, then one line a method.

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
