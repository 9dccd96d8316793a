"""The roofline of this machine: how fast it can be, by operations a byte (lesson 14_efficiency)."""

from dataclasses import dataclass

import torch

from msgan_lessons.lessons.l14_efficiency.costs import NUMBER
from msgan_lessons.lessons.l14_efficiency.stopwatch import repeated

__all__ = ["VERDICTS", "Point", "Roof", "measure_roof"]

VERDICTS = ("memory", "compute", "neither")
WORK = {  # side of the matrices, numbers in a long and in a short vector
    "cpu": (384, 2**23, 2**14),
    "cuda": (4096, 2**26, 2**20),
}
FAR = 0.2  # below this share of the roof, neither memory nor arithmetic is what is waited for


@dataclass(frozen=True)
class Roof:
    r"""How fast a machine can be at the most, by how much it computes for each byte.

    .. math:: \Phi(I) = \min(\pi,\ \beta I), \qquad I = F / Q \tag{42}

    Parameters
    ----------
    peak : float
        pi, floating-point operations a second, > 0.
    bandwidth : float
        beta of the main memory, bytes a second, > 0.
    cache_bandwidth : float
        The same for what fits into the cache, > 0.

    Raises
    ------
    ValueError
        If one is not positive.

    References
    ----------
    Williams, Waterman and Patterson 2009. They draw one bandwidth, that of the memory; the second
    slope, for data that stay in the cache between two layers, is ours to draw.

    Examples
    --------
    >>> roof = Roof(peak=100e9, bandwidth=10e9, cache_bandwidth=50e9)
    >>> roof.attainable(4) / 1e9, roof.attainable(40) / 1e9, roof.ridge
    (40.0, 100.0, 10.0)
    """

    peak: float
    bandwidth: float
    cache_bandwidth: float

    def __post_init__(self) -> None:
        for name in ("peak", "bandwidth", "cache_bandwidth"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be > 0, got {getattr(self, name)!r}.")

    @property
    def ridge(self) -> float:
        """Intensity from which the arithmetic is the limit, operations a byte of main memory."""
        return self.peak / self.bandwidth

    def attainable(self, intensity: float, cached: bool = False) -> float:
        """Operations a second at most, formula (42).

        Parameters
        ----------
        intensity : float
            Operations a byte.
        cached : bool
            Whether the bytes come from the cache.

        Returns
        -------
        float
        """
        return min(self.peak, (self.cache_bandwidth if cached else self.bandwidth) * intensity)

    def seconds(self, flops: float, moved: float, cached: bool = False) -> float:
        """Shortest time for so many operations on so many bytes.

        Parameters
        ----------
        flops, moved : float
            Operations; bytes.
        cached : bool
            As for `attainable`.

        Returns
        -------
        float
            The longer one of computing and of moving.
        """
        beta = self.cache_bandwidth if cached else self.bandwidth
        return max(flops / self.peak, moved / beta)


@dataclass(frozen=True)
class Point:
    """One layer under the roof.

    Parameters
    ----------
    network, kind : str
        'G' or 'D'; such as 'batch norm'.
    resolution : int
        Its scale.
    flops, moved : float
        Operations, and bytes that must move: what enters, the weights, what leaves.
    seconds : float
        Measured, forward.
    """

    network: str
    kind: str
    resolution: int
    flops: float
    moved: float
    seconds: float

    @property
    def intensity(self) -> float:
        """Operations a byte, I."""
        return self.flops / self.moved

    @property
    def attained(self) -> float:
        """Operations a second."""
        return self.flops / self.seconds

    def verdict(self, roof: Roof) -> str:
        """Say what the layer waits for.

        Parameters
        ----------
        roof : Roof
            Of the machine that it was timed on.

        Returns
        -------
        str
            'neither' where it reaches less than a fifth of the roof of the memory (what is left
            is the cost of the call, or a kernel that does not suit these shapes); else 'memory'
            left of the ridge, 'compute' right of it.
        """
        if self.attained < FAR * roof.attainable(self.intensity):
            return "neither"
        return "memory" if self.intensity < roof.ridge else "compute"


def measure_roof(device: str | torch.device = "cpu", repeats: int = 100) -> Roof:
    """Measure peak and bandwidths in float32.

    The peak is that of a product of two square matrices; a bandwidth that of a sum of two vectors
    (a triad), long ones for the memory, short ones for the cache.

    Parameters
    ----------
    device : str or torch.device
        Where.
    repeats : int
        The fastest one counts: a roof is what can be reached, not what is usual.

    Returns
    -------
    Roof

    Raises
    ------
    ValueError
        If `repeats` is below 1.

    References
    ----------
    McCalpin 1995 (STREAM): the triad a = b + s c reads two numbers and writes one.
    """
    size, far, near = WORK.get(torch.device(device).type, WORK["cpu"])
    a, b = torch.randn(2, size, size, device=device)
    product = torch.empty_like(a)
    matmul = min(repeated(lambda: torch.mm(a, b, out=product), repeats))
    rates = (_triad(count, device, repeats) for count in (far, near))
    return Roof(2 * size**3 / matmul, *rates)


def _triad(count: int, device: str | torch.device, repeats: int) -> float:
    """Bytes a second of a = b + 2 c."""
    b, c = torch.ones(2, count, device=device)
    a = torch.empty_like(b)
    seconds = min(repeated(lambda: torch.add(b, c, alpha=2.0, out=a), repeats))
    return 3 * NUMBER * count / seconds
