"""A process for each contestant: it answers questions, so that two can take turns."""

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["ContestantError", "Desk", "Process", "serve"]


class ContestantError(RuntimeError):
    """The other process failed; the message is its error in one line."""


class Process:
    """Another Python that runs one function of this package and answers questions.

    Parameters
    ----------
    function : str
        'module:name' below `benchmarks`; called with a `Desk` and the arguments.
    environment : dict, optional
        Added to this process's variables.
    **arguments
        Plain values, handed over as JSON.

    Examples
    --------
    >>> with Process("process:echo", suffix="!") as process:
    ...     process.ask("hello")
    'hello!'
    """

    def __init__(self, function: str, environment: dict[str, str] | None = None, **arguments):
        command = [sys.executable, "-m", "benchmarks.process", function, json.dumps(arguments)]
        self._process = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[1],
            env=os.environ | (environment or {}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, question: Any = None) -> Any:
        """Send a question and wait for the answer.

        Parameters
        ----------
        question
            Plain value.

        Returns
        -------
        Plain value.

        Raises
        ------
        ContestantError
            If the function failed, or its process died.
        """
        with contextlib.suppress(BrokenPipeError):  # it ended, and said why in its last line
            print(json.dumps(question), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise ContestantError(f"the process ended with status {self._process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise ContestantError(reply["error"])
        return reply["answer"]

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.kill()
        self._process.communicate()


class Desk:
    """Where a contestant receives questions and hands in answers; one line of JSON each."""

    def __init__(self) -> None:
        self._out, sys.stdout = sys.stdout, sys.stderr  # what a trainer prints is no answer

    def __iter__(self) -> Iterator[Any]:
        for line in sys.stdin:
            yield json.loads(line)

    def answer(self, value: Any) -> None:
        """Hand in a plain value."""
        print(json.dumps({"answer": value}), file=self._out, flush=True)

    def fail(self, error: Exception) -> None:
        """Report an error in one line."""
        text = " ".join(str(error).split())
        print(json.dumps({"error": f"{type(error).__name__}: {text}"}), file=self._out, flush=True)


def echo(desk: Desk, suffix: str = "") -> None:
    """Answer each question with itself: the smallest contestant."""
    for question in desk:
        desk.answer(f"{question}{suffix}")


def serve() -> None:
    """Run the function named on the command line in this process."""
    desk = Desk()
    try:
        module, _, name = sys.argv[1].partition(":")
        function = getattr(importlib.import_module(f"benchmarks.{module}"), name)
        function(desk, **json.loads(sys.argv[2]))
    except Exception as error:
        desk.fail(error)


if __name__ == "__main__":
    serve()
