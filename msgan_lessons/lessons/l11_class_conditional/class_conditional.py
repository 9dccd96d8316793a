"""BigGAN in small: its ingredients on the core's networks, and its game (lesson 11)."""

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.family import Model
from msgan_lessons.lessons.l11_class_conditional.class_networks import ConditionalGenerator
from msgan_lessons.lessons.l11_class_conditional.conditioning import orthogonal_penalty
from msgan_lessons.lessons.l11_class_conditional.projection import ProjectionDiscriminator
from msgan_lessons.pyramid import channels_for, pyramid_like
from msgan_lessons.task_game import TaskGame
from msgan_lessons.training import TrainConfig

__all__ = ["biggan", "class_game", "draw_classes", "labelled_batches"]


def biggan(
    *,
    resolution: int = 32,
    img_channels: int = 1,
    latent_dim: int = 64,
    width: int = 16,
    n_classes: int = 10,
    attention: int = 16,
    spectral_norm: bool = True,
    orthogonal: float = 1e-4,
    scales: str | Sequence[int] = "all",
) -> Model:
    """BigGAN's ingredients on the core's networks, each with its switch.

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `presets.dcgan`.
    n_classes : int
        Labels 0 to n_classes - 1; 0: without labels.
    attention : int
        Resolution of the attention in both networks; 0: none.
    spectral_norm : bool
        Whether D has it.
    orthogonal : float
        Weight of `orthogonal_penalty` of G, at least 0; kept in the model's arguments, and read
        by `class_game`.
    scales : str or sequence of int
        'all': an image passes from G to D at every scale. 'finest': at the finest alone.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If a value is out of range.

    References
    ----------
    Brock et al. 2019 (labels, shared embedding, attention, hinge loss, orthogonal penalty,
    average of G); Miyato and Koyama 2018 (D); Karnewar and Wang 2020 (scales: BigGAN has one).
    Learning rates are ours; BigGAN has two steps of D for one of G.

    Examples
    --------
    >>> model = biggan(width=4, n_classes=0)
    >>> model.config.loss, model.generator.emitted
    ('hinge', [4, 8, 16, 32])
    """
    if not 0 <= orthogonal < float("inf"):
        raise ValueError(f"orthogonal must be >= 0, got {orthogonal!r}.")
    common = {"resolution": resolution, "img_channels": img_channels}
    channels = channels_for(resolution, width)
    parts = {"n_classes": n_classes, "attention": attention}
    scales = scales if isinstance(scales, str) else list(scales)
    g = ConditionalGenerator(
        **common, channels=channels, **parts, latent_dim=latent_dim, emit=scales
    )
    d = ProjectionDiscriminator(
        **common, channels=channels, **parts, spectral_norm=spectral_norm, inject=scales
    )
    arguments = {**common, "latent_dim": latent_dim, "width": width, **parts}
    arguments |= {"spectral_norm": spectral_norm, "orthogonal": orthogonal, "scales": scales}
    return Model("biggan", arguments, g, d, TrainConfig(loss="hinge"))


def labelled_batches(
    data: ImageData, batch_size: int, sizes: Sequence[int], latent_dim: int, streams: Streams
) -> Iterator[tuple[tuple[Tensor, Tensor], list[Tensor]]]:
    """Yield ((z, labels), real scales) for ever: G is told the labels of the real images.

    Parameters
    ----------
    data : ImageData
        With labels.
    batch_size : int
        From 2 to the size of the data; what is left over at the end of a round is dropped.
    sizes : sequence of int
        Resolutions that D sees, coarse to fine.
    latent_dim : int
        Length of z.
    streams : Streams
        'data' shuffles, 'latents' draws z.

    Yields
    ------
    tuple
        (z (B, latent_dim), labels int64 (B,)), and real images, one (B, C, r, r) a size.

    Raises
    ------
    ValueError
        At once, if the data have no labels or the batch does not fit them.

    References
    ----------
    BigGAN's code draws fresh labels for the fakes; ours are those of the real batch, so that both
    have the same classes.
    """
    if data.labels is None:
        raise ValueError(f"data must have a label for each image, got {data.name} without labels.")
    if not 2 <= batch_size <= len(data):
        raise ValueError(
            f"batch_size must be from 2 to the {len(data)} images of {data.name}, got {batch_size}."
        )
    scales = [torch.empty(1, 1, size, size) for size in sizes]
    return _batches(data, batch_size, scales, latent_dim, streams)


