"""The field's own figures, FID, KID and IS, where Inception is to be had (lesson 16_evaluation)."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from msgan_lessons.metrics.checks import check_count, check_images

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
    """FID, KID and Inception Score through torchmetrics; needs torchmetrics and torch-fidelity.

    Parameters
    ----------
    real_images, fake_images : Tensor
        Shapes (N, 1 or 3, H, W) and (M, 1 or 3, H, W), float, in [-1, 1]; grey becomes three
        equal channels. N and M at least 2.
    generator : torch.Generator
        Source of KID's subsets and IS's splits, on the CPU.
    feature : nn.Module, optional
        In place of Inception: images in [-1, 1] to features (B, d), or to features and logits
        (B, n_classes); features serve as logits where there are none.
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
        If torchmetrics, or without `feature` torch-fidelity, is not installed.
    RuntimeError
        If the weights of Inception are not on this machine and may or can not be fetched.
    TypeError
        If images are not tensors of floats or a count is not an int.
    ValueError
        If shapes or counts do not fit.

    References
    ----------
    Heusel et al. 2017 (FID); Binkowski et al. 2018 (KID); Salimans et al. 2016 (IS, ten splits).
    Images are resized to 299x299 with antialiasing, as torchmetrics does; the original is not
    antialiased, and published figures differ for that alone.
    """
    sets = [
        _three_channels(real_images, "real_images"),
        _three_channels(fake_images, "fake_images"),
    ]
    check_count(kid_subset, "kid_subset", 2), check_count(chunk, "chunk")
    seed = int(torch.randint(2**62, (), generator=generator))
    network = _Inception(download) if feature is None else feature
    real, fake = (_through(network, images, chunk) for images in sets)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # torchmetrics warns of the memory that features take
        torch.default_generator.manual_seed(seed)  # KID and IS draw from it; it is put back
        values = _figures(*real, *fake, min(kid_subset, len(sets[0]), len(sets[1])))
    return dict(zip(NAMES if feature is None else OTHER_NAMES, values, strict=True))


class _Inception(nn.Module):
    """Images in [-1, 1] to Inception's 2048 features and its logits without bias."""

    def __init__(self, download: bool) -> None:
        super().__init__()
        try:
            from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
            from torchmetrics.image.fid import NoTrainInceptionV3
        except ImportError as error:
            raise _missing("torch-fidelity") from error
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

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        pixels = ((images.float() + 1) * 127.5).round().clamp(0, 255).byte()
        return self.network._torch_fidelity_forward(pixels)


class _Given(nn.Identity):
    """Features in, features out: torchmetrics wants a network."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features


def _figures(
    real: Tensor, real_logits: Tensor, fake: Tensor, logits: Tensor, subset: int
) -> list[float]:
    """FID, KID and IS by torchmetrics, from features and logits."""
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance
        from torchmetrics.image.inception import InceptionScore
        from torchmetrics.image.kid import KernelInceptionDistance
    except ImportError as error:
        raise _missing("torchmetrics") from error
    given = _Given(real.shape[1])
    fid = FrechetInceptionDistance(given)
    kid = KernelInceptionDistance(given, subset_size=subset)
    for metric in (fid, kid):
        metric.update(real, real=True)
        metric.update(fake, real=False)
    score = InceptionScore(given, splits=min(10, len(logits)))
    score.update(logits)
    return [value.item() for value in (fid.compute(), *kid.compute(), *score.compute())]


@torch.no_grad()
def _through(network: nn.Module, images: Tensor, chunk: int) -> tuple[Tensor, Tensor]:
    """Features and logits of all images, float64 on the CPU."""
    device = next((p.device for p in network.parameters()), images.device)
    was_training = network.training
    network.eval()
    try:
        outputs = [network(part.to(device)) for part in images.split(chunk)]
    finally:
        network.train(was_training)
    pairs = [(x, x) if isinstance(x, Tensor) else x for x in outputs]
    features, logits = (torch.cat(parts).double().cpu() for parts in zip(*pairs, strict=True))
    return features, logits


def _three_channels(images: Tensor, name: str) -> Tensor:
    images = check_images(images, name, at_least=2)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"{name} must have 1 or 3 channels, got {images.shape[1]}.")
    return images.expand(-1, 3, -1, -1)


def _missing(package: str) -> ImportError:
    return ImportError(
        f"inception_scores needs {package}, which is not installed: "
        f"pip install torchmetrics torch-fidelity."
    )
