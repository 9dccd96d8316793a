"""The convolutions of a step by themselves: recorded in a real step, then replayed alone."""

import itertools
import statistics
import time
from collections import Counter
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["Recorder", "bare_seconds", "replays"]

FORWARD = torch.ops.aten.convolution.default
BACKWARD = torch.ops.aten.convolution_backward.default
Signature = tuple[Callable, tuple]
LAYOUTS = (torch.contiguous_format, torch.channels_last)


class Recorder(TorchDispatchMode):
    """Notes every convolution that runs inside its `with`, forward and backward, any direction.

    What is noted is what the kernel is given: shapes, strides (so the memory format), stride,
    padding, and which of the gradients (input, weight, bias) are wanted.

    Examples
    --------
    >>> layer = torch.nn.Conv2d(1, 2, 3)
    >>> with Recorder() as recorder:
    ...     layer(torch.zeros(4, 1, 8, 8)).sum().backward()
    >>> recorder.forward, recorder.backward
    (1, 1)
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[Signature] = Counter()

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        if operator in (FORWARD, BACKWARD):
            self.calls[operator, tuple(_noted(argument) for argument in args)] += 1
        return operator(*args, **(kwargs or {}))

    @property
    def forward(self) -> int:
        """Convolutions computed."""
        return sum(n for (operator, _), n in self.calls.items() if operator is FORWARD)

    @property
    def backward(self) -> int:
        """Convolutions differentiated: one call for all gradients of a convolution."""
        return sum(n for (operator, _), n in self.calls.items() if operator is BACKWARD)


class Shape(tuple):
    """Sizes and strides of a tensor that was seen."""

    __slots__ = ()


def replays(
    recorder: Recorder, layout: torch.memory_format | None = None
) -> list[tuple[Callable[[], object], int]]:
    """Make every recorded call repeatable on tensors of its own.

    Parameters
    ----------
    recorder : Recorder
        After a step.
    layout : torch.memory_format, optional
        Lay all images and weights out like this; as they were where it is missing.

    Returns
    -------
    list of tuple
        A function without arguments, and how often the step made that call.
    """
    found = []
    for (operator, noted), count in recorder.calls.items():
        arguments = [_tensor(x, layout) if isinstance(x, Shape) else x for x in noted]
        found.append((lambda op=operator, args=arguments: op(*args), count))
    return found


def bare_seconds(calls: list[tuple[Callable[[], object], int]], repeats: int = 20) -> list[float]:
    """Time each call alone: the median of several repeats, times how often the step makes it.

    Parameters
    ----------
    calls : list of tuple
        As `replays` returned them.
    repeats : int
        Of each call, one after the other.

    Returns
    -------
    list of float
        Seconds, in the order of `calls`; their sum is what the convolutions of a step must cost.
    """
    return [count * _median(call, repeats) for call, count in calls]


def _median(call: Callable[[], object], repeats: int) -> float:
    call()
    moments = [time.perf_counter()]
    for _ in range(repeats):
        call()
        moments.append(time.perf_counter())
    return statistics.median(b - a for a, b in itertools.pairwise(moments))


def _noted(argument: object) -> object:
    if isinstance(argument, Tensor):
        return Shape((tuple(argument.shape), argument.stride()))
    return tuple(argument) if isinstance(argument, list) else argument


def _tensor(shape: Shape, layout: torch.memory_format | None) -> Tensor:
    tensor = torch.empty_strided(*shape).normal_()
    return tensor.contiguous(memory_format=layout) if layout and tensor.ndim == 4 else tensor
