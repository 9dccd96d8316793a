"""Which blocks of a network run, and what each is given (lesson 14_efficiency)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import Tensor, nn

from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.lessons.l14_efficiency.costs import Block, Layer

__all__ = ["tracing"]

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU)


@contextmanager
def tracing(network: nn.Module) -> Iterator[list[Block]]:
    """Note every block that runs inside the `with`, and what it was given.

    Parameters
    ----------
    network : nn.Module
        Its innermost containers are blocks, and so is a layer that stands alone.

    Yields
    ------
    list of Block
        Filled while the network runs, one entry a call.

    Examples
    --------
    >>> import torch
    >>> from msgan_lessons.blocks import upsampling_block
    >>> block = upsampling_block(8, 4)
    >>> with tracing(block) as blocks:
    ...     _ = block(torch.zeros(2, 8, 4, 4))
    >>> [(b.resolution, b.total("parameters"), b.total("flops")) for b in blocks]
    [(8, 520, 32768)]
    """
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
