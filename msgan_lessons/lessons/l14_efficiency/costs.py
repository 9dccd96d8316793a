"""What a block and a whole step cost by formula: operations, parameters, memory (lesson 14)."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Size, Tensor, nn

from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.family import Model
from msgan_lessons.steps import detach
from msgan_lessons.training import Game

NUMBER = 4  # bytes of a float32
CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)
OPERATIONS = {  # for each number that enters, in layers without a multiply-add to count
    nn.BatchNorm2d: 6,  # sum; subtract, square, add; scale, shift
    nn.ReLU: 1,
    nn.LeakyReLU: 2,  # compare, multiply
    MinibatchStddev: 5,  # sum; subtract, square, add; root and mean, over fewer numbers
}


def conv_parameters(k: int, c_in: int, c_out: int, bias: bool = False) -> int:
    """Formula (39): k^2 c_in c_out (+ c_out) parameters, also of a transposed convolution."""
    return k**2 * c_in * c_out + bias * c_out


def conv_multiply_adds(k: int, c_in: int, c_out: int, side: int) -> int:
    """Formula (39): k^2 c_in c_out s^2 an image, s of the output, or input if transposed."""
    return k**2 * c_in * c_out * side**2


@dataclass(frozen=True)
class Layer:
    """One layer that was called: what entered, what left, and what that costs."""

    module: nn.Module
    given: Tensor  # what entered, a copy
    shape: tuple[int, ...]  # of what left, (B, C, H, W)
    kept: int  # numbers that backward needs and that no layer before has kept
    wants_input: bool  # whether backward computes this gradient, and the next
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
    """Layers that belong together, in the order of their calls."""

    name: str  # in its network, as in 'blocks.3'
    module: nn.Module
    given: Tensor  # what entered, a copy
    layers: list[Layer] = field(default_factory=list)  # in order; filled while the network runs
    over: bool = False  # whether the block has returned

    @property
    def resolution(self) -> int:
        """Pixels a side of the finer one of what enters and what leaves: the block's scale."""
        return max(self.given.shape[-1], self.layers[-1].shape[-1])

    def total(self, what: str) -> int:
        """Sum one cost over the layers, such as 'flops' or 'kept'."""
        return sum(getattr(layer, what) for layer in self.layers)


ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)


@contextmanager
def tracing(network: nn.Module) -> Iterator[list[Block]]:
    """Note every block, innermost container or lone layer, that runs inside the `with`."""
    blocks, known, hooks = [], {}, []
    for name, module in network.named_modules():
        if not _is_block(module) or _inside(name, network):
            continue
        hooks.append(module.register_forward_pre_hook(_opens(name, blocks)))
        leaves = list(module.children()) or [module]
        hooks += [leaf.register_forward_hook(_notes(blocks, known)) for leaf in leaves]
        hooks.append(module.register_forward_hook(lambda *_: setattr(blocks[-1], "over", True)))
    try:
        yield blocks
    finally:
        for hook in hooks:
            hook.remove()


def _opens(name: str, blocks: list[Block]):
    return lambda module, args: blocks.append(Block(name, module, args[0].detach().clone()))


def _notes(blocks: list[Block], known: dict[int, object]):
    def note(module: nn.Module, args: tuple, out: Tensor) -> None:
        given = args[0]
        kept = sum(_new(x, known) for x in _needed(module, given, out)) + _statistics(module, given)
        weight = getattr(module, "weight", None)
        wants = given.requires_grad, weight is not None and weight.requires_grad
        blocks[-1].layers.append(
            Layer(module, given.detach().clone(), tuple(out.shape), kept, *wants)
        )

    return note


def _needed(module: nn.Module, given: Tensor, out: Tensor) -> Sequence[Tensor]:
    """What backward needs: an activation its output, a convolution and batch norm their input."""
    if isinstance(module, MinibatchStddev):
        return ()
    return (out,) if isinstance(module, ACTIVATIONS) else (given,)


