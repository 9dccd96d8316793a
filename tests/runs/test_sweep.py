"""A sweep as a user meets it: two workers, failures, a killed worker, Ctrl-C, a second start."""

import json
import os
import signal
from concurrent.futures import Future

import pytest
from made_runs import alive, said, start, wait_until
from tiny_lessons import write_lesson

from msgan_lessons.base.places import usable_cores
from msgan_lessons.runs import sweep
from msgan_lessons.runs.sweep import PointFailedError

LESSON = """\
import os, pathlib, time
from msgan_lessons.base.record import current_run
tries = pathlib.Path(f"tries_{steps}")
with tries.open("a") as file:
    file.write(f"{os.getpid()} {os.getppid()}\\n")
current_run().metrics(threads=int(os.environ["OMP_NUM_THREADS"]), score={"a": rate * steps})
if steps == 3:
    raise ValueError(f"{steps} is\\ntoo many")
if steps == 5 or (steps == 2 and len(tries.read_text().splitlines()) == 1):
    time.sleep(600)"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("a {sweep}")


@pytest.fixture(scope="module")
def notebooks(place):
    write_lesson(place / "nb", "01_scores", LESSON)
    return place / "nb"


def tries(notebooks, steps):
    """The kernel and the worker of each try of a point."""
    path = notebooks / f"tries_{steps}"
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(map(int, line.split())) for line in lines]


@pytest.fixture(scope="module")
def swept(place, notebooks):
    """Three points on two workers; the one that has begun the second point is killed."""
    told = ["sweep", "1", "--grid", "steps=1:4", "-p", "rate=2", "--workers", 2]
    with start(notebooks, *told, "--out", place / "s") as process:
        assert wait_until(lambda: tries(notebooks, 2) or process.poll() is not None)
        os.kill(tries(notebooks, 2)[0][1], signal.SIGKILL)
        output, errors = process.communicate(timeout=600)
    return process.returncode, output, errors


def test_points_end_done_or_failed_with_their_cause_after_two_tries_and_the_status_is_1(
    notebooks, swept
):
    status, output, errors = swept
    assert status == 1
    states = [line.split()[:2] for line in output.splitlines()[1:4]]
    assert states == [["steps=1", "done"], ["steps=2", "done"], ["steps=3", "failed"]]
    assert "in cell 4: ValueError: 3 is too many" in output
    assert len(errors.splitlines()) == 3  # one a point, nothing of Dask's
    assert "3 of 3: " in errors
    assert len(tries(notebooks, 3)) == 2


def test_a_killed_worker_loses_the_point_it_held_alone_and_another_worker_does_it(notebooks, swept):
    assert [len(tries(notebooks, n)) for n in (1, 2)] == [1, 2]
    (kernel, worker), (_, another) = tries(notebooks, 2)
    assert worker != another
    assert not alive(kernel)


def test_each_point_is_a_run_of_its_own_with_its_share_of_the_cores(place, swept):
    run = place / "s/steps=2/01_scores"
    params = json.loads((run / "params.json").read_text())
    metrics = json.loads((run / "metrics.json").read_text())
    assert (params["parameters"]["steps"], params["parameters"]["rate"]) == (2, 2.0)
    assert metrics["score"] == {"a": 4.0}
    shared = max(1, usable_cores() // 2)
    assert metrics["threads"] == int(os.environ.get("OMP_NUM_THREADS", shared))
    assert (place / "s/steps=3/01_scores.failed").is_dir()
    assert (place / "s/steps=1/index.html").is_file()  # where the lesson's own link leads
    table = (place / "s/table.csv").read_text().splitlines()
    assert [line.split(",")[2] for line in table] == ["status", "done", "done", "failed"]
    assert "score.a against steps" in (place / "s/table.html").read_text()


def test_a_second_start_skips_what_is_finished(place, notebooks, swept):
    told = ["--grid", "steps=2,1", "-p", "rate=2.0", "--out", place / "s"]
    status, output, _ = said(notebooks, "sweep", "scores", *told)
    assert (status, output.count("skipped")) == (0, 2)
    assert len(tries(notebooks, 1)) == 1


@pytest.mark.parametrize(
    ("end", "state", "cause"),
    [
        (2.5, "done", ""),
        (PointFailedError("in cell 1: no"), "failed", "in cell 1: no"),
        (OSError(28, "No space left on device"), "failed", "[Errno 28] No space left on device"),
        (KeyError("a\nb"), "failed", "KeyError: 'a\\nb'"),
        (sweep.KilledWorker("t", None, 3), "failed", "4 workers were lost with it: out of memory"),
    ],
)
def test_whatever_happens_to_a_point_is_a_state_and_a_cause(end, state, cause):
    future = Future()
    future.set_exception(end) if isinstance(end, Exception) else future.set_result(end)
    result = sweep._result("p", future)
    assert (result.name, result.state) == ("p", state)
    assert result.cause.startswith(cause)


def test_a_scheduler_that_is_gone_is_no_points_fault():
    future = Future()
    future.set_exception(sweep.CancelledError("p"))
    with pytest.raises(ConnectionError, match="the connection to the scheduler was lost"):
        sweep._result("p", future)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_is_one_sentence_and_leaves_no_kernel_and_no_worker(place, notebooks, swept):
    told = ["sweep", "1", "--grid", "steps=1,5", "-p", "rate=2", "--workers", 1]
    with start(notebooks, *told, "--out", place / "s") as process:
        assert wait_until(lambda: tries(notebooks, 5) or process.poll() is not None)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (130, "")
    assert errors.startswith("msgan: stopped; 0 of 1 points were finished and are kept")
    assert len(errors.splitlines()) == 1
    assert wait_until(lambda: not any(map(alive, tries(notebooks, 5)[0])), 10)
    assert (place / "s/steps=1/01_scores/metrics.json").is_file()
