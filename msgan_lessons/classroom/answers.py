"""When two answers mean the same, and what must hold on any numbers: shapes, signs, gradients."""

import copy
from collections.abc import Callable, Sequence
from numbers import Number

import numpy as np
import torch


def answers_agree(a: object, b: object, relative: float = 1e-4) -> bool:
    """Tell whether two answers agree: numbers nearly, shapes exactly, words but for case."""
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        pairs = zip(a, b, strict=False)
        return len(a) == len(b) and all(answers_agree(x, y, relative) for x, y in pairs)
    if isinstance(a, str) or isinstance(b, str):
        return isinstance(a, str) and isinstance(b, str) and _word(a) == _word(b)
    if isinstance(a, bool) is not isinstance(b, bool):
        return False
    try:
        x, y = _numbers(a), _numbers(b)
        return x.shape == y.shape and torch.allclose(x, y, rtol=relative, atol=1e-6)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False


def is_nan(value: object) -> bool:
    """Tell whether there is a NaN in an answer."""
    if isinstance(value, list | tuple):
        return any(is_nan(x) for x in value)
    try:
        return bool(_numbers(value).isnan().any())
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False


def format_answer(value: object) -> str:
    """Write any answer in a few words, at most 60 characters."""
    if isinstance(value, torch.Tensor):
        if value.ndim == 0:
            return f"{value.item():.4g}"
        mean = f" with mean {float(value.detach().double().mean()):.4g}" if value.numel() else ""
        return f"a tensor of shape {tuple(value.shape)}{mean}"
    if isinstance(value, float | np.integer | np.floating):
        return f"{value:.6g}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # an object whose own text fails
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _numbers(value: object) -> torch.Tensor:
    """Return numbers as float64; what is none raises TypeError."""
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        return torch.as_tensor(value).detach().cpu().double()
    if isinstance(value, Number):
        return torch.tensor(float(value), dtype=torch.float64)
    if isinstance(value, Sequence) and all(isinstance(x, Number | torch.Tensor) for x in value):
        return torch.tensor([float(x) for x in value], dtype=torch.float64)
    if hasattr(value, "__float__"):
        return torch.tensor(float(value), dtype=torch.float64)
    raise TypeError(f"{type(value).__name__} is no number")


def _word(text: str) -> str:
    return " ".join(text.strip().strip("\"'.").lower().split())


Law = Callable[[Callable], bool]  # whether it holds of a student's function


def gradient_reaches(*case: object) -> Law:
    """Ask that a gradient reaches every tensor among the arguments; .item() and NumPy cut it."""

    def law(answer: Callable) -> bool:
        given = [
            x.clone().requires_grad_() if isinstance(x, torch.Tensor) else copy.deepcopy(x)
            for x in case
        ]
        result = answer(*given)
        if not isinstance(result, torch.Tensor) or not result.requires_grad:
            return False
        result.sum().backward()
        tensors = [x for x in given if isinstance(x, torch.Tensor)]
        return all(x.grad is not None and bool(x.grad.any()) for x in tensors)

    return law


def gives_shape(shape: tuple[int, ...], *case: object) -> Law:
    """Ask for a tensor of a shape, or a number where the shape is ()."""

    def law(answer: Callable) -> bool:
        return torch.as_tensor(answer(*copy.deepcopy(case))).shape == torch.Size(shape)

    return law


def agrees(case: tuple, other: tuple) -> Law:
    """Ask that two sets of arguments give the same: a symmetry."""

    def law(answer: Callable) -> bool:
        return answers_agree(answer(*copy.deepcopy(case)), answer(*copy.deepcopy(other)))

    return law