def _batches(data, batch_size: int, scales: list[Tensor], latent_dim: int, streams) -> Iterator:
    whole = len(data) - len(data) % batch_size
    while True:
        order = torch.randperm(len(data), generator=streams["data"])[:whole]
        for chosen in order.split(batch_size):
            real = pyramid_like(data.images(chosen), scales)
            yield (streams.latents(batch_size, latent_dim), data.labels[chosen]), real


def class_game(
    model: Model, data: ImageData, *, batch_size: int = 32, seed: int = 0, device: str = "auto"
) -> TaskGame:
    """Set up the game of a `biggan` model; its `generator_ema` is the G to look at.

    Parameters
    ----------
    model : Model
        As `biggan` returned it; trained in place.
    data : ImageData
        With labels, of the model's resolution.
    batch_size : int
        Real images a step, at least 2.
    seed : int
        Of data and latents; the weights are as the model has them.
    device : str
        As for `TaskGame`.

    Returns
    -------
    TaskGame
        Its rows have the column 'orthogonal' where that weight is not 0.

    Raises
    ------
    ValueError
        If the data have no labels, or too few classes or another size for the model.
    """
    g, weight = model.generator, model.arguments["orthogonal"]
    if (data.resolution, data.img_channels) != (g.resolution, model.arguments["img_channels"]):
        got = f"{data.resolution}x{data.resolution} and {data.img_channels}"
        raise ValueError(f"data must have the model's resolution and channels, got {got}.")
    streams = Streams(seed)
    batches = labelled_batches(data, batch_size, g.emitted, g.latent_dim, streams)
    if g.n_classes and int(data.labels.max()) >= g.n_classes:
        raise ValueError(
            f"n_classes must be above the largest label {int(data.labels.max())}, "
            f"got {g.n_classes}."
        )
    terms = {"terms": lambda *_: {"orthogonal": weight * orthogonal_penalty(g)}} if weight else {}
    return TaskGame(
        g, model.discriminator, batches, model.config, **terms,
        condition=lambda given: given[1:], generator_ema=copy.deepcopy(g), streams=streams,
        device=device,
    )  # fmt: skip


@torch.no_grad()
def draw_classes(generator: nn.Module, z: Tensor, labels: Tensor, chunk: int = 256) -> list[Tensor]:
    """Draw images of the classes asked for in evaluation mode, and bring them to the CPU.

    Parameters
    ----------
    generator : nn.Module
        Called as generator(z, labels). Its mode is put back.
    z, labels : Tensor
        Shape (N, latent_dim); (N,) or (N, n_classes).
    chunk : int
        Images at a time.

    Returns
    -------
    list of Tensor
        One a scale, coarse to fine, each (N, C, r, r), float32, in [-1, 1].

    Examples
    --------
    >>> G = biggan(width=2).generator
    >>> [tuple(x.shape) for x in draw_classes(G, torch.zeros(3, 64), torch.tensor([0, 4, 9]))]
    [(3, 1, 4, 4), (3, 1, 8, 8), (3, 1, 16, 16), (3, 1, 32, 32)]
    """
    device, was_training = next(generator.parameters()).device, generator.training
    generator.eval()
    pairs = zip(z.split(chunk), labels.split(chunk), strict=True)
    parts = [generator(a.to(device), b.to(device)) for a, b in pairs]
    generator.train(was_training)
    return [torch.cat(scale).float().cpu() for scale in zip(*parts, strict=True)]
