"""What BigGAN puts into its networks: labels, attention, orthogonal filters (lesson 11)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm as add_spectral_norm

__all__ = [
    "ConditionalBatchNorm2d",
    "SelfAttention",
    "orthogonal_penalty",
]


class ConditionalBatchNorm2d(nn.BatchNorm2d):
    r"""Batch norm whose gain and bias are told by a vector: here the class of the image.

    .. math:: y = (1 + W_\gamma c) \, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + W_\beta c

    Parameters
    ----------
    channels : int
        C, at least 1.
    condition_dim : int
        Length of c, at least 1.

    Raises
    ------
    ValueError
        If one is below 1.

    References
    ----------
    Dumoulin et al. 2017, section 2.2 (instance norm, a row of a table for each style); de Vries
    et al. 2017, section 3 (batch norm, gain and bias predicted from a vector). As in BigGAN
    (Brock et al. 2019, section 3), both maps are linear and the gain is centred at 1. With c a
    one-hot label the columns of the maps are the rows of the table.

    Examples
    --------
    >>> norm = ConditionalBatchNorm2d(channels=8, condition_dim=3)
    >>> norm(torch.randn(2, 8, 4, 4), torch.eye(3)[[0, 2]]).shape
    torch.Size([2, 8, 4, 4])
    """

    def __init__(self, channels: int, condition_dim: int) -> None:
        for name, value in (("channels", channels), ("condition_dim", condition_dim)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}.")
        super().__init__(channels, affine=False)
        self.gain = nn.Linear(condition_dim, channels, bias=False)
        self.bias_of = nn.Linear(condition_dim, channels, bias=False)
        for linear in (self.gain, self.bias_of):
            nn.init.normal_(linear.weight, 0.0, 0.02)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Map (B, C, H, W) and (B, condition_dim) to (B, C, H, W)."""
        gain, bias = 1 + self.gain(condition), self.bias_of(condition)  # (B, C) each
        return torch.addcmul(bias[:, :, None, None], gain[:, :, None, None], super().forward(x))


class SelfAttention(nn.Module):
    r"""Let every place of a feature map look at all others; at first it changes nothing.

    .. math:: o_j = \sum_i \mathrm{softmax}_i(f(x_i) \cdot g(x_j)) \, h(x_i), \qquad
        y_j = x_j + \gamma \, v(o_j), \quad \gamma = 0 \text{ at the start}

    Parameters
    ----------
    channels : int
        C, at least 2; f and g have max(1, C // 8) channels, h has C // 2.
    spectral_norm : bool
        Divide the weights of f, g, h, v by their largest singular value.

    Raises
    ------
    ValueError
        If `channels` is below 2.

    References
    ----------
    SAGAN (Zhang et al. 2019), equations 1 to 3. As in BigGAN's code, f and h are pooled to half
    the resolution, so that there are four times fewer places to look at. Dot products are not
    divided by the root of their length, as in the paper.

    Examples
    --------
    >>> attention, x = SelfAttention(16), torch.randn(2, 16, 8, 8)
    >>> bool((attention(x) == x).all()), attention.weights(x).shape
    (True, torch.Size([2, 64, 16]))
    """

    def __init__(self, channels: int, spectral_norm: bool = False) -> None:
        super().__init__()
        if channels < 2:
            raise ValueError(f"channels must be at least 2, got {channels}.")
        few = max(1, channels // 8)
        wrap = add_spectral_norm if spectral_norm else nn.Identity()
        self.f, self.g = (wrap(nn.Conv2d(channels, few, 1, bias=False)) for _ in range(2))
        self.h = wrap(nn.Conv2d(channels, channels // 2, 1, bias=False))
        self.v = wrap(nn.Conv2d(channels // 2, channels, 1, bias=False))
        self.gamma = nn.Parameter(torch.zeros(()))

    def weights(self, x: Tensor) -> Tensor:
        """Say how much each place looks at each other one.

        Parameters
        ----------
        x : Tensor
            Shape (B, C, H, W), H and W even.

        Returns
        -------
        Tensor
            Shape (B, H W, H W / 4), at least 0; each row sums to 1.
        """
        keys = F.max_pool2d(self.f(x), 2).flatten(2)  # (B, few, HW/4)
        queries = self.g(x).flatten(2)  # (B, few, HW)
        return (queries.transpose(1, 2) @ keys).softmax(-1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        values = F.max_pool2d(self.h(x), 2).flatten(2)  # (B, C/2, HW/4)
        seen = values @ self.weights(x).transpose(1, 2)  # (B, C/2, HW)
        seen = seen.unflatten(2, x.shape[2:]).contiguous(memory_format=torch.channels_last)
        return x + self.gamma * self.v(seen)


def orthogonal_penalty(module: nn.Module) -> Tensor:
    r"""How far from orthogonal the filters of a network are, their lengths left free.

    .. math:: R(W) = \| W^\top W \odot (1 - I) \|_F^2, \quad \text{one filter a column of } W

    Parameters
    ----------
    module : nn.Module
        Its convolutions and transposed convolutions count, summed; linear maps do not, so that
        class embeddings stay free.

    Returns
    -------
    Tensor
        Scalar >= 0, with a graph; 0 where all filters of each layer are orthogonal.

    Raises
    ------
    ValueError
        If the module has no convolution.

    References
    ----------
    BigGAN (Brock et al. 2019), equation 3, whose weight beta is 1e-4. Brock et al. 2017 would
    also ask for length 1 (their equation is BigGAN's 2): found too strict.

    Examples
    --------
    >>> layer = nn.Conv2d(2, 2, 1, bias=False)
    >>> with torch.no_grad():
    ...     _ = layer.weight.copy_(torch.tensor([[1.0, 0.0], [1.0, 3.0]])[:, :, None, None])
    >>> orthogonal_penalty(layer).item()  # the dot product 1 stands in two places
    2.0
    """
    total = [_overlap(m) for m in module.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    if not total:
        raise ValueError(f"module must hold a convolution, got {type(module).__name__}.")
    return torch.stack(total).sum()


def _overlap(layer: nn.Module) -> Tensor:
    """Sum of the squared dot products of different filters of one layer."""
    weight = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
    filters = weight.flatten(1)  # (filters, length)
    products = filters @ filters.T
    return products.square().sum() - products.diagonal().square().sum()
