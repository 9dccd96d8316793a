"""What every metric asks of its arguments, and how they become float64 (lesson 16_evaluation)."""

import torch
from torch import Tensor


def check_count(value: int, name: str, lowest: int = 1, highest: int | None = None) -> int:
    """Return a count from `lowest` to `highest`, both included; `name` begins the error."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, got {type(value).__name__}.")
    if value < lowest or (highest is not None and value > highest):
        allowed = f"at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise ValueError(f"{name} must be {allowed}, got {value}.")
    return value


def check_rows(rows: Tensor, name: str, at_least: int = 1) -> Tensor:
    """Return finite rows (N, d), such as features, as float64 on the CPU, without a graph."""
    if not isinstance(rows, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(rows).__name__}.")
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"{name} must have shape (N, d), got {tuple(rows.shape)}.")
    if len(rows) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} rows, got {len(rows)}.")
    rows = rows.detach().to("cpu", torch.float64)
    if not rows.isfinite().all():
        raise ValueError(f"{name} must be finite, got {_worst(rows)}.")
    return rows


def check_pair(first: Tensor, second: Tensor, names: str, at_least: int = 1) -> list[Tensor]:
    """Return rows (N, d) and (M, d) as `check_rows` does; their two names have a space between."""
    pair = [
        check_rows(rows, name, at_least)
        for rows, name in zip((first, second), names.split(), strict=True)
    ]
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"{' and '.join(names.split())} must have the same number of features, "
            f"got {first.shape[1]} and {second.shape[1]}."
        )
    return pair


def check_images(images: Tensor, name: str, at_least: int = 1) -> Tensor:
    """Return finite images (N, C, H, W) on the CPU, without a graph, in their precision."""
    if not isinstance(images, Tensor):
        raise TypeError(f"{name} must be a torch.Tensor, got {type(images).__name__}.")
    if not images.is_floating_point():
        raise TypeError(f"{name} must be floats in [-1, 1], got {images.dtype}.")
    if images.ndim != 4:
        raise ValueError(f"{name} must have shape (N, C, H, W), got {tuple(images.shape)}.")
    if len(images) < at_least:
        raise ValueError(f"{name} must hold at least {at_least} images, got {len(images)}.")
    images = images.detach().cpu()
    if not images.isfinite().all():
        raise ValueError(f"{name} must be finite, got {_worst(images)}.")
    return images


def check_labels(labels: Tensor, n_classes: int) -> Tensor:
    """Return labels (N,), from 0 to n_classes - 1, as int64 on the CPU."""
    check_count(n_classes, "n_classes")
    if not isinstance(labels, Tensor) or labels.is_floating_point():
        kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"labels must be a tensor of integers, got {kind}.")
    if labels.ndim != 1 or len(labels) == 0:
        raise ValueError(f"labels must have shape (N,), N at least 1, got {tuple(labels.shape)}.")
    labels = labels.cpu().long()
    if labels.min() < 0 or labels.max() >= n_classes:
        got = f"{labels.min().item()} to {labels.max().item()}"
        raise ValueError(f"labels must lie from 0 to {n_classes - 1}, got {got}.")
    return labels


def _worst(values: Tensor) -> float:
    """One of the values that are not finite, for the error."""
    return values[~values.isfinite()][0].item()
