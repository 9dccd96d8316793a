"""The features that distances are measured on: the course's own and Inception's (lesson 16)."""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from msgan_lessons.base.checks import check_alike
from msgan_lessons.datasets import shipped
from msgan_lessons.metrics.checks import check_count, check_images
from msgan_lessons.training import draw

RESOLUTION = 32
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


class FeatureClassifier(nn.Module):
    """Images (N, 1 or 3, H, W), made grey and 32x32, to 64 features before ReLU, and logits."""

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

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return the features (N, 64) and the logits (N, 10)."""
        maps = self.convolutions(_grey_32x32(images))
        features = self.standardise(self.project(maps.flatten(1)))
        return [features, self.head(F.relu(features))]


def load_classifier(name: str = "fashion_classifier") -> FeatureClassifier:
    """Load what data/train_fashion_classifier.py made, in eval mode; its file is checked."""
    return shipped.network(name, _empty, "classifier")


def _empty() -> FeatureClassifier:
    return FeatureClassifier().to(memory_format=torch.channels_last)  # half the time on a CPU


def image_features(
    images: Tensor, classifier: FeatureClassifier | None = None, chunk: int = 64
) -> Tensor:
    """Return the features (N, 64) of many images: float32, on the CPU, without gradients.

    Heusel et al. 2017, section 2, take the features of an Inception network trained on ImageNet.
    Ours are those of a small classifier of Fashion-MNIST: a Fréchet distance on them is no FID, and
    is compared only with distances on the same features.

    Parameters
    ----------
    images : Tensor
        Shape (N, 1 or 3, H, W), in [-1, 1]; any resolution.
    classifier : FeatureClassifier, optional
        The shipped one where it is missing.
    chunk : int
        Images at a time; the features do not depend on it beyond float rounding.

    Examples
    --------
    >>> image_features(torch.zeros(3, 1, 32, 32)).shape
    torch.Size([3, 64])
    """
    return _features_and_logits(images, classifier, chunk)[0]


def predicted_labels(
    images: Tensor, classifier: FeatureClassifier | None = None, chunk: int = 64
) -> Tensor:
    """Return the most probable class of each image: int64 (N,), for the shipped one of ten classes.

    Parameters
    ----------
    images, classifier, chunk
        As for `image_features`.

    Examples
    --------
    >>> from msgan_lessons.datasets.images import open_images
    >>> data = open_images(split="test")
    >>> [data.classes[i] for i in predicted_labels(data.images(slice(2)))]
    ['Ankle boot', 'Pullover']
    """
    return _features_and_logits(images, classifier, chunk)[1].argmax(1)


def _features_and_logits(images: Tensor, classifier, chunk: int) -> list[Tensor]:
    if not len(images):
        raise ValueError(f"images must hold at least one image, got {tuple(images.shape)}.")
    return draw(classifier or load_classifier(), images, chunk=chunk)


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


Layers = Callable[[Tensor], Sequence[Tensor]]
TINY = 1e-8


def classifier_layers(images: Tensor, classifier: FeatureClassifier | None = None) -> list[Tensor]:
    """Layers of the shipped classifier, fine to coarse, each channel seen as a grey image."""
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
    """Distance (N,) of each pair in the layers of a network, 0 to 4; G can be trained on it."""
    # LPIPS (Zhang et al. 2018), equation 1, without its weights: compare it with itself alone.
    check_alike("images and targets", images.shape, targets.shape)
    terms = [
        (_unit(x) - _unit(y)).square().sum(1).mean((1, 2)).view(len(images), -1).mean(1)
        for x, y in zip(layers(images), layers(targets), strict=True)
    ]
    return torch.stack(terms).mean(0)  # (N,)


def _unit(features: Tensor) -> Tensor:
    """Each place's feature vector at length 1; a zero vector stays zero, with a finite slope."""
    return features / (features.square().sum(1, keepdim=True) + TINY).sqrt()


NAMES = ("fid", "kid_mean", "kid_std", "is_mean", "is_std")
OTHER_NAMES = ("frechet", "kernel_mean", "kernel_std", "score_mean", "score_std")


