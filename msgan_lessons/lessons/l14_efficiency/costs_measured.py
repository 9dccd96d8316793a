"""What a block costs as measured: torch's counter, kept tensors, seconds (lesson 14_efficiency)."""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from msgan_lessons.lessons.l14_efficiency.costs import Block
from msgan_lessons.lessons.l14_efficiency.costs_trace import tracing
from msgan_lessons.lessons.l14_efficiency.roofline import Roof
from msgan_lessons.lessons.l14_efficiency.stopwatch import repeated

__all__ = [
    "Measured", "counted_flops", "kept_numbers", "measure_blocks", "measure_pair", "predict_blocks",
]  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One block: what the formulas say, and what was measured.

    Parameters
    ----------
    network : str
        'G' or 'D'.
    name : str
        Of the block in its network.
    resolution : int
        Its scale.
    predicted : dict
        'parameters', 'flops' (forward), 'backward_flops', 'kept' (numbers) and 'seconds'
        (forward), by formula.
    measured : dict
        The same, counted and timed; and 'step_seconds' (forward and backward).
    """

    network: str
    name: str
    resolution: int
    predicted: dict[str, float]
    measured: dict[str, float]


def counted_flops(call: Callable[[], object]) -> int:
    """Floating-point operations of a call, as torch's counter has it.

    Parameters
    ----------
    call : callable
        Without arguments.

    Returns
    -------
    int
        Convolutions and matrix products, 2 for each multiply-add.

    Examples
    --------
    >>> layer, x = nn.Conv2d(3, 8, 3, padding=1), torch.zeros(1, 3, 4, 4)
    >>> counted_flops(lambda: layer(x))  # 2 * 3 * 3 * 3 * 8 * 4 * 4
    6912
    """
    with FlopCounterMode(display=False) as counter:
        call()
    return counter.get_total_flops()


def kept_numbers(network: nn.Module, *inputs: object) -> dict[str, int]:
    """Numbers that autograd keeps for backward, by block, parameters and buffers left out.

    Parameters
    ----------
    network : nn.Module
        Run once, forward.
    *inputs
        What it is called with.

    Returns
    -------
    dict
        Block, named as in `costs_trace.tracing`, to numbers; '' for what is kept between blocks.
        A tensor that several layers keep counts once, where it is kept first.
    """
    own = {x.untyped_storage().data_ptr() for x in (*network.parameters(), *network.buffers())}
    held, found = [], {}

    def pack(x: Tensor) -> Tensor:
        place = x.untyped_storage().data_ptr()
        if place not in own:
            own.add(place)
            name = "" if not blocks or blocks[-1].over else blocks[-1].name
            found[name] = found.get(name, 0) + x.numel()
        held.append(x)  # else another tensor might take its place
        return x

    with tracing(network) as blocks, saved_tensors_hooks(pack, lambda x: x):
        network(*inputs)
    return found


def predict_blocks(label: str, network: nn.Module, *inputs: object, roof: Roof) -> list[Measured]:
    """Say what the formulas say of each block; on torch's meta device nothing is computed.

    Parameters
    ----------
    label : str
        'G' or 'D'.
    network : nn.Module
        Called once.
    *inputs
        What it is called with.
    roof : Roof
        Of this machine, which predicts the time.

    Returns
    -------
    list of Measured
        In the order of the calls, with nothing in `measured`.
    """
    with tracing(network) as blocks:
        network(*inputs)
    return [Measured(label, b.name, b.resolution, _predicted(b, roof), {}) for b in blocks]


def measure_blocks(
    label: str, network: nn.Module, *inputs: object, roof: Roof, repeats: int = 30
) -> list[Measured]:
    """Set what the formulas say of each block beside what is counted and timed.

    Parameters
    ----------
    label : str
        'G' or 'D'.
    network : nn.Module
        In training mode; a copy of it is run.
    *inputs
        What it is called with.
    roof : Roof
        Of this machine, which predicts the time.
    repeats : int
        Timings of each block; the fastest counts, which is the least disturbed.

    Returns
    -------
    list of Measured
        In the order of the calls; each is counted and timed alone, on what it was given.
    """
    network = copy.deepcopy(network)
    kept = kept_numbers(network, *inputs)
    with tracing(network) as blocks:
        network(*inputs)
    return [
        Measured(label, b.name, b.resolution, _predicted(b, roof), _measured(b, kept, repeats))
        for b in blocks
    ]


def measure_pair(
    generator: nn.Module, discriminator: nn.Module, z: Tensor, *, roof: Roof, repeats: int = 30
) -> list[Measured]:
    """Measure the blocks of G on latents, and those of D on the images that G draws from them.

    Parameters
    ----------
    generator, discriminator : nn.Module
        Copies of both are run.
    z : Tensor
        Shape (B, latent_dim).
    roof, repeats
        As for `measure_blocks`.

    Returns
    -------
    list of Measured
        G's blocks, then D's.
    """
    found = measure_blocks("G", generator, z, roof=roof, repeats=repeats)
    with torch.no_grad():
        fake = copy.deepcopy(generator)(z)
    return found + measure_blocks("D", discriminator, fake, roof=roof, repeats=repeats)


def _predicted(block: Block, roof: Roof) -> dict[str, float]:
    """By formula; the time as the roof allows it, with every byte from the main memory."""
    found = {k: block.total(k) for k in ("parameters", "flops", "backward_flops", "kept")}
    return found | {"seconds": sum(roof.seconds(x.operations, x.moved) for x in block.layers)}


def _measured(block: Block, kept: dict[str, int], repeats: int) -> dict:
    """Count and time one block alone."""
    given = block.given.requires_grad_(block.layers[0].wants_input)
    wanted = [x for x in (given, *block.module.parameters()) if x.requires_grad]
    slope = torch.ones_like(block.module(given))

    def forward() -> Tensor:
        return block.module(given)

    def both() -> None:
        for x in wanted:
            x.grad = None  # else a sum would be timed too
        forward().backward(slope)

    def timed(call: Callable[[], object]) -> float:
        return min(repeated(call, repeats))

    flops = counted_flops(forward)
    return {
        "parameters": sum(p.numel() for p in block.module.parameters()),
        "flops": flops,
        "backward_flops": counted_flops(both) - flops,
        "kept": kept.get(block.name, 0),
        "seconds": timed(forward),
        "step_seconds": timed(both),
    }
