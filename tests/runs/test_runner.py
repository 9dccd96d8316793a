"""The runner, as a user meets it; few kernels, because each takes seconds."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from tiny_lessons import BAD, DEAD, GOOD, SLOW, write_lesson

from msgan_lessons.__main__ import main
from msgan_lessons.base import places
from msgan_lessons.runs import runner
from msgan_lessons.runs.folder import RunFolder
from msgan_lessons.runs.lessons import Request, read_lesson

MSGAN = [sys.executable, "-m", "msgan_lessons"]


def environment(notebooks):
    return {**os.environ, "MSGAN_NOTEBOOKS": str(notebooks)}


def msgan(notebooks, *arguments):
    kwargs = {"capture_output": True, "text": True, "env": environment(notebooks), "timeout": 120}
    return subprocess.run([*MSGAN, *map(str, arguments)], **kwargs)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("runs {of} tests")  # braces and blanks are a name as any other


@pytest.fixture(scope="module")
def notebooks(place):
    write_lesson(place / "nb", "01_good", GOOD)
    write_lesson(place / "nb", "02_bad", BAD)
    write_lesson(place / "nb", "03_dead", DEAD)
    return place / "nb"


@pytest.fixture(scope="module")
def all_run(place, notebooks):
    return msgan(
        notebooks, "run", "all", "--preset", "smoke", "-p", "loud=true", "--out", place / "r"
    )


def read(path):
    return json.loads(path.read_text())


def test_a_failed_lesson_makes_the_status_1_and_the_others_run_all_the_same(place, all_run):
    assert all_run.returncode == 1
    names = {p.name for p in (place / "r").iterdir()}
    assert names == {"01_good", "02_bad.failed", "03_dead.failed", "index.html", ".locks"}


def test_a_run_holds_everything_that_was_promised(place, all_run):
    names = {p.name for p in (place / "r" / "01_good").iterdir()}
    promised = "01_good.ipynb 01_good.html params.json record.jsonl metrics.json figures"
    assert names == set(promised.split())


def test_the_kernel_got_preset_parameters_and_environment(place, all_run):
    notebook = nbformat.read(place / "r/01_good/01_good.ipynb", 4)
    assert "smoke 3 0.5 True smoke 1" in notebook.cells[-1].outputs[0].text
    assert str(place) not in nbformat.writes(notebook)


def test_params_hold_all_effective_parameters_and_what_ran_them(place, all_run):
    params = read(place / "r/01_good/params.json")
    assert params["parameters"] == {"preset": "smoke", "steps": 3, "rate": 0.5, "loud": True}
    assert (params["lesson"], params["preset"], params["title"]) == ("01_good", "smoke", "A lesson")
    assert {"torch", "msgan_lessons", "python"} <= set(params["versions"])


def test_metrics_hold_what_the_lesson_recorded_and_how_it_went(place, all_run):
    metrics = read(place / "r/01_good/metrics.json")
    assert 0 < metrics.pop("wall_seconds") < 100
    assert metrics.pop("record").startswith("2 lines, ")  # and their digest
    assert metrics == {"answer": 42, "checks": 1, "checks_held": 1, "status": "done"}


def test_a_failure_names_cell_line_and_cause_in_one_sentence(place, all_run):
    failure = read(place / "r/02_bad.failed/metrics.json")["failure"]
    assert failure == {"cell": 4, "line": "if steps > 2:", "cause": "ValueError: 3 is too many"}
    line = next(x for x in all_run.stderr.splitlines() if x.startswith("msgan: 02_bad failed"))
    assert "in cell 4 (if steps > 2:): ValueError: 3 is too many" in line
    assert line.endswith("02_bad.failed/02_bad.ipynb")


def test_a_kernel_that_dies_is_a_failure_with_its_cell(place, all_run):
    failure = read(place / "r/03_dead.failed/metrics.json")["failure"]
    assert failure["cell"] == 4
    assert "the kernel died" in failure["cause"]


def test_stderr_away_from_a_terminal_is_one_line_a_lesson_and_the_failures(all_run):
    lines = [x for x in all_run.stderr.splitlines() if not x.startswith("msgan: ")]
    assert [x.split(" in ")[0] for x in lines] == [
        "01_good: started, finished", "02_bad: started, failed", "03_dead: started, failed",
    ]  # fmt: skip


def test_a_better_run_clears_the_failure_and_a_worse_one_keeps_the_run(
    place, notebooks, all_run, monkeypatch
):
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(notebooks))
    out = place / "r"
    assert main(["run", "bad", "-p", "steps=1", "--out", str(out)]) == 0
    assert not (out / "02_bad.failed").exists()
    before = (out / "02_bad/params.json").read_bytes()
    assert main(["run", "2", "--out", str(out)]) == 1
    assert (out / "02_bad/params.json").read_bytes() == before
    assert (out / "02_bad.failed/02_bad.html").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_never_looks_finished_and_leaves_no_kernel(tmp_path, how):
    write_lesson(tmp_path / "nb", "01_slow", SLOW)
    command = [*MSGAN, "run", "1", "--out", str(tmp_path / "r")]
    process = subprocess.Popen(
        command, env=environment(tmp_path / "nb"), stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # jobs ignore it
    )  # fmt: skip
    up = tmp_path / "nb/up"
    assert wait_until(lambda: up.exists() and up.read_text())
    kernel = int(up.read_text())
    process.send_signal(how)
    errors = process.communicate(timeout=30)[1]
    assert wait_until(lambda: not alive(kernel))
    assert not (tmp_path / "r/01_slow").exists()
    if how == signal.SIGINT:
        assert process.returncode == 130
        assert "msgan: stopped" in errors
        assert [p.name for p in (tmp_path / "r").iterdir()] == [".locks"]


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not (result := holds()) and time.monotonic() < end:
        time.sleep(0.1)
    return result


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # a zombie has ended, whoever has not fetched it yet
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def request_(tmp_path):
    return Request(read_lesson(write_lesson(tmp_path / "nb", "01_good", GOOD)), {}, "class")


@pytest.mark.parametrize(("failures", "done"), [(0, True), (1, True), (2, False)])
def test_a_kernel_that_does_not_start_gets_a_second_try(
    tmp_path, request_, monkeypatch, failures, done
):
    tries = []

    def papermill(request, notebook, bar):
        tries.append(notebook)
        (notebook.parent / runner.KERNEL_LOG).write_text("Address already in use")
        if len(tries) <= failures:
            raise runner.KernelStartError("the kernel did not start: port taken")

    monkeypatch.setattr(runner, "_papermill", papermill)
    outcome = runner.run_lesson(request_, tmp_path)
    assert outcome.done is done
    assert len(tries) == min(failures + 1, 2)
    assert done or "msgan doctor" in outcome.failure["cause"]


def test_a_lesson_whose_html_cannot_be_made_is_a_failure(tmp_path, request_, monkeypatch):
    def papermill(request, notebook, bar):
        notebook.write_bytes(request.lesson.path.read_bytes())
        (notebook.parent / runner.KERNEL_LOG).touch()

    def export(notebook, target):
        raise KeyError("attachment")

    monkeypatch.setattr(runner, "_papermill", papermill)
    monkeypatch.setattr(runner, "export_html", export)
    outcome = runner.run_lesson(request_, tmp_path)
    assert "its HTML could not be written" in outcome.failure["cause"]
    assert outcome.folder.name == "01_good.failed"


def test_the_kernel_environment_holds_folder_preset_and_the_users_threads(
    tmp_path, request_, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")  # the user's word
    folder = RunFolder.begin(tmp_path, request_).partial
    found = runner.kernel_environment(request_, folder)
    assert (found["MSGAN_RUN_DIR"], found["MSGAN_PRESET"]) == (str(folder), "class")
    assert (found["MSGAN_HEADLESS"], found["OMP_NUM_THREADS"]) == ("1", "7")


@pytest.mark.parametrize(
    ("cores", "busy", "count"), [(2, 0.0, 2), (2, 1.0, 1), (1, 1.0, 1), (8, 3.0, 7)]
)
def test_a_kernel_takes_all_cores_of_an_idle_machine_and_leaves_one_of_a_busy_one(
    cores, busy, count, monkeypatch
):
    monkeypatch.setattr(places, "usable_cores", lambda: cores)
    monkeypatch.setattr(places, "busy_cores", lambda: busy)
    assert places.training_threads() == {"OMP_NUM_THREADS": str(count)}


def test_busy_cores_sees_a_busy_process():
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        try:
            assert 0.25 < places.busy_cores() <= os.cpu_count()
        finally:
            process.kill()
