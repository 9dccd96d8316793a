"""The features that distances are measured on, and how near two images look to them (lesson 16)."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped

RESOLUTION = 32
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class FeatureClassifier(nn.Module):
    """A small convolutional classifier of grey 32x32 images, and its 64 penultimate features.

    Three blocks of convolution, batch norm, ReLU and 2x2 mean pooling, a linear layer with batch
    norm whose outputs are the features, ReLU, and a linear layer to the logits. The features are
    taken before that last ReLU, so that none is stuck at zero.

    Parameters
    ----------
    n_classes : int
        Number of logits, at least 2.
    channels : tuple of int
        Feature maps of the three blocks.
    n_features : int
        Length of the feature vector.

    Examples
    --------
    >>> network = FeatureClassifier().eval()
    >>> network(torch.zeros(2, 3, 64, 64)).shape, network.features(torch.zeros(2, 1, 8, 8)).shape
    (torch.Size([2, 10]), torch.Size([2, 64]))
    """

    def __init__(
        self, n_classes: int = 10, channels: tuple = (32, 64, 128), n_features: int = 64
    ) -> None:
        super().__init__()
        layers = []
        for before, after in zip((1, *channels[:-1]), channels, strict=True):
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False)]
            layers += [nn.BatchNorm2d(after), nn.ReLU(), nn.AvgPool2d(2)]
        self.convolutions = nn.Sequential(*layers)  # (N, 1, 32, 32) -> (N, 128, 4, 4)
        side = RESOLUTION // 2 ** len(channels)
        self.project = nn.Linear(channels[-1] * side**2, n_features, bias=False)
        self.standardise = nn.BatchNorm1d(n_features)
        self.head = nn.Linear(n_features, n_classes)

    def features(self, images: Tensor) -> Tensor:
        """Return the penultimate features.

        Parameters
        ----------
        images : Tensor
            Shape (N, 1 or 3, H, W), in [-1, 1]; made grey (luminance), and averaged (from
            larger ones) or interpolated to 32x32.

        Returns
        -------
        Tensor
            Shape (N, 64), any real numbers.

        Raises
        ------
        ValueError
            If the shape is not (N, 1 or 3, H, W).
        """
        maps = self.convolutions(_grey_32x32(images))
        return self.standardise(self.project(maps.flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (N, 10) of images (N, 1 or 3, H, W) in [-1, 1]."""
        return self.head(F.relu(self.features(images)))


def load_classifier(name: str = "fashion_classifier") -> FeatureClassifier:
    """Load the classifier that ships with the course.

    It was trained on the 20,000 training images of `datasets.open_images('fashion_mnist')` by
    data/train_fashion_classifier.py; data/manifest.json states its accuracy on the test images.

    Parameters
    ----------
    name : str
        Its entry in data/manifest.json.

    Returns
    -------
    FeatureClassifier
        In eval mode, on the CPU, without gradients; read once, checked at every call.

    Raises
    ------
    FileNotFoundError
        If the file or the manifest is missing.
    ValueError
        If the file's sha256 is not the expected one (the sentence says how to restore it), or
        the manifest does not describe `name`.
    """
    shipped.check(name)
    return _read(data_folder() / f"{name}.safetensors").eval()


def image_features(
    images: Tensor, classifier: FeatureClassifier | None = None, chunk: int = 64
) -> Tensor:
    """Return the features of many images, without gradients.

    Parameters
    ----------
    images : Tensor
        Shape (N, 1 or 3, H, W), in [-1, 1]; any resolution.
    classifier : FeatureClassifier, optional
        The shipped one where it is missing.
    chunk : int
        Images at a time; the features do not depend on it beyond float rounding.

    Returns
    -------
    Tensor
        Shape (N, 64), float32, on the CPU.

    Raises
    ------
    ValueError
        If the shape is not (N, 1 or 3, H, W), N is 0, or the classifier is damaged.

    References
    ----------
    Heusel et al. 2017, section 2, take the features of an Inception network trained on ImageNet.
    Ours are those of a small classifier of Fashion-MNIST: a Fréchet distance on them is no FID,
    and is compared only with distances on the same features.

    Examples
    --------
    >>> image_features(torch.zeros(3, 1, 32, 32)).shape
    torch.Size([3, 64])
    """
    return _in_chunks(classifier or load_classifier(), "features", images, chunk)


