"""Features of VGG19, SRGAN's own, where their weights are on this machine (lesson 09)."""

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from msgan_lessons.base.places import download_folder

__all__ = ["LAYERS", "VGG19Distance", "check", "convert", "fetch", "weights_path"]

LAYERS = {"2_2": 9, "5_4": 36}  # SRGAN's phi_2,2 and phi_5,4: layers of torchvision's VGG19 to keep
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, for [0, 1]
RESCALE = 1 / 12.75  # SRGAN, section 3.2
COMMAND = "msgan download vgg19"
SMALLEST = 32  # pixels a side: VGG19 halves five times


def weights_path() -> Path:
    """Return where the weights lie; the file may not exist yet.

    Returns
    -------
    Path
        vgg19_features.safetensors in the download folder.
    """
    return download_folder() / "vgg19_features.safetensors"


def check() -> None:
    """Refuse to work with VGG19 where its weights are not on this machine.

    Raises
    ------
    FileNotFoundError
        If they are not; the sentence names the command.
    """
    if not weights_path().is_file():
        raise FileNotFoundError(
            f"features=vgg19 needs weights that are not in {download_folder()}; download them "
            f"(548 MB) with: {COMMAND}"
        )


def fetch() -> None:
    """Download torchvision's weights (ImageNet) and keep the convolutions' as safetensors.

    The archive is checked against the hash in its name, read once with `weights_only`, and never
    read again: lessons open the safetensors alone.

    Raises
    ------
    RuntimeError, OSError
        If they cannot be fetched or the hash is wrong.
    """
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
    """Write the convolutions' weights of a VGG19, whole or not at all.

    Parameters
    ----------
    state : dict
        Of torchvision's `vgg19`; what does not begin with 'features.' is left out.
    path : Path
        Where to.

    Raises
    ------
    ValueError
        If there are no such weights.
    OSError
        If the disk is full or the folder cannot be written.
    """
    kept = {
        name.removeprefix("features."): value.contiguous()
        for name, value in state.items()
        if name.startswith("features.")
    }
    if not kept:
        raise ValueError(f"state must hold the weights features.*, got {sorted(state)[:3]}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    save_file(kept, partial)
    os.replace(partial, path)


class VGG19Distance(nn.Module):
    r"""Squared distance of two images in one layer of VGG19, SRGAN's content loss.

    .. math:: l_{i.j} = \frac{1}{W H C} \sum_{w, h, c} (\phi_{i,j}(x) - \phi_{i,j}(y))^2

    Parameters
    ----------
    layer : str
        'i_j': the j-th convolution, after its ReLU, before the i-th pooling: '2_2' or '5_4'.
    path : Path, optional
        Safetensors as `convert` writes them; `weights_path()` where it is missing.

    Raises
    ------
    FileNotFoundError
        If the weights are not there.
    ValueError
        If the layer is unknown or the file holds other weights.

    References
    ----------
    SRGAN (Ledig et al. 2017), equation 5, whose features are divided by 12.75; there the sum runs
    over channels too, with 1 / (W H) before it, ours is the mean.
    """

    def __init__(self, layer: str = "5_4", path: Path | None = None) -> None:
        super().__init__()
        if layer not in LAYERS:
            raise ValueError(f"layer must be one of {', '.join(LAYERS)}, got {layer!r}.")
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
        """Return the layer's features, divided by 12.75.

        Parameters
        ----------
        images : Tensor
            Shape (B, 1 or 3, H, W), in [-1, 1], at least 32 pixels a side.

        Returns
        -------
        Tensor
            Shape (B, 128, H/2, W/2) for '2_2', (B, 512, H/16, W/16) for '5_4'.

        Raises
        ------
        ValueError
            If the shape is another.
        """
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
