"""Real images damaged on purpose, and how far each metric moves (lesson 16_evaluation)."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean, stdev

import torch
from matplotlib.colors import LinearSegmentedColormap, SymLogNorm
from torch import Tensor
from torch.nn import functional as F

from msgan_lessons import metrics
from msgan_lessons.base.checks import check_choice, check_some
from msgan_lessons.base.pictures import COLOURS, Picture, new_figure, tile
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.metrics.features import load_classifier


@dataclass(frozen=True)
class ImagePool:
    """Real images to take from."""

    images: Tensor  # held-out images (N, C, H, W) in [-1, 1]
    labels: Tensor  # their classes, int64 (N,)
    train: Tensor  # training images (T, C, H, W)


def damaged(
    pool: ImagePool, rows: Tensor, damage: str, strength: float, generator: torch.Generator
) -> Tensor:
    """Take the images `rows`, or as many others where the choice is the damage, and damage them."""
    check_choice("damage", damage, DAMAGES)
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be from 0 to 1, got {strength!r}.")
    return DAMAGES[damage](pool, rows, strength, generator).clamp(-1, 1)


def _blurred(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """Gaussian blur of at most 2 pixels."""
    images, sigma = pool.images[rows], max(2 * strength, 1e-3)
    taps = torch.exp(-torch.arange(-6.0, 7.0).square() / (2 * sigma**2))
    taps = taps / taps.sum()
    across = F.conv2d(F.pad(images, (6, 6, 0, 0), mode="replicate"), taps.view(1, 1, 1, -1))
    return F.conv2d(F.pad(across, (0, 0, 6, 6), mode="replicate"), taps.view(1, 1, -1, 1))


def _noisy(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """White noise of a standard deviation of at most 0.5."""
    images = pool.images[rows]
    return images + 0.5 * strength * torch.randn(images.shape, generator=stream)


def _darker(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """Down to a fifth of the brightness."""
    return (pool.images[rows] + 1) * (1 - 0.8 * strength) - 1


def _flat(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """Down to a fifth of the contrast around each image's mean."""
    images = pool.images[rows]
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean + (images - mean) * (1 - 0.8 * strength)


