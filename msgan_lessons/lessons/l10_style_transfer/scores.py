"""Which style an image is in, how near its twin is, and the baseline by colours (lesson 10)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.checks import check_alike, check_choice
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.images import ImageData
from msgan_lessons.metrics.checks import check_count
from msgan_lessons.metrics.distances import random_directions
from msgan_lessons.metrics.features import perceptual_distance
from msgan_lessons.metrics.images import ssim

STYLES = ("emoji_noto", "emoji_twemoji")
DIRECTIONS = ("to Twemoji", "to Noto")
RESOLUTION = 64
CHUNK, PALETTE_CHUNK = 64, 32  # images at a time
LEVELS = 256
WHITE = (0.95047, 1.0, 1.08883)  # XYZ of D65
TO_XYZ = (  # linear sRGB to XYZ, IEC 61966-2-1
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)


def lab_colours(images: Tensor) -> Tensor:
    """Turn sRGB (N, 3, H, W) in [-1, 1] into CIE Lab; 2.3 is just seen (Mahy et al. 1994)."""
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"images must have shape (N, 3, H, W), got {tuple(images.shape)}.")
    rgb = ((images.float() + 1) / 2).clamp(0, 1)
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = torch.einsum("ij,njhw->nihw", linear.new_tensor(TO_XYZ), linear)
    xyz = xyz / xyz.new_tensor(WHITE)[:, None, None]
    bent = torch.where(xyz > 0.008856, xyz.clamp_min(1e-8) ** (1 / 3), 7.787 * xyz + 4 / 29)
    x, y, z = bent.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def palette_distance(
    real: Tensor, fake: Tensor, generator: torch.Generator, n_projections: int = 64
) -> Tensor:
    """Sliced Wasserstein distance (N,) of the Lab colours of each real image and its fake."""
    # Rabin et al. 2011; two colours at distance d give about d / 2, the mean of d |cos|.
    check_alike("real and fake", real.shape, fake.shape)
    check_count(n_projections, "n_projections")
    directions = random_directions(3, n_projections, generator).float()
    parts = zip(real.split(PALETTE_CHUNK), fake.split(PALETTE_CHUNK), strict=True)
    return torch.cat([_distance(directions, r, f) for r, f in parts])


@torch.no_grad()
def _distance(directions: Tensor, real: Tensor, fake: Tensor) -> Tensor:
    """(P, 3), (n, 3, H, W) twice -> (n,)."""
    ordered = [(directions @ lab_colours(x).flatten(2)).sort(-1).values for x in (real, fake)]
    return (ordered[0] - ordered[1]).abs().mean((1, 2))


class StyleClassifier(nn.Module):
    """Noto or Twemoji, from patches of 22 pixels: three convolutions, mean, linear layer."""

    def __init__(self, channels: tuple = (24, 48, 96)) -> None:
        super().__init__()
        layers = []
        for before, after in zip((3, *channels[:-1]), channels, strict=True):
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers)  # (N, 3, 64, 64) -> (N, 96, 8, 8)
        self.head = nn.Linear(channels[-1], 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N,) of 'Twemoji' for images (N, 3, H, W) in [-1, 1]."""
        if images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f"images must have shape (N, 3, H, W), got {tuple(images.shape)}.")
        if images.shape[-1] != RESOLUTION:
            images = F.interpolate(images, (RESOLUTION,) * 2, mode="bilinear", antialias=True)
        return self.head(self.convolutions(images).mean((2, 3)))[:, 0]


def load_style_classifier() -> StyleClassifier:
    """Load what data/train_style_classifier.py made; data/manifest.json has its accuracy."""
    return shipped.network("style_classifier", _empty, "style classifier")


def _empty() -> StyleClassifier:
    return StyleClassifier().to(memory_format=torch.channels_last)