def predicted_labels(
    images: Tensor, classifier: FeatureClassifier | None = None, chunk: int = 64
) -> Tensor:
    """Return the most probable class of each image.

    Parameters
    ----------
    images, classifier, chunk
        As for `image_features`.

    Returns
    -------
    Tensor
        int64, shape (N,), indices of Fashion-MNIST's ten classes for the shipped classifier.

    Raises
    ------
    ValueError
        As for `image_features`.

    Examples
    --------
    >>> from msgan_lessons import datasets
    >>> data = datasets.open_images(split="test")
    >>> [data.classes[i] for i in predicted_labels(data.images(slice(2)))]
    ['Ankle boot', 'Pullover']
    """
    return _in_chunks(classifier or load_classifier(), "forward", images, chunk).argmax(1)


@torch.no_grad()
def _in_chunks(network: FeatureClassifier, method: str, images: Tensor, chunk: int) -> Tensor:
    if not len(images):
        raise ValueError(f"images must hold at least one image, got {tuple(images.shape)}.")
    was_training = network.training
    network.eval()
    device = network.head.weight.device
    try:
        parts = [getattr(network, method)(part.to(device)) for part in images.split(chunk)]
    finally:
        network.train(was_training)
    return torch.cat(parts).float().cpu()


def _grey_32x32(images: Tensor) -> Tensor:
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(f"images must have shape (N, 1 or 3, H, W), got {tuple(images.shape)}.")
    if images.shape[1] == 3:
        images = (images * images.new_tensor(LUMA)[:, None, None]).sum(1, keepdim=True)
    if images.shape[-2:] == (RESOLUTION, RESOLUTION):
        return images
    size = (RESOLUTION, RESOLUTION)
    if min(images.shape[-2:]) >= RESOLUTION:
        return F.interpolate(images, size, mode="area")  # 64x64: `box_downsample`
    return F.interpolate(images, size, mode="bilinear", antialias=True)


@lru_cache(maxsize=2)
def _read(path: Path) -> FeatureClassifier:
    network = FeatureClassifier()
    try:
        network.load_state_dict(load_file(path))
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not hold the course's classifier.") from error
    network.to(memory_format=torch.channels_last)  # half the time on a CPU
    return network.requires_grad_(False)


Layers = Callable[[Tensor], Sequence[Tensor]]
TINY = 1e-8


def classifier_layers(images: Tensor, classifier: FeatureClassifier | None = None) -> list[Tensor]:
    """Return what the shipped classifier's three blocks make of images, before they are pooled."""
    # images (N, C, H, W) in [-1, 1]
    if images.ndim != 4 or min(images.shape[-2:]) < 4:
        raise ValueError(
            f"images must have shape (N, C, H, W) with at least 4 pixels a side, "
            f"got {tuple(images.shape)}."
        )
    network = (classifier or load_classifier()).to(images.device).eval()
    h, layers = images.flatten(0, 1)[:, None], []  # (N * C, 1, H, W)
    for layer in network.convolutions:
        h = layer(h)
        if isinstance(layer, torch.nn.ReLU):
            layers.append(h)
    return layers


def perceptual_distance(
    images: Tensor, targets: Tensor, layers: Layers = classifier_layers
) -> Tensor:
    r"""Distance of each pair in the layers of a network; G can be trained on it.

    .. math:: \frac{1}{L} \sum_l \frac{1}{H_l W_l} \sum_{h, w}
        \left\| \frac{f^l_{hw}(x)}{\|f^l_{hw}(x)\|} - \frac{f^l_{hw}(y)}{\|f^l_{hw}(y)\|}
        \right\|^2

    References
    ----------
    Zhang et al. 2018 (LPIPS), equation 1: unit vectors along the channels, squared distance. LPIPS
    weights the channels by human judgements, on networks trained on ImageNet; ours has no
    weights, and the features of the course's small classifier: compare it with itself alone.

    Examples
    --------
    >>> x = torch.rand(2, 3, 16, 16) * 2 - 1
    >>> perceptual_distance(x, x)
    tensor([0., 0.])
    """
    if images.shape != targets.shape:
        raise ValueError(
            f"images and targets must have one shape, "
            f"got {tuple(images.shape)} and {tuple(targets.shape)}."
        )
    terms = [
        (_unit(x) - _unit(y)).square().sum(1).mean((1, 2)).view(len(images), -1).mean(1)
        for x, y in zip(layers(images), layers(targets), strict=True)
    ]
    return torch.stack(terms).mean(0)  # (N,)


def _unit(features: Tensor) -> Tensor:
    """Each place's feature vector at length 1; a zero vector stays zero, with a finite slope."""
    return features / (features.square().sum(1, keepdim=True) + TINY).sqrt()