def _fewer_classes(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """Down to a single class; no image twice, as long as there are enough."""
    classes = pool.labels.unique()
    kept = classes[: max(1, round(len(classes) * (1 - strength)))]
    found = torch.isin(pool.labels, kept).nonzero().flatten()
    found = found[torch.randperm(len(found), generator=stream)]
    return pool.images[found.repeat(-(-len(rows) // len(found)))[: len(rows)]]


def _few_images(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """The same few images again and again: from all of them down to one."""
    distinct = max(1, round(len(rows) * (1 - strength) ** 2))
    again = torch.randint(distinct, (len(rows),), generator=stream)
    again[:distinct] = torch.arange(distinct)
    return pool.images[rows[again[torch.randperm(len(rows), generator=stream)]]]


def _training_images(pool: ImagePool, rows: Tensor, strength: float, stream) -> Tensor:
    """A share of training images, unchanged, among the held-out ones."""
    images, count = pool.images[rows].clone(), round(strength * len(rows))
    copied = torch.randperm(len(pool.train), generator=stream)[:count]
    places = torch.randperm(len(rows), generator=stream)[:count]
    images[places] = pool.train[copied]
    return images


DAMAGES = {
    "blur": _blurred,
    "noise": _noisy,
    "darker": _darker,
    "less contrast": _flat,
    "fewer classes": _fewer_classes,
    "few images, repeated": _few_images,
    "training images": _training_images,
}


LOWER_IS_WORSE = ("precision", "recall", "coverage", "nearest training image")

SHARES = ("precision", "recall", "coverage")  # of images


class DamageBench:
    """Held-out real images stand in for a generator whose fault is known.

    Parameters
    ----------
    test : ImageData
        Held-out images with labels; `count` of them, drawn at random, are what everything is
        compared with, the others are damaged.
    train : ImageData
        The first `5 * count` training images: for the nearest one, and to be copied.
    count : int
        Images that a score takes, at most half of the held-out ones.
    seed : int
        Of all draws: the same damage and strength give the same picture.
    repeats : int
        Undamaged draws, at least 2, that say how much each metric scatters.

    Raises
    ------
    ValueError
        If there are too few images.
    """

    def __init__(
        self, test: ImageData, train: ImageData, count: int = 400, seed: int = 0, repeats: int = 20
    ) -> None:
        if not 10 <= count <= len(test) // 2:
            raise ValueError(
                f"count must be from 10 to half of the {len(test)} held-out images, got {count}."
            )
        stream, self.seed = torch.Generator().manual_seed(seed), seed
        order = torch.randperm(len(test), generator=stream)
        self.reference, rest = test.images(order[:count]), order[count:]
        self.pool = ImagePool(test.images(rest), test.labels[rest], train.images(slice(5 * count)))
        known = (self.reference, self.pool.train)
        self._known = [metrics.image_features(images) for images in known]
        found = [self.scores(self.pool.images[self._draw(stream)]) for _ in range(repeats)]
        self.floor = {
            name: (fmean(one[name] for one in found), self._scatter(name, found))
            for name in found[0]
        }

    def _scatter(self, name: str, found: list[dict[str, float]]) -> float:
        """Standard deviation; that of a share is at least one image, where few draws all agree."""
        least = 1 / len(self.reference) if name in SHARES else 0.0
        return max(stdev(one[name] for one in found), least)

    def images(self, damage: str, strength: float) -> Tensor:
        """Draw as many held-out images as the reference holds, damaged by a strength of 0 to 1."""
        stream = torch.Generator().manual_seed(self.seed + 1)
        return damaged(self.pool, self._draw(stream), damage, strength, stream)

    def scores(self, images: Tensor) -> dict[str, float]:
        """Score images in [-1, 1], as many as the reference holds: metric to value, in its unit."""
        stream = torch.Generator().manual_seed(self.seed)  # the same directions each time
        features, (real, known) = metrics.image_features(images), self._known
        labels = load_classifier().head(features.relu()).argmax(1)
        precision, recall = metrics.precision_recall(real, features)
        bands = metrics.band_distances(
            self.reference, images, stream, n_projections=64, per_image=4
        )
        return {
            "Fréchet distance": metrics.frechet_distance(real, features),
            **{f"SWD, {size}x{size} band": value for size, value in bands.items()},
            "precision": precision,
            "recall": recall,
            "coverage": metrics.coverage(real, features),
            "MS-SSIM of pairs": metrics.ms_ssim_diversity(images, stream),
            "KL of classes": metrics.mode_kl(labels, 10),
            "nearest training image": metrics.nearest(features, known)[0].median().item(),
        }

    def excess(self, damage: str, strength: float) -> dict[str, float]:
        """How much worse than undamaged images, in standard deviations of undamaged draws."""
        found = {}
        for name, value in self.scores(self.images(damage, strength)).items():
            mean, spread = self.floor[name]
            sign = -1 if name in LOWER_IS_WORSE else 1
            found[name] = sign * (value - mean) / max(spread, 1e-12)
        return found

    def bars(self, damage: str, strength: float) -> Picture:
        """Show the damaged images, and what each metric says about them."""
        images, excess = self.images(damage, strength), self.excess(damage, strength)
        return damage_bars(images, excess, f"{damage}, strength {strength:g}")

    def table(self, strength: float) -> Picture:
        """Show every damage, all at one strength, against every metric."""
        return damage_table({name: self.excess(name, strength) for name in DAMAGES}, strength)

    def _draw(self, stream: torch.Generator) -> Tensor:
        return torch.randperm(len(self.pool.images), generator=stream)[: len(self.reference)]


NOTICED = 3.0  # standard deviations of real against real
SHOWN = 12  # images in the row above the bars
MOST = 300  # standard deviations at which the colours of the table end

Excess = Mapping[str, float]  # metric to standard deviations above real against real


def damage_bars(images: Tensor, excess: Excess, name: str) -> Picture:
    """Show damaged images, and how much worse than real ones each metric finds them."""
    # images (N, C, H, W) in [-1, 1]
    figure, (row, axis) = new_figure(8.0, 4.6, nrows=2, height_ratios=(1, 4.5))
    row.imshow(tile(images[:SHOWN], SHOWN), interpolation="nearest")
    row.set_axis_off()
    bad, good, unseen = COLOURS["fake"], COLOURS["optimum"], "#999999"
    sides = ((bad if value > 0 else good, abs(value)) for value in excess.values())
    colours = [unseen if size <= NOTICED else colour for colour, size in sides]
    bars = axis.barh(list(excess), list(excess.values()), color=colours, height=0.7)
    axis.bar_label(bars, [str(round(value)) for value in excess.values()], fontsize=8, padding=2)
    axis.invert_yaxis()
    axis.set_xscale("symlog", linthresh=NOTICED)
    ticks = [-100, -10, -3, 0, 3, 10, 100, 1000]
    axis.set(xlim=(-300, 3000), xticks=ticks)
    axis.set_xticklabels([str(tick) for tick in ticks])
    axis.minorticks_off()
    for edge in (-NOTICED, NOTICED):
        axis.axvline(edge, color="black", linewidth=0.8, linestyle="--")
    axis.tick_params(labelsize=9)
    axis.set_xlabel("standard deviations of real against real", fontsize=9)
    caption = (
        "Right: worse than undamaged images; left: better. Between the dashed lines: noise. "
        "Which metrics see this damage, and which reward it?"
    )
    return Picture(figure, f"Real images, damage: {name}. {told(excess)}", caption)


def damage_table(found: Mapping[str, Excess], strength: float) -> Picture:
    """Show every damage against every metric."""
    check_some("found", found, "damage")
    figure, axis = new_figure(9.4, 3.9)
    values = [list(excess.values()) for excess in found.values()]
    colours = [COLOURS["optimum"], "white", COLOURS["fake"]]
    norm = SymLogNorm(NOTICED, vmin=-MOST, vmax=MOST)
    cmap = LinearSegmentedColormap.from_list("seen", colours)
    axis.imshow(values, aspect="auto", cmap=cmap, norm=norm)
    for y, line in enumerate(values):
        for x, value in enumerate(line):
            weight = "bold" if abs(value) > NOTICED else "normal"
            axis.text(x, y, str(round(value)), ha="center", va="center", weight=weight, fontsize=9)
    names = list(next(iter(found.values())))
    axis.set_yticks(range(len(found)), list(found), fontsize=9)
    axis.set_xticks(range(len(names)), names, fontsize=9, rotation=30, ha="right")
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    words = " ".join(f"{damage}: {told(excess)}" for damage, excess in found.items())
    caption = (
        "Standard deviations of real against real. Bold on orange: noticed; bold on green: "
        "taken for better than real images."
    )
    return Picture(figure, f"A table at strength {strength:g}. {words}", caption)


def told(excess: Excess) -> str:
    """Say in words which metrics notice a damage, and which prefer it to real images."""
    noticed = [f"{name} ({round(value)})" for name, value in excess.items() if value > NOTICED]
    praised = [name for name, value in excess.items() if value < -NOTICED]
    text = f"Noticed by {', '.join(noticed) or 'none'}"
    return f"{text}; better than real for {', '.join(praised)}." if praised else f"{text}."