@torch.no_grad()
def style_probability(images: Tensor, classifier: StyleClassifier | None = None) -> Tensor:
    """The probability of 'Twemoji' for each image: (N,), in [0, 1].

    Parameters
    ----------
    images : Tensor
        Shape (N, 3, H, W), in [-1, 1]; other sizes than 64x64 are interpolated.
    classifier : StyleClassifier, optional
        The shipped one where it is missing.

    Examples
    --------
    >>> from msgan_lessons.datasets.images import open_images
    >>> emoji = open_images("emoji_twemoji", resolution=64, split="test").images(slice(50))
    >>> bool(style_probability(emoji).mean() > 0.5)
    True
    """
    network = classifier or load_style_classifier()
    device = network.head.weight.device
    parts = [network(part.to(device)).sigmoid().cpu() for part in images.split(CHUNK)]
    return torch.cat(parts)


def style_scores(
    real: Tensor, fake: Tensor, style: str, generator: torch.Generator
) -> dict[str, float]:
    """Score translated images (N, 3, H, W) against their true twins, and against `style` itself."""
    check_choice("style", style, STYLES)
    second = style_probability(fake).mean().item()
    with torch.no_grad():
        pairs = zip(real.split(CHUNK), fake.split(CHUNK), strict=True)
        perceptual = torch.cat([perceptual_distance(f, r) for r, f in pairs])
    return {
        "ssim": ssim(real, fake).mean().item(),
        "perceptual": perceptual.mean().item(),
        "palette": palette_distance(real, fake, generator).mean().item(),
        "style": second if style == STYLES[1] else 1 - second,
    }


def method_scores(
    answers: Mapping[str, Sequence[Tensor]], twins: Sequence[Tensor]
) -> dict[str, dict[str, dict[str, float]]]:
    """Each method's `style_scores` in both directions, 'to Twemoji' and 'to Noto'.

    Parameters
    ----------
    answers : mapping
        Method to [x turned into the second style, y turned into the first].
    twins : sequence of Tensor
        [x, y], images (N, 3, H, W) of the first and second style; image i of both is one emoji.
    """
    scores = {}
    for way, real, style, k in zip(DIRECTIONS, twins[::-1], STYLES[::-1], (0, 1), strict=True):
        scores[way] = {
            name: style_scores(real, fakes[k], style, Streams(0).fresh("palette"))
            for name, fakes in answers.items()
        }
    return scores


def colour_curves(source: ImageData, target: ImageData) -> Tensor:
    """Increasing curves (C, 256) that give the levels of one data set those of another."""
    # Histogram matching (Gonzalez and Woods, 3.3) by the middle of F's step: white stays white.
    if source.img_channels != target.img_channels:
        raise ValueError(
            "source and target must have as many channels, "
            f"got {source.img_channels} and {target.img_channels}."
        )
    curves = []
    for c in range(source.img_channels):
        below, reached = _shares(source.pixels[:, c]), _shares(target.pixels[:, c])
        middle = (below + torch.cat([below.new_zeros(1), below[:-1]])) / 2
        curves.append(torch.searchsorted(reached, middle).clamp(max=LEVELS - 1))
    return torch.stack(curves).float()


def with_curves(images: Tensor, curves: Tensor) -> Tensor:
    """Apply one curve a channel to images (N, C, H, W) in [-1, 1]."""
    levels = ((images + 1) * 127.5).round().clamp(0, LEVELS - 1).long()
    changed = [curve[levels[:, c]] for c, curve in enumerate(curves.to(images.device))]
    return torch.stack(changed, 1) / 127.5 - 1


def colour_matched(first: ImageData, second: ImageData, images: Sequence[Tensor]) -> list[Tensor]:
    """Give images of two styles each other's colours, by the curves between two data sets.

    Parameters
    ----------
    first, second : ImageData
        Training sets of the two styles, with as many channels.
    images : sequence of Tensor
        [x, y]: images (N, C, H, W) of the first and of the second style, in [-1, 1]; they become
        [x with the colours of the second style, y with those of the first].
    """
    curves = (colour_curves(first, second), colour_curves(second, first))
    return [with_curves(x, curve) for x, curve in zip(images, curves, strict=True)]


def _shares(pixels: Tensor) -> Tensor:
    """Share of pixels with at most each level, float64 (256,)."""
    counts = torch.bincount(pixels.flatten().long(), minlength=LEVELS).double()
    return counts.cumsum(0) / counts.sum()
