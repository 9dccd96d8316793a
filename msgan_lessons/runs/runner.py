"""One lesson from start to end: a kernel, its cells, its files; the only module with papermill."""

import json
import logging
import os
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from msgan_lessons.base.record import PARAMS
from msgan_lessons.runs.folder import RunFolder, find_run
from msgan_lessons.runs.html import export_html
from msgan_lessons.runs.lessons import Request
from msgan_lessons.runs.parameters import BUDGETS

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 300  # characters of a cause


def failure_note(cell: int | None, source: str, cause: str) -> dict:
    """Return 'cell' (0 where there is none), 'line' (the first of code) and 'cause' (one line)."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    code = [line for line in lines if not line.startswith(("#", "%"))]
    first = next(iter(code or lines), "")
    words = " ".join(COLOURS.sub("", cause).split())
    return {"cell": cell or 0, "line": first, "cause": words[:LONGEST] or "no reason given"}


def last_started(notebook: nbformat.NotebookNode) -> int | None:
    """Return the index of the cell that papermill started last; None where it started none."""
    notes = [cell.metadata.get("papermill", {}) for cell in notebook.cells]
    return max((i for i, note in enumerate(notes) if note.get("start_time")), default=None)


def strip_metadata(notebook: Path) -> None:
    """Drop this machine's paths and the state of widgets that no one can touch."""
    content = nbformat.read(notebook, 4)
    for key in ("input_path", "output_path", "environment_variables"):
        content.metadata.get("papermill", {}).pop(key, None)
    content.metadata.pop("widgets", None)
    nbformat.write(content, notebook)


START_SECONDS = 120  # a cold disk is slow to import


class KernelStartError(RuntimeError):
    """The kernel did not start: no cell has run yet."""


class LessonEngine(Engine):
    """Papermill's own engine, with an environment and a log file for the kernel."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, env, log, cell_seconds, **_ignored):
        """Run all cells; papermill calls this."""
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            timeout=cell_seconds,
            startup_timeout=START_SECONDS,
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],  # no warning about TCP
            log=logging.getLogger("papermill"),
        )
        try:
            client.execute(env=env, stderr=log)
        except Exception as error:
            if last_started(nb_man.nb) is None:
                raise KernelStartError(f"the kernel did not start: {error}") from error
            raise


ENGINE = "msgan"
KERNEL_LOG = "kernel.log"
DIED = "the kernel died: out of memory, or ended from outside"


@dataclass(frozen=True)
class Outcome:
    """How a lesson ended."""

    lesson: str
    seconds: float  # wall time
    folder: Path  # the run; named LESSON.failed where it failed
    failure: dict  # 'cell', 'line' and 'cause'; empty where the lesson is done
    skipped: bool = False  # whether it had been finished before, and nothing was run

    @property
    def done(self) -> bool:
        """Whether every cell ran."""
        return not self.failure


def run_lesson(request: Request, out: Path, *, bar: bool = False, resume: bool = False) -> Outcome:
    """Run a lesson and leave its folder; an older finished run stays until this one is complete."""
    folder = find_run(out, request) if resume else RunFolder.begin(out, request)
    if isinstance(folder, Path):
        return Outcome(request.lesson.name, 0.0, folder, {}, skipped=True)
    try:
        return _run(request, folder, bar)
    finally:
        folder.slot.free()


def _run(request: Request, folder: RunFolder, bar: bool) -> Outcome:
    notebook = folder.partial / request.lesson.path.name
    start = time.monotonic()
    try:
        failure = _execute(request, notebook, bar)
        export_failure = _export(notebook) if notebook.exists() else {}
    except KeyboardInterrupt:
        folder.stop()
        raise
    failure, seconds = failure or export_failure, time.monotonic() - start
    log = folder.partial / KERNEL_LOG
    if not failure or not log.stat().st_size:
        log.unlink()
    place = folder.fail(seconds, failure) if failure else folder.finish(seconds)
    return Outcome(request.lesson.name, seconds, place, failure)


def kernel_environment(request: Request, folder: Path) -> dict[str, str]:
    """Return the environment in which a lesson's kernel runs."""
    preset = {"MSGAN_PRESET": request.preset} if request.preset else {}
    asked = {"MSGAN_TRACE": "1" if request.trace else "0", **preset}
    own = {"MSGAN_RUN_DIR": str(folder), "MSGAN_HEADLESS": "1", **asked}
    threads = json.loads((folder / PARAMS).read_text("utf-8"))["threads"]
    return {**os.environ, "OMP_NUM_THREADS": threads, **own}


def _execute(request: Request, notebook: Path, bar: bool) -> dict:
    """Run all cells; return what failed, or nothing. A kernel that fails to start is retried."""
    # two kernels that start at once may be given the same port (papermill issue 511)
    for attempt in (1, 2):
        try:
            _papermill(request, notebook, bar)
            return {}
        except PapermillExecutionError as error:
            cause = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
            return failure_note(error.exec_count, error.source, cause)
        except KernelStartError as error:
            if attempt == 2:
                return failure_note(0, "", f"{error}; 'msgan doctor' says what is missing")
        except (RuntimeError, TimeoutError) as error:  # the kernel died, or a cell hung
            cells = nbformat.read(notebook, 4).cells
            cell = last_started(nbformat.from_dict({"cells": cells}))
            number = sum(c.cell_type == "code" for c in cells[: cell + 1])
            cause = str(error).replace("Kernel died", DIED)
            return failure_note(number, cells[cell].source, cause)
    raise AssertionError("unreachable")


def _export(notebook: Path) -> dict:
    """Tidy the notebook and write its HTML; return what failed, or nothing."""
    strip_metadata(notebook)
    try:
        export_html(notebook, notebook.with_suffix(".html"))
    except OSError:
        raise  # the disk, not the lesson
    except Exception as error:  # a broken attachment, a template that is missing
        return failure_note(0, "", f"its HTML could not be written: {error}")
    return {}


def _papermill(request: Request, notebook: Path, bar: bool) -> None:
    papermill_engines.register(ENGINE, LessonEngine)
    logging.getLogger("papermill").propagate = False  # what it says is said here in our words
    logging.getLogger("papermill").addHandler(logging.NullHandler())
    name = request.lesson.name
    shown = {"desc": name, "file": sys.stderr, "leave": False, "dynamic_ncols": True}
    lab_steps = int(request.parameters.get("lab_steps") or 0)
    seconds = max(
        lab_steps,  # one second each, on a slow machine
        float(request.parameters.get("max_seconds") or 0),
        *(b.max_seconds for b in BUDGETS.values()),
    )
    with (notebook.parent / KERNEL_LOG).open("wb") as log:
        papermill.execute_notebook(
            _literal(request.lesson.path.absolute()),
            _literal(notebook),
            parameters=request.given,
            engine_name=ENGINE,
            kernel_name="python3",
            progress_bar=shown if bar else False,
            cwd=str(request.lesson.path.parent.absolute()),
            env=kernel_environment(request, notebook.parent),
            log=log,
            cell_seconds=int(900 + 2 * seconds),  # far above any training cell: a guard alone
        )


def _literal(path: Path) -> str:
    """Papermill takes braces in a path for places to fill in."""
    return str(path).replace("{", "{{").replace("}", "}}")
