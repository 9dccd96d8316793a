"""What a block costs by formula: parameters, multiply-adds, kept memory (lesson 14_efficiency)."""

from dataclasses import dataclass, field

from torch import Size, Tensor, nn

from msgan_lessons.blocks import MinibatchStddev

__all__ = [
    "NUMBER",
    "Block",
    "Layer",
    "conv_multiply_adds",
    "conv_parameters",
    "scale_multiply_adds",
]

NUMBER = 4  # bytes of a float32
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
OPERATIONS = {  # for each number that enters, in layers without a multiply-add to count
    nn.BatchNorm2d: 6,  # sum; subtract, square, add; scale, shift
    nn.ReLU: 1,
    nn.LeakyReLU: 2,  # compare, multiply
    MinibatchStddev: 5,  # sum; subtract, square, add; root and mean, over fewer numbers
}


def conv_parameters(k: int, c_in: int, c_out: int, bias: bool = False) -> int:
    r"""Parameters of a convolution, also of a transposed one.

    .. math:: P = k^2\, c_{in}\, c_{out} \; (+\, c_{out}) \tag{39}

    Parameters
    ----------
    k : int
        Side of the kernel.
    c_in, c_out : int
        Channels that enter and leave.
    bias : bool
        Whether a number is added to each output channel.

    Returns
    -------
    int

    Examples
    --------
    >>> conv_parameters(4, 64, 32)
    32768
    """
    return k**2 * c_in * c_out + bias * c_out


def conv_multiply_adds(k: int, c_in: int, c_out: int, side: int) -> int:
    r"""Multiply-adds of a convolution for one image; a FLOP count is twice that.

    .. math:: M = k^2\, c_{in}\, c_{out}\, s^2 \tag{39}

    Parameters
    ----------
    k, c_in, c_out : int
        As for `conv_parameters`.
    side : int
        Positions a side at which the kernel stands: pixels a side of the *output* of a
        convolution, of the *input* of a transposed one.

    Returns
    -------
    int

    Examples
    --------
    >>> conv_multiply_adds(4, 32, 16, 16)  # from 16x16 to 32x32, transposed
    2097152
    """
    return k**2 * c_in * c_out * side**2


def scale_multiply_adds(resolution: int, channels: int, coarser: int) -> int:
    r"""Multiply-adds of the block that doubles the resolution to r with a 4x4 kernel, an image.

    .. math:: M_k = 4^2\, c_{k-1}\, c_k\, (r_k / 2)^2 = 8\,(c_k r_k)^2
        \quad\text{for}\quad c_{k-1} = 2 c_k \tag{40}

    Parameters
    ----------
    resolution : int
        Pixels a side that leave the block, r_k.
    channels, coarser : int
        Channels that leave it, c_k, and that enter it, c_{k-1}.

    Returns
    -------
    int

    Examples
    --------
    >>> [scale_multiply_adds(r, c, 2 * c) for r, c in ((8, 64), (16, 32), (32, 16))]
    [2097152, 2097152, 2097152]
    """
    return conv_multiply_adds(4, coarser, channels, resolution // 2)


@dataclass(frozen=True)
class Layer:
    """One layer that was called: what entered, what left, and what that costs.

    Parameters
    ----------
    module : nn.Module
        The layer.
    given : Tensor
        What entered, a copy.
    shape : tuple of int
        Of what left, (B, C, H, W).
    kept : int
        Numbers that backward needs and that no layer before has kept.
    wants_input, wants_weight : bool
        Gradients that backward computes.
    """

    module: nn.Module
    given: Tensor
    shape: tuple[int, ...]
    kept: int
    wants_input: bool
    wants_weight: bool

    @property
    def parameters(self) -> int:
        """Parameters by formula (39); two a channel for batch norm."""
        m = self.module
        if isinstance(m, CONVOLUTIONS):
            return conv_parameters(
                m.kernel_size[0], m.in_channels, m.out_channels, m.bias is not None
            )
        return 2 * m.num_features if isinstance(m, nn.BatchNorm2d) else 0

    @property
    def multiply_adds(self) -> int:
        """Forward multiply-adds of the whole batch by formula (39); 0 without a convolution."""
        m = self.module
        if not isinstance(m, CONVOLUTIONS):
            return 0
        places = self.given.shape if isinstance(m, nn.ConvTranspose2d) else self.shape
        one = conv_multiply_adds(m.kernel_size[0], m.in_channels, m.out_channels, places[-1])
        return len(self.given) * one

    @property
    def flops(self) -> int:
        """Floating-point operations of the convolution forward: 2 a multiply-add."""
        return 2 * self.multiply_adds

    @property
    def backward_flops(self) -> int:
        """The same backward: each wanted gradient costs as much as forward."""
        return (self.wants_input + self.wants_weight) * self.flops

    @property
    def operations(self) -> int:
        """Floating-point operations forward, of layers without a convolution too."""
        return self.flops or OPERATIONS[type(self.module)] * self.given.numel()

    @property
    def moved(self) -> int:
        """Bytes that must move forward: what enters, the weights, what leaves, each once."""
        return NUMBER * (self.given.numel() + self.parameters + Size(self.shape).numel())


@dataclass
class Block:
    """Layers that belong together, in the order of their calls.

    Parameters
    ----------
    name : str
        In its network, as in 'blocks.3'.
    module : nn.Module
        The layers.
    given : Tensor
        What entered, a copy.
    layers : list of Layer
        In order; filled while the network runs.
    over : bool
        Whether the block has returned.
    """

    name: str
    module: nn.Module
    given: Tensor
    layers: list[Layer] = field(default_factory=list)
    over: bool = False

    @property
    def resolution(self) -> int:
        """Pixels a side of the finer one of what enters and what leaves: the block's scale."""
        return max(self.given.shape[-1], self.layers[-1].shape[-1])

    def total(self, what: str) -> int:
        """Sum one cost over the layers.

        Parameters
        ----------
        what : str
            'parameters', 'flops', 'backward_flops' or 'kept'.

        Returns
        -------
        int
        """
        return sum(getattr(layer, what) for layer in self.layers)