def _statistics(module: nn.Module, given: Tensor) -> int:
    """Numbers kept beside: mean and deviation of each channel, or what compares the images."""
    if isinstance(module, nn.BatchNorm2d):
        return 2 * module.num_features
    if isinstance(module, MinibatchStddev):
        b, g = len(given), module.group_size
        return given.numel() + given.numel() // (g if b % g == 0 else b)
    return 0


def _new(x: Tensor, known: dict[int, object]) -> int:
    """Size of a tensor whose storage is kept for the first time; held, so that it stays itself."""
    storage = x.untyped_storage()
    first = id(storage) not in known
    known[id(storage)] = storage
    return x.numel() if first else 0


def _is_block(module: nn.Module) -> bool:
    children = list(module.children())
    lone = not children and not isinstance(module, nn.Identity | nn.Sequential | nn.ModuleList)
    row = isinstance(module, nn.Sequential) and all(not list(c.children()) for c in children)
    return lone or (row and bool(children))


def _inside(name: str, network: nn.Module) -> bool:
    """Tell whether a layer belongs to a row of layers, which is the block then."""
    parent = name.rpartition(".")[0]
    return bool(name) and _is_block(network.get_submodule(parent))


ADAM = 2  # numbers that Adam keeps for each parameter: two running averages


@dataclass(frozen=True)
class StepCost:
    """Operations and numbers of one step, without a penalty."""

    generator: int  # forward FLOPs of one pass over a batch, F_G
    discriminator: int  # the same of D, F_D
    step: int  # FLOPs of the whole step, forward and backward
    parameters: int  # of both networks, P
    kept: int  # for backward while D's update runs: G's once, D's for real and for fake

    @property
    def numbers(self) -> int:
        """Numbers held at the peak: weights, their gradients, Adam's two, and what is kept."""
        return (1 + 1 + ADAM) * self.parameters + self.kept


def predict_step(model: Model, batch: Tensor, probes: bool = False) -> StepCost:
    r"""Predict the cost of one step from the shapes of its layers.

    .. math:: F_{step} = 3 F_G + 8 F_D - F_{G,1} - 2 F_{D,1} \tag{41}

    G runs once forward and backward. D judges real and fake with both gradients (its own image
    wants none), and fake once more for G, where its weights want none. Where nothing but the first
    layers is cut off from a gradient, as in 'dcgan', the sum over layers is (41).

    Parameters
    ----------
    model : Model
        Copies of its networks run; one that grows is counted as grown up.
    batch : Tensor
        Real images (B, C, R, R) in [-1, 1].
    probes : bool
        Whether D(x) is measured after D's update (`TrainConfig.probe_interval`).

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.family import dcgan
    >>> predict_step(dcgan(resolution=8, width=1), torch.zeros(4, 1, 8, 8), probes=True).step
    97408
    """
    players = copy.deepcopy((model.generator, model.discriminator))
    config = model.config.with_(growth_images=0)
    game = Game(*players, iter(lambda: batch, None), config, device="cpu")
    G, D = game.generator, game.discriminator
    with tracing(G) as drawn:
        _, real, fake = game.draw()
    with tracing(D) as on_real:
        D(real)
    with tracing(D) as on_fake:
        D(detach(fake))
    with tracing(D.requires_grad_(False)) as for_g:
        D(fake)
        if probes or model.config.feature_matching:
            D(real)
    passes = (drawn, on_real, on_fake, for_g)
    return StepCost(
        generator=_sum(drawn, "flops"),
        discriminator=_sum(on_fake, "flops"),
        step=sum(_sum(p, "flops") + _sum(p, "backward_flops") for p in passes),
        parameters=_sum(drawn, "parameters") + _sum(on_fake, "parameters"),
        kept=sum(_sum(p, "kept") for p in (drawn, on_real, on_fake)),
    )


def _sum(blocks: Sequence[Block], what: str) -> int:
    return sum(block.total(what) for block in blocks)
