"""The roofline of this machine, and where each layer stands under it (lesson 14_efficiency)."""

import copy
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from msgan_lessons.base.checks import check_least, check_positive
from msgan_lessons.blocks import MinibatchStddev
from msgan_lessons.lessons.l14_efficiency.costs import NUMBER, Block, Layer, tracing
from msgan_lessons.pyramid import bilinear_upsample

Step = Callable[[], object]


def seconds_a_call(step: Step, calls: int = 1) -> float:
    """Seconds a call of a step, over several in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        step()
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / calls


def repeated(call: Step, repeats: int) -> list[float]:
    """Seconds of a call, several times, after one call to warm up."""
    check_least(1, repeats=repeats)
    seconds_a_call(call)
    return [seconds_a_call(call) for _ in range(repeats)]


def time_interleaved(
    players: Mapping[str, Step], *, rounds: int = 5, calls: int = 4
) -> dict[str, list[float]]:
    """Time steps in turn, A B A B, so that a disturbance of the machine meets all alike.

    Parameters
    ----------
    players : mapping
        Name to a step, a callable without arguments, called once before it counts; becomes name to
        seconds a step, one entry a round.
    rounds : int
        Turns of each, at least 1.
    calls : int
        Steps in a turn, at least 1.

    Raises
    ------
    ValueError
        If `rounds` or `calls` is below 1.

    Examples
    --------
    >>> found = time_interleaved({"a": lambda: None, "b": lambda: None}, rounds=3, calls=1)
    >>> [len(seconds) for seconds in found.values()]
    [3, 3]
    """
    for name, value in (("rounds", rounds), ("calls", calls)):
        if value < 1:
            raise ValueError(f"{name} must be an int of at least 1, got {value!r}.")
    for step in players.values():
        seconds_a_call(step, 1)
    turns = [[seconds_a_call(step, calls) for step in players.values()] for _ in range(rounds)]
    return {
        name: list(column) for name, column in zip(players, zip(*turns, strict=True), strict=True)
    }


def speed_up(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """Times faster, round by round, as neighbours in time see one machine: median, min, max."""
    if not before or len(before) != len(after):
        raise ValueError(
            f"before and after must have one entry a round, got {len(before)} and {len(after)}."
        )
    ratios = [a / b for a, b in zip(before, after, strict=True)]
    return statistics.median(ratios), min(ratios), max(ratios)


VERDICTS = ("memory", "compute", "neither")
WORK = {  # side of the matrices, numbers in a long and in a short vector
    "cpu": (384, 2**23, 2**14),
    "cuda": (4096, 2**26, 2**20),
}
FAR = 0.2  # below this share of the roof, neither memory nor arithmetic is what is waited for


@dataclass(frozen=True)
class Roofline:
    """Formula (42): min(peak, bandwidth * F / Q) (Williams et al. 2009); cache slope: ours."""

    peak: float  # pi, floating-point operations a second, > 0
    bandwidth: float  # beta of the main memory, bytes a second, > 0
    cache_bandwidth: float  # the same for what fits into the cache, > 0

    def __post_init__(self) -> None:
        check_positive(**vars(self))

    @property
    def ridge(self) -> float:
        """Intensity from which the arithmetic is the limit, operations a byte of main memory."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: float, cached: bool = False) -> float:
        """Operations a second at most, formula (42), at so many operations a byte."""
        return min(self.peak, (self.cache_bandwidth if cached else self.bandwidth) * intensity)

    def seconds(self, flops: float, moved: float, cached: bool = False) -> float:
        """Shortest time for so many operations on so many bytes: the longer of both."""
        beta = self.cache_bandwidth if cached else self.bandwidth
        return max(flops / self.peak, moved / beta)


