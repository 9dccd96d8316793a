"""What a sweep's folder remembers, and what a second start may change."""

import subprocess
import sys

import pytest
from made_runs import wait_until
from tiny_lessons import write_lesson

from msgan_lessons.base.record import write_json
from msgan_lessons.runs.folder import describe_run
from msgan_lessons.runs.grid import (
    begin_sweep,
    finished_points,
    grid_points,
    parse_grid,
    read_sweep,
    sweep_lock,
    write_sweep,
)
from msgan_lessons.runs.lessons import read_lesson


@pytest.fixture
def lesson(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return read_lesson(write_lesson(tmp_path / "nb", "01_good"))


@pytest.fixture
def out(tmp_path):
    (tmp_path / "s").mkdir()
    return tmp_path / "s"


def note(out, lesson, *words, pairs=(), preset=""):
    return list(write_sweep(out, grid_points(lesson, parse_grid(words, lesson), pairs, preset)))


def test_a_sweep_writes_down_all_that_it_was_told(out, lesson):
    names = note(out, lesson, "rate=0.5,1", "steps=1:3", pairs=["loud=true"], preset="smoke")
    assert names == ["rate=0.5,steps=1", "rate=0.5,steps=2", "rate=1.0,steps=1", "rate=1.0,steps=2"]
    told = read_sweep(out)
    assert told["fixed"] == {"loud": True, "preset": "smoke"}
    assert told["grid"] == {"rate": [0.5, 1.0], "steps": [1, 2]}
    assert told["points"]["rate=1.0,steps=2"] == {"rate": 1.0, "steps": 2}


def test_more_values_more_names_and_another_order_leave_the_folders_of_the_first_start(out, lesson):
    first = note(out, lesson, "steps=1,2")
    assert note(out, lesson, "steps=2,3") == ["steps=2", "steps=3"]
    wider = note(out, lesson, "steps=1,2", "rate=0.5,0.25")  # 0.5 is the lesson's default
    assert [name for name in wider if "," not in name] == first
    assert "steps=1,rate=0.25" in wider
    assert set(note(out, lesson, "rate=0.25,0.5", "steps=2,1")) == set(wider)
    assert note(out, lesson, "rate=0.25,0.5") == ["steps=3,rate=0.25", "steps=3"]  # steps: 3
    assert read_sweep(out)["grid"] == {"steps": [1, 2, 3], "rate": [0.5, 0.25]}


def test_other_fixed_parameters_or_another_lesson_are_refused_and_nothing_is_written(
    out, lesson, tmp_path
):
    note(out, lesson, "steps=1,2", pairs=["rate=0.25"])
    before = (out / "sweep.json").read_bytes()
    with pytest.raises(ValueError, match="holds a sweep with fixed rate=0.25, not fixed nothing"):
        note(out, lesson, "steps=1,2")
    other = read_lesson(write_lesson(tmp_path / "nb", "02_other"))
    with pytest.raises(ValueError, match="holds a sweep with lesson 01_good, not lesson 02_other"):
        note(out, other, "steps=1,2", pairs=["rate=0.25"])
    assert (out / "sweep.json").read_bytes() == before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"lesson": 3}', "\xff"])
def test_a_damaged_note_is_refused(out, lesson, content):
    (out / "sweep.json").write_text(content, "latin-1")
    with pytest.raises(ValueError, match="sweep.json is damaged; move it, or give another folder"):
        note(out, lesson, "steps=1,2")


def finish(out, point, **changes):
    run = out / f"steps={point.values['steps']}" / "01_good"
    run.mkdir(parents=True)
    write_json(run / "params.json", {**describe_run(point.request), **changes})
    write_json(run / "metrics.json", {"status": "done"})
    return run


def test_finished_is_a_run_that_is_done_and_the_very_one_that_is_asked_for(out, lesson):
    points = grid_points(lesson, parse_grid(["steps=0:6"], lesson))
    finish(out, points[0])
    finish(out, points[1], threads="64")  # decides nothing about what was asked for
    finish(out, points[2], cells="0")  # the lesson has changed since
    write_json(finish(out, points[3]) / "metrics.json", {"status": "failed"})
    (finish(out, points[4]) / "metrics.json").write_text("{")
    named, done = begin_sweep(out, points)
    assert done == {"steps=0", "steps=1"} == finished_points(out, named)
    assert (out / "steps=5").is_dir()
    (out / "steps=5/01_good").mkdir()
    with pytest.raises(ValueError, match="steps=5/01_good is there and is not a run"):
        begin_sweep(out, points)


HOLD = """\
import sys
from pathlib import Path
from msgan_lessons.runs.grid import sweep_lock
with sweep_lock(Path(sys.argv[1])) as folder:
    (folder / "up").touch()
    sys.stdin.read()"""


def test_two_sweeps_do_not_work_in_one_folder(out):
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(out)], stdin=subprocess.PIPE)
    with other:
        assert wait_until((out / "up").exists)
        with pytest.raises(ValueError, match="another sweep is at work in"), sweep_lock(out):
            pass
        other.kill()
    with sweep_lock(out) as folder:
        assert folder.is_absolute()
    with pytest.raises(ValueError, match="cannot be written: it is a file"), sweep_lock(out / "up"):
        pass
