"""A training kept in the folder of its run while it goes on, so that it can be resumed.

A run's folder holds checkpoint/training_01, training_02, ... in the order in which a lesson plays
them. In each, kept.json names the last and the best checkpoint; it is replaced in one move, and
that move is the moment from which a checkpoint counts.
"""

import shutil
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from msgan_lessons.base import game_state, tensor_folder
from msgan_lessons.base.durable import write_sealed
from msgan_lessons.base.kept import FOLDER, FORMAT, KEPT, identity, keep_seconds, read_kept
from msgan_lessons.base.kept_rows import KeptRows
from msgan_lessons.base.record import current_run

__all__ = ["Keeper", "begun", "keeper"]

_begun: Counter[Path] = Counter()


class Keeper:
    """Keeps one training: its last checkpoint, its best, and all its rows.

    Parameters
    ----------
    folder : Path
        Of this training; made when something is kept.
    game : object
        As for `game_state.state`, with the attributes `steps` and `config`.
    seconds : float
        Shortest time between two checkpoints, >= 0; the best and the end are always kept.
    """

    def __init__(self, folder: Path, game: object, seconds: float) -> None:
        self.folder, self.game, self.seconds = folder, game, seconds
        self.rows = KeptRows(folder)
        self.kept = {"format": FORMAT, "identity": identity(game), "last": None, "best": None}
        self._at = 0.0

    def resume(self) -> list[dict]:
        """Bring the game to its last checkpoint, if there is one.

        Returns
        -------
        list of dict
            The rows up to there.

        Raises
        ------
        ValueError
            If what is kept is damaged, of another version, or of a game with other settings.
        """
        kept = read_kept(self.folder)
        if kept is None:
            return []
        self._refuse(kept["identity"])
        last = kept["last"]
        at = self.folder / last["folder"]
        description = tensor_folder.describe(at)
        names = [Path(file).stem for file in description["sha256"]]
        tensors = {name: tensor_folder.tensors(at, name) for name in names}
        rows = self.rows.read(last["rows"])
        game_state.restore(self.game, tensors, description["numbers"])
        self.kept, self._at = kept, last["seconds"]
        return rows

    def see(self, row: Mapping, *, over: bool = False, score: float | None = None) -> None:
        """Take notice of a step, and keep the game where it is due.

        Parameters
        ----------
        row : mapping
            As `rows.played` yields it, with 'seconds'.
        over : bool
            Whether this is the last step.
        score : float, optional
            How good G is now; lower is better.

        Raises
        ------
        OSError
            If the disk is full; the checkpoint before stays whole.
        """
        self.rows.add(row)
        best = self.kept["best"]
        better = score is not None and (best is None or score < best["score"])
        due = row["seconds"] - self._at >= self.seconds
        if over or better or due:
            self._keep(row, {"score": score} if better else None, over)

    def where(self) -> str:
        """Name the last good checkpoint, in a part of a sentence.

        Returns
        -------
        str
        """
        last = self.kept["last"]
        if last is None:
            return "no checkpoint had been kept yet"
        place = f"{FOLDER}/{self.folder.name}/{last['folder']}"
        return f"the last good checkpoint is of step {last['step']}, in {place}"

    def _keep(self, row: Mapping, best: dict | None, over: bool) -> None:
        processes = getattr(self.game, "processes", None)
        if processes is not None and not processes.is_main:
            return
        tensors, numbers = game_state.state(self.game)
        if not _finite(tensors):
            return  # the step that made it so is refused when its loss is seen
        name = f"step_{self.game.steps:08d}"
        self.folder.mkdir(parents=True, exist_ok=True)
        facts = {"numbers": numbers, "config": self.game.config.as_dict(), **self.kept["identity"]}
        tensor_folder.save_tensors(self.folder / name, tensors, facts)
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


def keeper(game: object) -> Keeper | None:
    """Return what keeps the training that is about to begin.

    Parameters
    ----------
    game : object
        As for `Keeper`.

    Returns
    -------
    Keeper or None
        None outside a run's folder, or for a game without `steps` and `config`.
    """
    folder = current_run().folder
    if folder is None or not (hasattr(game, "steps") and hasattr(game, "config")):
        return None
    _begun[folder] += 1
    return Keeper(begun(), game, keep_seconds())


def begun() -> Path | None:
    """Return the folder of the training that began last.

    Returns
    -------
    Path or None
        None outside a run's folder. It may not exist yet; training_00 before the first one.
    """
    folder = current_run().folder
    return folder and folder / FOLDER / f"training_{_begun[folder]:02d}"


def _finite(tensors: Mapping[str, Mapping[str, Tensor]]) -> bool:
    every = (t for members in tensors.values() for t in members.values())
    return all(bool(t.isfinite().all()) for t in every)