@dataclass(frozen=True)
class LayerTiming:
    """One layer under the roof."""

    network: str  # 'G' or 'D'
    kind: str  # such as 'batch norm'
    resolution: int  # its scale
    flops: float  # operations
    moved: float  # bytes that must move: what enters, the weights, what leaves
    seconds: float  # measured, forward

    @property
    def intensity(self) -> float:
        """Operations a byte, I."""
        return self.flops / self.moved

    @property
    def attained(self) -> float:
        """Operations a second."""
        return self.flops / self.seconds

    def verdict(self, roof: Roofline) -> str:
        """Say what the layer waits for: one of `VERDICTS`."""
        if self.attained < FAR * roof.attainable(self.intensity):
            return "neither"  # the cost of the call, or a kernel that does not suit these shapes
        return "memory" if self.intensity < roof.ridge else "compute"


def measure_roof(device: str | torch.device = "cpu", repeats: int = 100) -> Roofline:
    """Measure peak and bandwidths in float32.

    The peak is that of a product of two square matrices; a bandwidth that of a sum of two vectors,
    long ones for the memory, short ones for the cache: McCalpin's triad a = b + s c (1995, STREAM),
    which reads two numbers and writes one.

    Parameters
    ----------
    device : str or torch.device
        Where.
    repeats : int
        At least 1; the fastest one counts: a roof is what can be reached, not what is usual.
    """
    size, far, near = WORK.get(torch.device(device).type, WORK["cpu"])
    a, b = torch.randn(2, size, size, device=device)
    product = torch.empty_like(a)
    matmul = min(repeated(lambda: torch.mm(a, b, out=product), repeats))
    rates = (_triad(count, device, repeats) for count in (far, near))
    return Roofline(2 * size**3 / matmul, *rates)


def _triad(count: int, device: str | torch.device, repeats: int) -> float:
    """Bytes a second of a = b + 2 c."""
    b, c = torch.ones(2, count, device=device)
    a = torch.empty_like(b)
    seconds = min(repeated(lambda: torch.add(b, c, alpha=2.0, out=a), repeats))
    return 3 * NUMBER * count / seconds


KINDS = {
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "transposed convolution",
    nn.BatchNorm2d: "batch norm",
    nn.ReLU: "activation",
    nn.LeakyReLU: "activation",
    MinibatchStddev: "minibatch stddev",
}
BILINEAR = 7  # operations for each number that leaves: four products, three sums


def layer_points(label: str, blocks: Sequence[Block], repeats: int = 30) -> list[LayerTiming]:
    """Time every layer of traced blocks alone, forward; the fastest of the repeats counts."""
    return [_point(label, b.resolution, layer, repeats) for b in blocks for layer in b.layers]


def upsampling_points(blocks: Sequence[Block], repeats: int = 30) -> list[LayerTiming]:
    """Time bilinear upsampling of what enters each block that doubles the resolution."""
    found = []
    for block in blocks:
        x = block.given
        if block.layers[-1].shape[-1] == 2 * x.shape[-1] > 2:
            out = 4 * x.numel()
            seconds = _fastest(bilinear_upsample, x, repeats)
            size = NUMBER * (x.numel() + out)
            point = LayerTiming(
                "G", "bilinear upsampling", block.resolution, BILINEAR * out, size, seconds
            )
            found.append(point)
    return found


def layer_timings(
    generator: nn.Module, discriminator: nn.Module, z: Tensor, repeats: int = 30
) -> list[LayerTiming]:
    """Time every layer of G and of D alone, and bilinear upsampling beside G's own.

    Parameters
    ----------
    generator, discriminator : nn.Module
        A member of the family; copies of both are run.
    z : Tensor
        Shape (B, latent_dim).
    repeats : int
        The fastest one counts, as for `measure_roof`.
    """
    G, D = copy.deepcopy((generator, discriminator))
    with tracing(G) as drawn:
        fake = G(z)
    with tracing(D) as judged:
        D(fake)
    layers = layer_points("G", drawn, repeats) + layer_points("D", judged, repeats)
    return layers + upsampling_points(drawn, repeats)


def _point(label: str, resolution: int, layer: Layer, repeats: int) -> LayerTiming:
    seconds = _fastest(layer.module, layer.given, repeats)
    return LayerTiming(
        label, KINDS[type(layer.module)], resolution, layer.operations, layer.moved, seconds
    )


@torch.no_grad()
def _fastest(call: Callable, given: Tensor, repeats: int) -> float:
    return min(repeated(lambda: call(given), repeats))
