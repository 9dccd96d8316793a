"""The few layers that G and D share (lessons 03_generator and 04_discriminator)."""

import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_least, check_positive


class MinibatchStddev(nn.Module):
    """Append one channel that says how much the images of a group differ (ProGAN, section 3).

    The standard deviation over the group, averaged over features and positions: D can then punish
    a G that always draws the same picture. A batch that `group_size` does not divide is one group.
    """

    def __init__(self, group_size: int = 4) -> None:
        super().__init__()
        check_least(2, group_size=group_size)
        self.group_size = group_size

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C + 1, H, W)."""
        b, _, h, w = x.shape
        g = self.group_size if b % self.group_size == 0 else b
        groups = x.reshape(g, b // g, *x.shape[1:])
        variance = (groups - groups.mean(0)).square().mean(0)  # (B/g, C, H, W)
        spread = (variance + 1e-8).sqrt().mean((1, 2, 3))  # (B/g,)
        return join(x, spread.repeat(g).reshape(b, 1, 1, 1).expand(b, 1, h, w))


def join(features: Tensor, planes: Tensor) -> Tensor:
    """Concatenate features (B, C, H, W) and planes (B, P, H, W) in the features' memory format.

    For P = 1 a plane's format is ambiguous, and `torch.cat` alone would fall back to channels
    first, which costs a convolution its speed.
    """
    return torch.cat([features, planes.clone(memory_format=torch.channels_last)], 1)


def strided_block(c_in: int, c_out: int) -> nn.Sequential:
    """Halve to (B, c_out, H/2, W/2): 4x4 convolution at stride 2, leaky ReLU (DCGAN, section 3)."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True))


def upsampling_block(c_in: int, c_out: int, first: int = 0) -> nn.Sequential:
    """Double the resolution, or make `first` x `first` pixels from one (DCGAN, section 3).

    Transposed convolution, batch norm, ReLU: (B, c_in, H, W) to (B, c_out, 2H, 2W).
    """
    size, stride, padding = (first, 1, 0) if first else (4, 2, 1)
    return nn.Sequential(
        nn.ConvTranspose2d(c_in, c_out, size, stride, padding, bias=False),
        nn.BatchNorm2d(c_out),
        nn.ReLU(inplace=True),
    )


def refining_block(c_in: int, c_out: int) -> nn.Sequential:
    """Work at one resolution: twice a 3x3 convolution, batch norm and ReLU.

    (B, c_in, H, W) to (B, c_out, H, W). LAPGAN (Denton et al. 2015) refines each level by a few
    convolutions; depth and width are ours.
    """
    layers = []
    for c in (c_in, c_out):
        layers += [nn.Conv2d(c, c_out, 3, padding=1, bias=False), nn.BatchNorm2d(c_out)]
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


def initialise_normal(module: nn.Module, std: float = 0.02) -> None:
    """Draw every weight from N(0, std^2), in place; biases become zero (DCGAN, section 4)."""
    check_positive(std=std)
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(layer.weight, 0.0, std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def initialise_he(module: nn.Module, slope: float = 0.2) -> None:
    """Draw every convolution so that a leaky ReLU network keeps the size of its signal, in place.

    He et al. 2015, section 2.2. Without batch norm, DCGAN's N(0, 0.02^2) would shrink the signal
    from layer to layer, and D would have to grow it first.
    """
    if slope < 0:
        raise ValueError(f"slope must be >= 0, got {slope}.")
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, a=slope)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
