"""What makes two images look alike: features, VGG19's too, and scores (lesson 09)."""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from msgan_lessons.base.checks import check_choice
from msgan_lessons.base.places import download_folder
from msgan_lessons.base.streams import Streams
from msgan_lessons.base.whole_files import replacing
from msgan_lessons.lessons.l09_super_resolution.pairs import DOUBLINGS, consistency
from msgan_lessons.metrics import band_distances, frechet_distance, image_features
from msgan_lessons.metrics.features import perceptual_distance
from msgan_lessons.metrics.images import psnr, ssim

FEATURES = ("classifier", "vgg19")
LAYERS = {"2_2": 9, "5_4": 36}  # SRGAN's phi_2,2 and phi_5,4: layers of torchvision's VGG19 to keep
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, for [0, 1]
RESCALE = 1 / 12.75  # SRGAN, section 3.2
COMMAND = "msgan download vgg19"
SMALLEST = 32  # pixels a side: VGG19 halves five times
PATCHES = 16  # of an image, for SWD
CHUNK = 64  # images at a time


def weights_path() -> Path:
    """Return where the weights lie; the file may not exist yet."""
    return download_folder() / "vgg19_features.safetensors"


def check() -> None:
    """Refuse to work with VGG19 where its weights are not on this machine."""
    if not weights_path().is_file():
        raise FileNotFoundError(
            f"features=vgg19 needs weights that are not in {download_folder()}; download them "
            f"(548 MB) with: {COMMAND}"
        )


def fetch() -> None:
    """Download torchvision's weights, check their hash, keep the convolutions as safetensors."""
    if weights_path().is_file():
        return
    from torchvision.models import VGG19_Weights  # 5 s to import, so only here

    url = VGG19_Weights.IMAGENET1K_V1.url
    state = torch.hub.load_state_dict_from_url(
        url, str(download_folder()), "cpu", progress=False, check_hash=True, weights_only=True
    )
    convert(state, weights_path())
    (download_folder() / url.rsplit("/", 1)[1]).unlink(missing_ok=True)


def convert(state: dict[str, Tensor], path: Path) -> None:
    """Write the convolutions' weights of a VGG19, whole or not at all."""
    kept = {
        name.removeprefix("features."): value.contiguous()
        for name, value in state.items()
        if name.startswith("features.")
    }
    if not kept:
        raise ValueError(f"state must hold the weights features.*, got {sorted(state)[:3]}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        save_file(kept, partial)


class VGG19Distance(nn.Module):
    """Mean squared distance of images in layer 'i_j' of VGG19 (Ledig et al. 2017, equation 5)."""

    def __init__(self, layer: str = "5_4", path: Path | None = None) -> None:
        super().__init__()
        check_choice("layer", layer, LAYERS)
        if path is None:
            check()
        path = path or weights_path()
        from torchvision.models import vgg19  # 5 s to import, so only here

        with torch.device("meta"):  # 20 million weights need not be drawn first
            network = vgg19(weights=None).features
        try:
            network.load_state_dict(load_file(path), assign=True)
        except (RuntimeError, SafetensorError) as error:
            raise ValueError(f"{path} does not hold the convolutions of VGG19.") from error
        for part in network:
            part.inplace = False  # a ReLU in place would spoil the gradient's inputs
        self.network = network[: LAYERS[layer]].eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])
        self.register_buffer("deviation", torch.tensor(DEVIATION)[:, None, None])

    def features(self, images: Tensor) -> Tensor:
        """Return the layer's features, divided by 12.75."""
        # (B, 1 or 3, H, W) in [-1, 1] -> '2_2': (B, 128, H/2, W/2), '5_4': (B, 512, H/16, W/16)
        if images.ndim != 4 or images.shape[1] not in (1, 3) or min(images.shape[2:]) < SMALLEST:
            raise ValueError(
                f"images must have shape (B, 1 or 3, H, W) with at least {SMALLEST} pixels a side, "
                f"got {tuple(images.shape)}."
            )
        colours = (images.expand(-1, 3, -1, -1) + 1) / 2
        return RESCALE * self.network((colours - self.mean) / self.deviation)

    def forward(self, images: Tensor, targets: Tensor) -> Tensor:
        """Distance of each pair: two (B, C, H, W) in [-1, 1] to (B,), at least 0."""
        self.to(images.device)
        with torch.no_grad():
            real = self.features(targets)
        return (self.features(images) - real).square().flatten(1).mean(1)


