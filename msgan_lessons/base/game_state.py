"""All that changes while a game is played, as tensors and plain numbers, and back again."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor, nn

from msgan_lessons.base.counted import CountedBatches
from msgan_lessons.base.repro import STREAMS, Streams

__all__ = ["restore", "state"]

GLOBAL = "torch's own random numbers"


def state(game: object) -> tuple[dict[str, dict[str, Tensor]], dict[str, object]]:
    """Copy the state of a game: every network, optimiser, random stream and counter it holds.

    What is kept is found by its kind, so a new game need not list its parts; what is told to a
    game and stays as it is (its settings, its data) is not kept.

    Parameters
    ----------
    game : object
        `game.Game`, `TaskGame` or a game of one's own: its attributes are looked at. A part with
        networks, streams or tensors of its own is looked at too where it is in a list.

    Returns
    -------
    tuple
        Tensors, grouped by the name of the part; plain values by name.

    Examples
    --------
    >>> class Tally:
    ...     steps, images = 3, [torch.ones(2)]
    >>> tally = Tally(); tally.steps, tally.images = 3, [torch.ones(2)]
    >>> tensors, numbers = state(tally)
    >>> numbers["steps"], sorted(tensors["images"])
    (3, ['0'])
    """
    tensors, numbers = {"random": {GLOBAL: torch.get_rng_state()}}, {}
    for name, part in _parts(game):
        if isinstance(part, nn.Module):
            tensors[name] = dict(part.state_dict())
        elif isinstance(part, torch.optim.Optimizer):
            tensors[name] = _moments(part)
            numbers[name] = [_rates(group) for group in part.param_groups]
        elif isinstance(part, Streams):
            tensors["random"] |= {f"{name}.{s}": part[s].get_state() for s in STREAMS}
        elif isinstance(part, torch.Generator):
            tensors["random"][name] = part.get_state()
        elif isinstance(part, CountedBatches):
            numbers[name] = [part.count, part.checksum]
        elif isinstance(part, list):
            tensors[name] = {str(k): tensor for k, tensor in enumerate(part)}
        else:
            numbers[name] = part
    return tensors, numbers


def restore(
    game: object, tensors: Mapping[str, Mapping[str, Tensor]], numbers: Mapping[str, object]
) -> None:
    """Bring a fresh game to a state, to the last bit.

    Parameters
    ----------
    game : object
        Built as the game was from which `state` took it; changed in place.
    tensors, numbers : mapping
        As `state` returned them.

    Raises
    ------
    ValueError
        If the game has other parts or sizes, or its data are not the same.
    """
    parts = dict(_parts(game))
    try:
        for name, part in parts.items():
            if isinstance(part, CountedBatches):
                part.skip(*numbers[name])  # before the streams are set: it draws from them
        for name, part in parts.items():
            _put(game, name, part, tensors, numbers)
    except (KeyError, RuntimeError, TypeError, IndexError) as error:
        raise ValueError(f"the checkpoint does not fit this game: {error}.") from error
    torch.set_rng_state(tensors["random"][GLOBAL])


def _put(game: object, name: str, part: object, tensors: Mapping, numbers: Mapping) -> None:
    if isinstance(part, nn.Module):
        part.load_state_dict(tensors[name])
    elif isinstance(part, torch.optim.Optimizer):
        _set_moments(part, tensors.get(name, {}))
        for group, rates in zip(part.param_groups, numbers[name], strict=True):
            group.update(lr=rates["lr"], betas=tuple(rates["betas"]))
    elif isinstance(part, Streams):
        for stream in STREAMS:
            part[stream].set_state(tensors["random"][f"{name}.{stream}"])
    elif isinstance(part, torch.Generator):
        part.set_state(tensors["random"][name])
    elif isinstance(part, list):
        kept = tensors.get(name, {})
        part[:] = [kept[str(k)] for k in range(len(kept))]
    elif not isinstance(part, CountedBatches):
        owner, _, attribute = name.rpartition(".")
        setattr(_owner(game, owner), attribute, numbers[name])


def _parts(owner: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Name and part, for all parts of a game that may change."""
    for attribute, part in vars(owner).items():
        name, part = f"{prefix}{attribute}", getattr(part, "optimizer", part)
        kinds = (nn.Module, torch.optim.Optimizer, Streams, torch.Generator, CountedBatches)
        counts = isinstance(part, int) and not isinstance(part, bool)
        if isinstance(part, kinds) or counts:
            yield name, part
        elif isinstance(part, list):
            if all(isinstance(one, Tensor) for one in part):
                yield name, part
            for k, one in enumerate(part):
                if hasattr(one, "__dict__") and not isinstance(one, Tensor):
                    yield from _parts(one, f"{name}.{k}.")


def _owner(game: object, path: str) -> object:
    for step in path.split(".") if path else ():
        game = game[int(step)] if isinstance(game, list) else getattr(game, step)
    return game


def _moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What an optimiser remembers of each parameter, by the number of the parameter."""
    return {
        f"{k}.{name}": value
        for k, parameter in enumerate(_parameters(optimizer))
        for name, value in optimizer.state.get(parameter, {}).items()
    }


def _set_moments(optimizer: torch.optim.Optimizer, kept: Mapping[str, Tensor]) -> None:
    """Put them back in the memory format of the parameter, as fused Adam needs them."""
    parameters = _parameters(optimizer)
    optimizer.state.clear()
    for key, value in kept.items():
        k, _, name = key.partition(".")
        parameter = parameters[int(k)]
        like = torch.empty_like(parameter) if value.shape == parameter.shape else value
        optimizer.state[parameter][name] = like.detach().copy_(value)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _rates(group: Mapping) -> dict:
    return {"lr": group["lr"], "betas": list(group["betas"])}