def inception_scores(
    real_images: Tensor,
    fake_images: Tensor,
    generator: torch.Generator,
    feature: nn.Module | None = None,
    *,
    kid_subset: int = 1000,
    chunk: int = 64,
    download: bool = False,
) -> dict[str, float]:
    """FID, KID and Inception Score through torchmetrics; Inception itself needs torch-fidelity.

    Heusel et al. 2017 (FID); Binkowski et al. 2018 (KID); Salimans et al. 2016 (IS, ten splits).
    Images are resized to 299x299 with antialiasing, as torchmetrics does; the original is not
    antialiased, and published figures differ for that alone.

    Parameters
    ----------
    real_images, fake_images : Tensor
        Shapes (N, 1 or 3, H, W) and (M, 1 or 3, H, W), float, in [-1, 1]; grey becomes three
        equal channels. N and M at least 2.
    generator : torch.Generator
        Source of KID's subsets and IS's splits, on the CPU.
    feature : nn.Module, optional
        In place of Inception: images in [-1, 1] to a list of features (B, d) and logits
        (B, n_classes), or of features alone, which serve as logits then.
    kid_subset : int
        Images in each of KID's 100 subsets, or all images where there are fewer.
    chunk : int
        Images at a time.
    download : bool
        Whether torch-fidelity may fetch the weights of Inception, about 90 MB, if need be.

    Returns
    -------
    dict
        'fid' (0 = equal), 'kid_mean' and 'kid_std' (0 = equal; may fall below), 'is_mean' and
        'is_std' (1 to the number of classes, of the fakes alone). With a `feature` of your own
        these figures bear other names: 'frechet', 'kernel_mean', 'kernel_std', 'score_mean',
        'score_std'.

    Raises
    ------
    ImportError
        If torch-fidelity is not installed, and no `feature` is given.
    RuntimeError
        If the weights of Inception are not on this machine and may or can not be fetched.
    TypeError, ValueError
        If images or counts are not as described.
    """
    sets = [
        _three_channels(real_images, "real_images"),
        _three_channels(fake_images, "fake_images"),
    ]
    check_count(kid_subset, "kid_subset", 2), check_count(chunk, "chunk")
    seed = int(torch.randint(2**62, (), generator=generator))
    network = _Inception(download) if feature is None else feature
    real, fake = ([x.double() for x in draw(network, images, chunk=chunk)] for images in sets)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # torchmetrics warns of the memory that features take
        torch.default_generator.manual_seed(seed)  # KID and IS draw from it; it is put back
        values = _figures(real[0], fake, min(kid_subset, *map(len, sets)))
    return dict(zip(NAMES if feature is None else OTHER_NAMES, values, strict=True))


class _Inception(nn.Module):
    """Images in [-1, 1] to Inception's 2048 features and its logits without bias."""

    def __init__(self, download: bool) -> None:
        super().__init__()
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
            from torchmetrics.image.fid import NoTrainInceptionV3
        except ImportError as error:
            raise ImportError(
                "inception_scores needs torch-fidelity, which is not installed: "
                "pip install torch-fidelity."
            ) from error
        weights = Path(torch.hub.get_dir(), "checkpoints", URL_INCEPTION_V3.rsplit("/", 1)[-1])
        if not (download or weights.exists()):
            raise RuntimeError(
                f"the weights of Inception, {weights.name}, are not on this machine: "
                f"call with download=True, or put {URL_INCEPTION_V3} into torch.hub's checkpoints."
            )
        try:
            self.network = NoTrainInceptionV3("inception-v3-compat", ["2048", "logits_unbiased"])
        except OSError as error:
            raise RuntimeError(
                f"the weights of Inception could not be fetched from {URL_INCEPTION_V3}: {error}."
            ) from error

    def forward(self, images: Tensor) -> Sequence[Tensor]:
        pixels = ((images.float() + 1) * 127.5).round().clamp(0, 255).byte()
        return self.network._torch_fidelity_forward(pixels)


class _Given(nn.Identity):
    """Features in, features out: torchmetrics wants a network."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features


def _figures(real: Tensor, fakes: Sequence[Tensor], subset: int) -> list[float]:
    """FID, KID and IS by torchmetrics, from features, and features and logits of the fakes."""
    from torchmetrics.image.fid import FrechetInceptionDistance
    from torchmetrics.image.inception import InceptionScore
    from torchmetrics.image.kid import KernelInceptionDistance

    given, fake, logits = _Given(real.shape[1]), fakes[0], fakes[-1]
    fid = FrechetInceptionDistance(given)
    kid = KernelInceptionDistance(given, subset_size=subset)
    for metric in (fid, kid):
        metric.update(real, real=True)
        metric.update(fake, real=False)
    score = InceptionScore(given, splits=min(10, len(logits)))
    score.update(logits)
    return [value.item() for value in (fid.compute(), *kid.compute(), *score.compute())]


def _three_channels(images: Tensor, name: str) -> Tensor:
    images = check_images(images, name, at_least=2)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"{name} must have 1 or 3 channels, got {images.shape[1]}.")
    return images.expand(-1, 3, -1, -1)