def content_distance(features: str = "classifier") -> Callable[[Tensor, Tensor], Tensor]:
    """Choose whose features the content loss compares: a function (images, targets) to (B,).

    Parameters
    ----------
    features : str
        'classifier': the one that ships, by `quarter_channel_distance`; 'vgg19': SRGAN's, where its
        weights are on this machine.

    Raises
    ------
    ValueError
        If there are no such features.
    FileNotFoundError
        If VGG19's weights are not here; the sentence names the command that fetches them.

    Examples
    --------
    >>> content_distance().__name__
    'quarter_channel_distance'
    """
    check_choice("features", features, FEATURES)
    return VGG19Distance() if features == "vgg19" else quarter_channel_distance


def one_channel_distance(images: Tensor, targets: Tensor) -> Tensor:
    """Perceptual distance (B,) of pairs (B, C, H, W) in one channel each: a third of the time."""
    rows = torch.arange(len(images), device=images.device)
    chosen = [x[rows, rows % x.shape[1]][:, None] for x in (images, targets)]
    return perceptual_distance(*chosen)


def quarter_channel_distance(images: Tensor, targets: Tensor) -> Tensor:
    """Perceptual distance (B,) of pairs (B, C, H, W) in one channel of one quarter, by turns."""
    rows = torch.arange(len(images), device=images.device)
    channel, part = rows % images.shape[1], rows // images.shape[1] % 4
    halves = [x.unflatten(3, (2, -1)).unflatten(2, (2, -1)) for x in (images, targets)]
    return perceptual_distance(*(x[rows, channel, part // 2, :, part % 2][:, None] for x in halves))


@torch.no_grad()
def scores(real: Tensor, fake: Tensor, low: Tensor) -> dict[str, float]:
    """Score enlarged images against the real ones.

    'psnr' (dB) and 'ssim', higher is nearer; 'perceptual', 'swd_32', 'swd_64' (of the two added
    bands) and 'frechet' (of the features of `quarters`), lower is nearer; 'consistency'. The first
    three compare pair by pair, the next three the two sets as a whole.

    Parameters
    ----------
    real, fake : Tensor
        Shape (N, C, 64, 64), in [-1, 1]; pair i belongs together.
    low : Tensor
        Shape (N, C, 16, 16): what the fakes were made from.
    """
    swd = band_distances(real, fake, Streams(0).fresh("swd"), DOUBLINGS + 1, per_image=PATCHES)
    features = [image_features(quarters(x)) for x in (real, fake)]
    near = [
        one_channel_distance(f, r)
        for f, r in zip(fake.split(CHUNK), real.split(CHUNK), strict=True)
    ]
    return {
        "psnr": psnr(real, fake).mean().item(),
        "ssim": ssim(real, fake).mean().item(),
        "perceptual": torch.cat(near).mean().item(),
        **{f"swd_{size}": swd[size] for size in sorted(swd)[1:]},
        "frechet": frechet_distance(*features),
        "consistency": consistency(fake, low).mean().item(),
    }


def quarters(images: Tensor) -> Tensor:
    """Cut (N, C, H, W) into (4 N, C, H/2, W/2): the classifier then need not average pixels."""
    halves = [part for x in images.chunk(2, dim=2) for part in x.chunk(2, dim=3)]
    return torch.cat(halves)
