"""Which of two styles an image is in, and how near it comes to its true twin (lesson 10)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.places import data_folder
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets import shipped
from msgan_lessons.lessons.l10_style_transfer.palette import palette_distance
from msgan_lessons.metrics.features import perceptual_distance
from msgan_lessons.metrics.images import ssim

__all__ = [
    "STYLES",
    "StyleClassifier",
    "load_style_classifier",
    "method_scores",
    "style_probability",
    "style_scores",
]

STYLES = ("emoji_noto", "emoji_twemoji")
WAYS = ("to Twemoji", "to Noto")
RESOLUTION = 64
CHUNK = 64


class StyleClassifier(nn.Module):
    """A small convolutional classifier of colour images: Noto or Twemoji.

    Three strided convolutions with batch norm, the mean over all places, one linear layer. The
    mean leaves it to see patches of 22 pixels and how often they occur, not what is drawn.

    Parameters
    ----------
    channels : tuple of int
        Feature maps of the three convolutions.

    Examples
    --------
    >>> StyleClassifier().eval()(torch.zeros(2, 3, 64, 64)).shape
    torch.Size([2])
    """

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


def load_style_classifier(name: str = "style_classifier") -> StyleClassifier:
    """Load the style classifier that ships with the course.

    It was trained by data/train_style_classifier.py on the two training sets, which share no
    emoji; data/manifest.json states its accuracy on the held-out images.

    Parameters
    ----------
    name : str
        Its entry in data/manifest.json.

    Returns
    -------
    StyleClassifier
        In eval mode, on the CPU, without gradients for its weights.

    Raises
    ------
    FileNotFoundError
        If the file or the manifest is missing.
    ValueError
        If the file is damaged, or the manifest does not describe `name`.
    """
    shipped.check(name)
    return _read(data_folder() / f"{name}.safetensors").eval()


@torch.no_grad()
def style_probability(images: Tensor, classifier: StyleClassifier | None = None) -> Tensor:
    """Return the probability of 'Twemoji' for each image.

    Parameters
    ----------
    images : Tensor
        Shape (N, 3, H, W), in [-1, 1]; other sizes than 64x64 are interpolated.
    classifier : StyleClassifier, optional
        The shipped one where it is missing.

    Returns
    -------
    Tensor
        Shape (N,), in [0, 1].

    Raises
    ------
    ValueError
        If the shape is not (N, 3, H, W).

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
    """Score translated images against their true twins, and against the style itself.

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, 3, H, W), in [-1, 1]; `real[i]` is the same emoji as `fake[i]`, in the style
        that was aimed at.
    style : str
        That style, one of `STYLES`.
    generator : torch.Generator
        Directions of the palette distance; the same seed for all that is compared.

    Returns
    -------
    dict
        'ssim' (higher is better), 'perceptual' and 'palette' (lower), means over the pairs;
        'style': mean probability of that style, in [0, 1], which needs no pair.

    Raises
    ------
    ValueError
        If the style is unknown or the shapes do not fit.
    """
    if style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(STYLES)}, got {style!r}.")
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
    answers: Mapping[str, Sequence[Tensor]], twins: Sequence[Tensor], seed: int = 0
) -> dict[str, dict[str, dict[str, float]]]:
    """Score the answers of several methods in both directions.

    Parameters
    ----------
    answers : mapping
        Method to [x turned into the second style, y turned into the first].
    twins : sequence of Tensor
        [x, y], images (N, 3, H, W) of the first and second style; image i of both is one emoji.
    seed : int
        Of the directions of the palette distance, the same for all methods.

    Returns
    -------
    dict
        'to Twemoji' and 'to Noto', each method to its `style_scores`.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    scores = {}
    for way, real, style, k in zip(WAYS, twins[::-1], STYLES[::-1], (0, 1), strict=True):
        scores[way] = {
            name: style_scores(real, fakes[k], style, Streams(seed).fresh("palette"))
            for name, fakes in answers.items()
        }
    return scores


@lru_cache(maxsize=2)
def _read(path: Path) -> StyleClassifier:
    network = StyleClassifier()
    try:
        network.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not hold the course's style classifier.") from error
    network.to(memory_format=torch.channels_last)
    return network.requires_grad_(False)
