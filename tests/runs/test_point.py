"""One point, as a worker runs it."""

import os
import subprocess
import sys

import psutil
import pytest
from tiny_lessons import write_lesson

from msgan_lessons.runs import sweep
from msgan_lessons.runs.folder import Slot
from msgan_lessons.runs.lessons import Request, read_lesson
from msgan_lessons.runs.runner import Outcome
from msgan_lessons.runs.sweep import PointFailedError, end_orphans, run_point


@pytest.fixture
def request_(tmp_path):
    return Request(read_lesson(write_lesson(tmp_path / "nb", "01_good")), {})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in (*sweep.THREADS, "CUDA_VISIBLE_DEVICES"):
        monkeypatch.setenv(name, "1")  # run_point sets them; this undoes it
    (tmp_path / "s/p").mkdir(parents=True)
    (tmp_path / "s/sweep.json").touch()
    return tmp_path / "s/p"


def sleeper(folder):
    env = {**os.environ, "MSGAN_RUN_DIR": str(folder / ".01_good.0a1b2c3d.partial")}
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=env)


def test_kernels_that_outlived_their_worker_are_ended_and_no_others(folder):
    with sleeper(folder) as orphan, sleeper(folder.parent / "q") as other:
        assert end_orphans(folder, "01_good") == 1
        assert not psutil.pid_exists(orphan.pid)
        assert other.poll() is None
        other.kill()


def test_where_another_process_runs_the_lesson_nothing_is_ended(folder):
    slot = Slot(folder, "01_good")
    assert slot.take()
    with sleeper(folder) as kernel:
        assert end_orphans(folder, "01_good") == 0
        assert kernel.poll() is None
        kernel.kill()
    slot.free()


def outcomes(monkeypatch, *results):
    """Stand in for run_lesson; return what it was told."""
    told, left = [], list(results)

    def run_lesson(request, folder, resume=False):
        told.append(resume)
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return Outcome("01_good", 3.0, folder, result)

    monkeypatch.setattr(sweep, "run_lesson", run_lesson)
    return told


def test_the_threads_and_the_gpu_are_set_and_what_cannot_be_continued_starts_anew(
    folder, request_, monkeypatch
):
    told = outcomes(monkeypatch, ValueError("threads was '1', asked for '2'"), {})
    assert run_point(request_, folder, threads=3, gpu="2") == 3.0
    assert [os.environ[name] for name in sweep.THREADS] == ["3"] * 3
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "2"
    assert told == [True, False]
    (folder / "01_good").mkdir()
    told = outcomes(monkeypatch, ValueError("the lesson's cells have changed since"))
    with pytest.raises(ValueError, match="cells have changed"):  # it is another run
        run_point(request_, folder, threads=1)
    assert told == [True]


def test_a_failure_is_raised_with_its_cell_and_cause(folder, request_, monkeypatch):
    outcomes(monkeypatch, {"cell": 4, "line": "x", "cause": "ValueError: no."})
    with pytest.raises(PointFailedError, match=r"^in cell 4: ValueError: no$"):
        run_point(request_, folder, threads=1)


def test_a_worker_that_does_not_see_the_folder_says_so(folder, request_):
    with pytest.raises(PointFailedError, match=r"does not see .*; a sweep's folder must lie on"):
        run_point(request_, folder.parent / "elsewhere/p", threads=1)
