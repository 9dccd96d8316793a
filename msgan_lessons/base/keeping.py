"""A training kept in the folder of its run while it goes on, so that it can be resumed."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from msgan_lessons import __version__
from msgan_lessons.base import whole_files
from msgan_lessons.base.streams import STREAMS, CountedBatches, Streams
from msgan_lessons.base.whole_files import (
    NOTHING,
    ChainedLines,
    read_lines,
    read_sealed,
    write_sealed,
)

FOLDER, KEPT, ROWS, FORMAT = "checkpoint", "kept.json", "rows.jsonl", 2


def verify(run: Path) -> int:
    """Verify all checkpoints of a run before anything is changed; count the trainings with one."""
    count = 0
    for folder in sorted((run / FOLDER).glob("training_*")):
        kept = read_index(folder)
        for one in (kept["last"], kept["best"]) if kept else ():
            if one is not None:
                whole_files.describe(folder / one["folder"])
        if kept:
            read_lines(folder / ROWS, kept["last"]["rows"], beyond=True)
            count += 1
    for folder in (run / FOLDER).glob("training_*/seen_*"):
        if (folder / whole_files.INDEX).is_file():
            whole_files.describe(folder)
    return count


def read_index(folder: Path) -> dict | None:
    """Read kept.json of one training; None where nothing is kept yet."""
    try:
        kept = read_sealed(folder / KEPT)
    except FileNotFoundError:
        return None
    if kept.get("format") != FORMAT:
        raise ValueError(f"{folder} has format {kept.get('format')}, expected {FORMAT}.")
    return kept


def identity(game: object) -> dict[str, object]:
    """What must be the same for a resumed training to be the same training."""
    return {
        "game": type(game).__name__,
        "config": game.config.as_dict(),
        "msgan_lessons": __version__,
        "torch": str(torch.__version__),
        "device": str(getattr(game, "place", "cpu")),
        "threads": torch.get_num_threads(),
    }


def keep_seconds() -> float:
    """Return how many seconds lie between two checkpoints: MSGAN_KEEP_SECONDS, or 30."""
    text = os.environ.get("MSGAN_KEEP_SECONDS") or "30"
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise ValueError(f"MSGAN_KEEP_SECONDS must be a number of at least 0, got {text!r}.")
    return seconds


GLOBAL = "torch's own random numbers"


def state(game: object) -> tuple[dict[str, dict[str, Tensor]], dict[str, object]]:
    """Copy all that a game holds and changes, found by its kind: tensors by part, plain values."""
    tensors, numbers = {"random": {GLOBAL: torch.get_rng_state()}}, {}
    for name, part in _parts(game):
        if isinstance(part, nn.Module):
            tensors[name] = dict(part.state_dict())
        elif isinstance(part, torch.optim.Optimizer):
            tensors[name] = _moments(part)
            numbers[name] = [
                {"lr": group["lr"], "betas": list(group["betas"])} for group in part.param_groups
            ]
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
    """Bring a fresh game, built as the one that `state` copied, to its state, to the last bit."""
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


class Checkpointer:
    """Keeps one training: all rows, its best checkpoint, a last one every `seconds` or later."""

    def __init__(self, folder: Path, game: object, seconds: float) -> None:
        self.folder, self.game, self.seconds = folder, game, seconds
        self.rows = ChainedLines(folder / ROWS)
        self.kept = {"format": FORMAT, "identity": identity(game), "last": None, "best": None}
        self._at = 0.0

    def resume(self) -> list[dict]:
        """Bring the game to its last checkpoint, if there is one; return the rows up to there."""
        kept = read_index(self.folder)
        if kept is None:
            self.rows.go_on(NOTHING)
            return []
        self._refuse(kept["identity"])
        last = kept["last"]
        at = self.folder / last["folder"]
        description = whole_files.describe(at)
        names = [Path(file).stem for file in description["sha256"]]
        tensors = {name: whole_files.tensors(at, name) for name in names}
        rows = self.rows.go_on(last["rows"])
        restore(self.game, tensors, description["numbers"])
        self.kept, self._at = kept, last["seconds"]
        return rows

    def see(self, row: Mapping, *, over: bool = False, score: float | None = None) -> None:
        """Take a step's row, and keep the game where it is due; a lower score is better."""
        self.rows.hold(row)
        best = self.kept["best"]
        better = score is not None and (best is None or score < best["score"])
        due = row["seconds"] - self._at >= self.seconds
        if over or better or due:
            self._keep(row, {"score": score} if better else None, over)

    def where(self) -> str:
        """Name the last good checkpoint, in a part of a sentence."""
        last = self.kept["last"]
        if last is None:
            return "no checkpoint had been kept yet"
        place = f"{FOLDER}/{self.folder.name}/{last['folder']}"
        return f"the last good checkpoint is of step {last['step']}, in {place}"

    def _keep(self, row: Mapping, best: dict | None, over: bool) -> None:
        processes = getattr(self.game, "processes", None)
        if processes is not None and not processes.is_main:
            return
        tensors, numbers = state(self.game)
        if not _finite(tensors):
            return  # the step that made it so is refused when its loss is seen
        name = f"step_{self.game.steps:08d}"
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = {"numbers": numbers, "config": self.game.config.as_dict(), **self.kept["identity"]}
        whole_files.save_tensors(self.folder / name, tensors, facts)
        about = {"folder": name, "step": self.game.steps, "seconds": row["seconds"]}
        self.kept["last"] = {**about, "rows": self.rows.flush()}
        if best is not None:
            self.kept["best"] = {**about, **best}
        self.kept["over"] = over
        write_sealed(self.folder / KEPT, self.kept)
        self._at = row["seconds"]
        named = {kept["folder"] for kept in (self.kept["last"], self.kept["best"]) if kept}
        for path in self.folder.glob("step_*"):
            if path.name not in named:
                shutil.rmtree(path, ignore_errors=True)

    def _refuse(self, found: Mapping) -> None:
        for name, now in self.kept["identity"].items():
            if found.get(name) != now:
                raise ValueError(
                    f"{self.folder} was kept with {name}={found.get(name)!r}, and here {name} is "
                    f"{now!r}: the result would not be the same; start anew in another folder."
                )


def _finite(tensors: Mapping[str, Mapping[str, Tensor]]) -> bool:
    every = (t for members in tensors.values() for t in members.values())
    return all(bool(t.isfinite().all()) for t in every)
