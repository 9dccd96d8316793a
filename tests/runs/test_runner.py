"""The runner, as a user meets it; few kernels, because each takes seconds."""

import json
import os
import signal
import subprocess
import sys

import nbformat
import pytest
from made_runs import alive, said, start, wait_until
from tiny_lessons import BAD, DEAD, GOOD, SLOW, write_lesson

from msgan_lessons.base import places
from msgan_lessons.runs import runner
from msgan_lessons.runs.folder import RunFolder
from msgan_lessons.runs.lessons import Request, read_lesson


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
    told = ["run", "all", "--preset", "smoke", "-p", "loud=true", "--out", place / "r"]
    status, _, errors = said(notebooks, *told)
    return status, errors


def read(path):
    return json.loads(path.read_text())


def test_a_failed_lesson_makes_the_status_1_and_the_others_run_all_the_same(place, all_run):
    status, errors = all_run
    assert status == 1
    names = {p.name for p in (place / "r").iterdir()}
    assert names == {"01_good", "02_bad.failed", "03_dead.failed", "index.html", ".locks"}
    lines = [x.split(" in ")[0] for x in errors.splitlines() if not x.startswith("msgan: ")]
    assert lines == [
        "01_good: started, finished", "02_bad: started, failed", "03_dead: started, failed",
    ]  # fmt: skip


def test_the_kernel_got_preset_parameters_and_environment(place, all_run):
    notebook = nbformat.read(place / "r/01_good/01_good.ipynb", 4)
    assert "smoke 3 0.5 True smoke 1" in notebook.cells[-1].outputs[0].text
    assert str(place) not in nbformat.writes(notebook)


def test_a_run_holds_its_files_all_effective_parameters_and_how_it_went(place, all_run):
    run = place / "r/01_good"
    promised = "01_good.ipynb 01_good.html params.json record.jsonl metrics.json figures"
    assert {p.name for p in run.iterdir()} == set(promised.split())
    params, metrics = read(run / "params.json"), read(run / "metrics.json")
    assert params["parameters"] == {"preset": "smoke", "steps": 3, "rate": 0.5, "loud": True}
    assert (params["lesson"], params["preset"], params["title"]) == ("01_good", "smoke", "A lesson")
    assert {"torch", "msgan_lessons", "python"} <= set(params["versions"])
    assert 0 < metrics.pop("wall_seconds") < 100
    assert metrics.pop("record").startswith("2 lines, ")  # and their digest
    assert metrics == {"answer": 42, "checks": 1, "checks_held": 1, "status": "done"}


def test_a_failure_names_cell_line_and_cause_in_one_sentence(place, all_run):
    failure = read(place / "r/02_bad.failed/metrics.json")["failure"]
    assert failure == {"cell": 4, "line": "if steps > 2:", "cause": "ValueError: 3 is too many"}
    line = next(x for x in all_run[1].splitlines() if x.startswith("msgan: 02_bad failed"))
    assert "in cell 4 (if steps > 2:): ValueError: 3 is too many" in line
    assert line.endswith("02_bad.failed/02_bad.ipynb")
    dead = read(place / "r/03_dead.failed/metrics.json")["failure"]
    assert dead["cell"] == 4
    assert "the kernel died" in dead["cause"]


def test_a_better_run_clears_the_failure_and_a_worse_one_keeps_the_run(place, notebooks, all_run):
    out = place / "r"
    assert said(notebooks, "run", "bad", "-p", "steps=1", "--out", out)[0] == 0
    assert not (out / "02_bad.failed").exists()
    before = (out / "02_bad/params.json").read_bytes()
    assert said(notebooks, "run", "2", "--out", out)[0] == 1
    assert (out / "02_bad/params.json").read_bytes() == before
    assert (out / "02_bad.failed/02_bad.html").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_run_never_looks_finished_and_leaves_no_kernel(tmp_path, how):
    write_lesson(tmp_path / "nb", "01_slow", SLOW)
    process = start(tmp_path / "nb", "run", "1", "--out", tmp_path / "r")
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
        notebook.write_bytes(b"{}")
        (notebook.parent / runner.KERNEL_LOG).touch()

    monkeypatch.setattr(runner, "_papermill", papermill)
    monkeypatch.setattr(runner, "strip_metadata", lambda notebook: None)
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
