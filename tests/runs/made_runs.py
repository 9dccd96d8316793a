"""Run folders made up for the tests of tables and plots, and commands that make real ones."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from msgan_lessons.__main__ import main
from msgan_lessons.base.record import write_json


def make_run(folder, lesson="07_training", *, status="done", preset="smoke", metrics=None, **given):
    """Write a run's params.json and metrics.json."""
    failed = ".failed" if status == "failed" else ""
    run = folder / f"{lesson}{failed}"
    run.mkdir(parents=True)
    params = {"lesson": lesson, "preset": preset, "device": "cpu", "parameters": given}
    (run / "params.json").write_text(json.dumps(params))
    write_json(run / "metrics.json", {"status": status, "wall_seconds": 1.5, **(metrics or {})})
    return run


def make_sweep(folder, results, metric="frechet", **others):
    """Write one run for each (values, number) pair."""
    for i, (given, number) in enumerate(results):
        make_run(folder / f"point{i}", metrics={metric: number, **others}, **given)


def said(notebooks, *arguments, **environment):
    """Give a command in this process: its status, and what it says on both streams."""
    out, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MSGAN_NOTEBOOKS": str(notebooks), **environment}.items():
            patch.setenv(name, value)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            status = main([*map(str, arguments)])
    return status, out.getvalue(), errors.getvalue()


def start(notebooks, *arguments, **environment):
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "msgan_lessons", *map(str, arguments)],
        env={**os.environ, "MSGAN_NOTEBOOKS": str(notebooks), **environment}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs ignore it
    )  # fmt: skip


def wait_until(holds, seconds=300):
    """Wait until something holds; what it says."""
    end = time.monotonic() + seconds
    while not (result := holds()) and time.monotonic() < end:
        time.sleep(0.02)
    return result


def alive(pid):
    """Whether a process has not ended; a zombie has, whoever has not fetched it yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
