"""Video: the model, its game, its clips (lesson 12_video)."""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.family import Model
from msgan_lessons.lessons.l12_video.temporal_pyramid import clip_pyramid
from msgan_lessons.lessons.l12_video.video_generator import VideoGenerator
from msgan_lessons.lessons.l12_video.video_judges import VideoJudges
from msgan_lessons.losses import feature_matching
from msgan_lessons.pyramid import channels_for
from msgan_lessons.task_game import TaskGame
from msgan_lessons.training import TrainConfig

__all__ = ["draw_clips", "video_game", "videogan"]


def video_game(model: Model, data, batch_size: int, streams: Streams, device="auto") -> TaskGame:
    """Set up the game of a video GAN: z is what G is given, clips are what D compares.

    Parameters
    ----------
    model : Model
        As `videogan` returns it.
    data : MovingSprites or StoredClips
        Has `batches`.
    batch_size : int
        Real clips in one update of D.
    streams : Streams
        Randomness of data and latents.
    device : str
        'auto' or a torch device.

    Returns
    -------
    TaskGame
        With G's running average as `generator_ema`; for `task_game.played`.
    """
    generator, scales = model.generator, len(model.generator.sizes)

    def batches() -> Iterator[tuple]:
        for real in data.batches(batch_size, streams["data"]):
            z = streams.latents(len(real), generator.latent_dim)
            yield (z,), clip_pyramid(real, scales) if generator.emit == "all" else real

    average = copy.deepcopy(generator)
    return TaskGame(
        generator, model.discriminator, batches(), model.config, generator_ema=average,
        streams=streams, device=device, match=feature_matching,
    )  # fmt: skip


@torch.no_grad()
def draw_clips(generator: nn.Module, z: Tensor, chunk: int = 32) -> Tensor:
    """Draw the finest clips of a G in eval mode, some at a time.

    Parameters
    ----------
    generator : nn.Module
        z to clips, or to a list of which the last is the finest; its mode is restored.
    z : Tensor
        Shape (N, latent_dim).
    chunk : int
        Clips drawn at once.

    Returns
    -------
    Tensor
        Shape (N, C, T, R, R), in [-1, 1], on the CPU.
    """
    was_training, place = generator.training, next(generator.parameters()).device
    generator.eval()
    try:
        drawn = [generator(part.to(place)) for part in z.split(chunk)]
    finally:
        generator.train(was_training)
    return torch.cat([x.cpu() if isinstance(x, Tensor) else x[-1].cpu() for x in drawn])


def videogan(
    *,
    judges: str = "frame,fast,slow",
    resolution: int = 32,
    frames: int = 16,
    img_channels: int = 1,
    latent_dim: int = 64,
    width: int = 8,
) -> Model:
    """A video GAN; `judges` says which D play.

    Parameters
    ----------
    judges : str
        Comma-separated: 'frame' (single frames), 'fast' (8 neighbouring frames), 'slow' (every
        second frame), 'scales' (the clips that G shows at its coarser scales, one D each).
    resolution, frames : int
        As for `VideoGenerator`.
    img_channels : int
        1 or 3.
    latent_dim : int
        Length of z.
    width : int
        Features of a frame at the finest scale; the judges have as many, from 8.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If a judge is unknown or a size not allowed.

    References
    ----------
    DVD-GAN (Clark et al. 2019) and MoCoGAN (Tulyakov et al. 2018) have one image D and one video
    D; our second video D sees half the frame rate. Losses and widths are ours.

    Examples
    --------
    >>> videogan(judges="frame").discriminator(torch.zeros(2, 1, 16, 32, 32))[0].shape
    torch.Size([2, 16])
    """
    names = tuple(judges.split(","))
    emit = "all" if "scales" in names else "finest"
    sizes = {"resolution": resolution, "frames": frames, "img_channels": img_channels}
    arguments = {"judges": judges, **sizes, "latent_dim": latent_dim, "width": width}
    channels = channels_for(resolution, width)
    return Model(
        "videogan",
        arguments,
        VideoGenerator(**sizes, latent_dim=latent_dim, channels=channels, emit=emit),
        VideoJudges(names, **sizes, channels=channels_for(resolution, max(8, width))),
        TrainConfig(batch_size=16, g_lr=2e-3, d_lr=2e-3),
    )
