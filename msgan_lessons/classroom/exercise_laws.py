"""Laws that several exercises share: what must hold of an answer on any numbers."""

import copy
from collections.abc import Callable

import torch

from msgan_lessons.classroom.exercise_values import same

__all__ = ["agrees", "gives_shape", "gradient_reaches"]

Law = Callable[[Callable], bool]


def gradient_reaches(*case: object) -> Law:
    """Ask that a gradient reaches every tensor among the arguments.

    Parameters
    ----------
    *case : object
        Arguments.

    Returns
    -------
    callable
        The law: false where .item(), .tolist(), .detach() or NumPy cut the graph.

    Examples
    --------
    >>> gradient_reaches(torch.ones(3))(lambda x: x.detach().mean())
    False
    """

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
    """Ask for a tensor of a shape, or a number where the shape is ().

    Parameters
    ----------
    shape : tuple of int
        What must come out.
    *case : object
        Arguments.

    Returns
    -------
    callable
        The law.

    Examples
    --------
    >>> gives_shape((), torch.ones(3))(lambda x: x.mean())
    True
    """

    def law(answer: Callable) -> bool:
        return torch.as_tensor(answer(*copy.deepcopy(case))).shape == torch.Size(shape)

    return law


def agrees(case: tuple, other: tuple) -> Law:
    """Ask that two sets of arguments give the same: a symmetry.

    Parameters
    ----------
    case, other : tuple
        Arguments.

    Returns
    -------
    callable
        The law.

    Examples
    --------
    >>> agrees((1, 2), (2, 1))(lambda a, b: a * b)
    True
    """

    def law(answer: Callable) -> bool:
        return same(answer(*copy.deepcopy(case)), answer(*copy.deepcopy(other)))

    return law
