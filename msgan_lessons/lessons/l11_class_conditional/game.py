"""BigGAN in small: its game, truncation, its ingredients left out one at a time (lesson 11)."""

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_choice, check_least
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.family import Model, channels_for
from msgan_lessons.lessons.l11_class_conditional.networks import (
    ConditionalGenerator,
    ProjectionDiscriminator,
    orthogonal_penalty,
)
from msgan_lessons.pyramid import pyramid_like
from msgan_lessons.runs.recordings import Recording
from msgan_lessons.training import Game, TrainConfig


def truncated_normal(
    count: int, latent_dim: int, threshold: float, generator: torch.Generator
) -> Tensor:
    r"""Latents whose entries come from a normal distribution cut off at a threshold.

    .. math:: z_i \sim N(0, 1) \text{ given } |z_i| \le t

    Entries outside are drawn again, until all lie within: the truncation trick of BigGAN (Brock et
    al. 2019), section 3.1.

    Parameters
    ----------
    count, latent_dim : int
        Shape of the result, float32; both at least 1.
    threshold : float
        t, at least 0.02; `float('inf')` cuts nothing off.
    generator : torch.Generator
        Source of the numbers, on the CPU.

    Raises
    ------
    ValueError
        If `threshold` is below 0.02: so few draws lie within that the wait would be long.

    Examples
    --------
    >>> z = truncated_normal(1000, 8, 0.5, torch.Generator().manual_seed(0))
    >>> bool(z.abs().max() <= 0.5), round(z.std().item(), 2)
    (True, 0.28)
    """
    check_least(0.02, threshold=threshold)
    z = torch.randn(count, latent_dim, generator=generator)
    while (outside := z.abs() > threshold).any():
        z[outside] = torch.randn(int(outside.sum()), generator=generator)
    return z


def truncated(share: Tensor, threshold: float) -> Tensor:
    """Latents as from `truncated_normal`, each moving smoothly with t; u is uniform in (0, 1)."""
    low = torch.special.ndtr(torch.tensor(-threshold, dtype=torch.float64))
    return torch.special.ndtri(low + share.double() * (1 - 2 * low)).float()


@torch.no_grad()
def standing_statistics(
    generator: nn.Module, n_classes: int, threshold: float, *, kept: int = 0, batches: int = 8
) -> nn.Module:
    """Give a copy of G the mean batch statistics at a threshold, but for the first `kept` norms."""
    # BigGAN (Brock et al. 2019, appendix) measures all: its z enters behind the norms too. Here the
    # first norm would bring every z to the same spread and undo truncation; `kept` of 1 lets it be.
    check_least(1, batches=batches)
    standing, stream = copy.deepcopy(generator).train(), Streams(0).fresh("standing")
    device = next(standing.parameters(), torch.empty(0)).device
    norms = [layer for layer in standing.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in norms[:kept]:
        layer.eval()
    for layer in norms[kept:]:
        layer.reset_running_stats()
        layer.momentum = None  # a plain average over all that it sees from now on
    for _ in range(batches):
        z = truncated_normal(100, generator.latent_dim, threshold, stream)
        standing(z.to(device), (torch.arange(100) % n_classes).to(device))
    return standing.eval()


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

    Brock et al. 2019 (labels, shared embedding, attention, hinge loss, orthogonal penalty,
    average of G); Miyato and Koyama 2018 (D); Karnewar and Wang 2020 (scales: BigGAN has one).
    Learning rates are ours; BigGAN has two steps of D for one of G.

    Parameters
    ----------
    resolution, img_channels, latent_dim, width
        As for `family.dcgan`.
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

    Raises
    ------
    ValueError
        If a value is out of range.

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
    return Model("biggan", arguments, g, d, TrainConfig(loss="hinge", probe_interval=0))


def labelled_batches(
    data: ImageData, batch_size: int, sizes: Sequence[int], latent_dim: int, streams: Streams
) -> Iterator[tuple[tuple[Tensor, Tensor], list[Tensor]]]:
    """Yield ((z, labels), real scales) for ever; G gets the real labels, BigGAN's fresh ones."""
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
) -> Game:
    """Set up the game of a `biggan` model; its `generator_ema` is the G to look at.

    Rows have the column 'orthogonal' where that weight is not 0.

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
        As for `Game`.

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
    return Game(
        g, model.discriminator, batches, model.config, **terms,
        condition=lambda given: given[1:], generator_ema=copy.deepcopy(g), streams=streams,
        device=device,
    )  # fmt: skip


VARIANTS: dict[str, dict] = {  # what differs from the first; 'width' is a factor
    "full": {},
    "no labels": {"n_classes": 0},
    "no attention": {"attention": 0},
    "no spectral norm": {"spectral_norm": False},
    "no orthogonal penalty": {"orthogonal": 0.0},
    "finest scale only": {"scales": "finest"},
    "half width": {"width": 0.5},
}


def variant(name: str, *, width: int = 16, **sizes) -> Model:
    """Build a variant of `biggan` by name.

    Parameters
    ----------
    name : str
        Key in `VARIANTS`.
    width : int
        That of 'full'.
    **sizes
        As for `biggan`.

    Raises
    ------
    ValueError
        If the name is unknown, or a value out of range.

    Examples
    --------
    >>> variant("half width", width=8).arguments["width"]
    4
    """
    check_choice("name", name, VARIANTS)
    changes = dict(VARIANTS[name])
    width = max(1, int(width * changes.pop("width", 1)))
    return biggan(width=width, **{**sizes, **changes})


def recorded_ablation() -> Recording:
    """Read the scores of all variants, as data/build_conditional_ablation.py wrote them.

    Its rows hold 'model' (a key in `VARIANTS`), 'seed', 'step', 'n_images', 'seconds' and the
    scores of `scores.ClassJudge`; its floor those of real training images. If the file is
    missing or damaged, `shipped.check` raises and says how to restore it.
    """
    found = shipped.content("conditional_ablation")
    return Recording(found["rows"], found["floor"], found["settings"], found["machine"])
