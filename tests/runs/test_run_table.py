"""Runs gathered: every one is a row, every number a column; what varies, and over seeds."""

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_runs import make_run, make_sweep

from msgan_lessons.base.record import write_json
from msgan_lessons.runs.tables import (
    check_metrics,
    collect_runs,
    columns,
    group_runs,
    mean_and_interval,
    read_row,
    write_csv,
)


def test_numbers_are_flattened_words_left_out_and_a_parameters_name_is_not_taken(tmp_path):
    deep = {"a": {"b": {"c": 1.5}, "d": [2, {"e": 3}]}, "yes": True, "word": "x", "none": None}
    row = read_row(make_run(tmp_path / "deep", metrics=deep))
    expected = {"wall_seconds": 1.5, "a.b.c": 1.5, "a.d.0": 2, "a.d.1.e": 3, "yes": 1}
    assert row.numbers == expected
    cells = read_row(make_run(tmp_path, metrics={"steps": 7, "preset": 3}, steps=100)).cells()
    assert (cells["steps"], cells["metrics.steps"]) == (100, 7)
    assert (cells["preset"], cells["metrics.preset"]) == ("smoke", 3)


LEAVES = st.floats(allow_nan=False) | st.integers(-(2**70), 2**70) | st.text() | st.none()
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner))


@settings(max_examples=40, deadline=None)
@given(trees=st.lists(TREES, max_size=5))
def test_whatever_a_lesson_recorded_becomes_finite_numbers(tmp_path_factory, trees):
    folder = tmp_path_factory.mktemp("run")
    numbers = read_row(make_run(folder, metrics={"found": trees})).numbers
    assert all(math.isfinite(value) for value in numbers.values())


def test_runs_are_found_at_any_depth_each_once(tmp_path):
    assert collect_runs([tmp_path]) == []
    make_run(tmp_path / "a/b/c")
    make_run(tmp_path / "d", "06_losses")
    (tmp_path / "d/06_losses/figures").mkdir()
    rows = collect_runs([tmp_path, tmp_path / "a", tmp_path / "d/06_losses"])
    assert [row.lesson for row in rows] == ["07_training", "06_losses"]
    replaced = make_run(tmp_path / "e").rename(tmp_path / "e/.07_training.old")
    assert [row.folder for row in collect_runs([tmp_path / "e"])] == [replaced]  # all there is
    newer = make_run(tmp_path / "e")
    assert [row.folder for row in collect_runs([tmp_path / "e"])] == [newer]
    with pytest.raises(FileNotFoundError, match="none is not a folder"):
        collect_runs([tmp_path / "none"])


def test_failed_unfinished_and_damaged_runs_are_rows_with_their_causes(tmp_path):
    failure = {"cell": 4, "line": "x", "cause": "ValueError: no"}
    make_run(tmp_path / "a", status="failed", metrics={"failure": failure})
    make_run(tmp_path / "b").rename(tmp_path / "b/.07_training.0a1b2c3d.partial")
    (make_run(tmp_path / "c") / "metrics.json").write_text("{")
    (make_run(tmp_path / "d") / "params.json").write_text("[]")
    (make_run(tmp_path / "e") / "metrics.json").unlink()
    (make_run(tmp_path / "f") / "params.json").unlink()
    found = [(row.lesson, row.status, row.cause) for row in collect_runs([tmp_path])]
    assert found == [
        ("07_training", "failed", "cell 4: ValueError: no"),
        ("07_training", "unfinished", "still running, or stopped"),
        ("07_training", "damaged", "metrics.json is damaged: it is not JSON"),
        ("07_training", "damaged", "params.json is damaged: it holds no JSON object"),
        ("07_training", "damaged", "metrics.json is missing"),
        ("07_training", "damaged", "params.json is missing"),
    ]


def test_a_point_that_never_ran_is_a_row(tmp_path):
    points = {"seed=0": {"seed": 0}, "seed=1": {"seed": 1}}
    told = {"lesson": "07_training", "fixed": {"steps": 3}, "grid": {"seed": [0, 1]}}
    write_json(tmp_path / "sweep.json", {**told, "names": ["seed"], "points": points})
    make_run(tmp_path / "seed=0", seed=0)
    missing = next(row for row in collect_runs([tmp_path]) if row.status == "not run")
    assert missing.parameters == {"steps": 3, "seed": 1}
    (tmp_path / "sweep.json").write_text("{}")
    assert "sweep.json is damaged" in collect_runs([tmp_path])[0].cause


def test_the_csv_reads_back_with_every_column(tmp_path):
    make_run(tmp_path / "a,b", metrics={"x": 0.1, "cause": 1}, loss="hinge", word='say "hi"\n')
    make_run(tmp_path / "c", "06_losses", metrics={"y": 1e-300})
    rows = collect_runs([tmp_path])
    write_csv(rows, tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert read[0]["run"] == "a,b/07_training"
    assert (read[0]["x"], read[0]["y"], read[0]["word"]) == ("0.1", "", 'say "hi"\n')
    assert float(read[1]["y"]) == 1e-300
    assert list(read[0]) == columns(rows)
    assert columns(rows)[:3] == ["run", "lesson", "status"]


def test_every_file_that_is_cut_off_is_a_row_that_says_so(tmp_path):
    whole = make_run(tmp_path / "whole", metrics={"x": 1}, seed=3)
    for name in ("params.json", "metrics.json"):
        content = (whole / name).read_bytes()
        for cut in range(0, 50, 2):
            run = make_run(tmp_path / f"{name}{cut}")
            (run / name).write_bytes(content[:cut])
    rows = collect_runs([tmp_path])
    assert [row.status for row in rows].count("damaged") == len(rows) - 1 == 50


def test_json_of_another_shape_is_damaged_and_nothing_is_raised(tmp_path):
    for i, text in enumerate(["null", "3", '"x"', "[[[]]]", '{"parameters": 3}', '{"lesson": 1}']):
        (make_run(tmp_path / str(i)) / "params.json").write_text(text)
    for depth in (600, 990, 100_000):
        text = '{"a":' * depth + "1" + "}" * depth
        (make_run(tmp_path / f"{depth}") / "metrics.json").write_text(text)
    rows = collect_runs([tmp_path])
    assert {row.status for row in rows} == {"damaged"}
    assert len(rows) == 9


def grouped(folder, metrics=()):
    return group_runs(collect_runs([folder]), metrics)


def test_runs_that_differ_in_the_seed_alone_are_one_point(tmp_path):
    results = [({"loss": loss, "seed": s, "rate": 1}, s + add)
               for loss, add in (("wgan", 5), ("hinge", 1)) for s in range(3)]  # fmt: skip
    make_sweep(tmp_path, results)
    group = grouped(tmp_path)[0]
    assert (group.lesson, group.names, group.metrics) == ("07_training", ("loss",), ("frechet",))
    assert group.lines("loss", "frechet") == {"": {"hinge": [1, 2, 3], "wgan": [5, 6, 7]}}
    assert group.n_runs == {("hinge",): 3, ("wgan",): 3}
    make_sweep(tmp_path / "b", [({"seed": 0}, 1.0), ({"seed": 0}, 1.0), ({"seed": 1}, 2.0)])
    same = grouped(tmp_path / "b")[0]  # the same seed twice counts once
    assert same.lines("", "frechet") == {"": {"2 seeds": [1.0, 2.0]}}
    assert same.n_runs == {(): 2}


def test_the_other_parameters_that_vary_make_a_line_each(tmp_path):
    results = [({"loss": x, "g_lr": r}, r) for x in ("a", "b") for r in (0.1, 0.02, 1e-3)]
    make_sweep(tmp_path, results)
    group = grouped(tmp_path)[0]
    assert set(group.lines("g_lr", "frechet")) == {"loss=a", "loss=b"}
    assert list(group.lines("g_lr", "frechet")["loss=a"]) == [0.001, 0.02, 0.1]  # in order
    assert set(group.lines("loss", "frechet")) == {"g_lr=0.001", "g_lr=0.02", "g_lr=0.1"}
    make_sweep(tmp_path / "b", [({"x": [1, 2]}, 1), ({"x": [1]}, 2), ({"x": {"a": 1}}, 3)])
    assert len(grouped(tmp_path / "b")[0].seeds) == 3  # lists are told apart too


def test_failed_runs_count_among_the_runs_and_give_no_number(tmp_path):
    results = [({"loss": "a", "seed": s}, value) for s, value in enumerate((1.0, None, 3.0))]
    make_sweep(tmp_path, results)
    make_run(tmp_path / "x", status="failed", metrics={"frechet": 99}, loss="a", seed=3)
    make_run(tmp_path / "y", status="failed", loss="b", seed=0)
    group = grouped(tmp_path)[0]
    assert group.names == ("loss",)
    assert group.n_runs == {("a",): 4, ("b",): 1}
    assert group.values(("a",), "frechet") == [1.0, 3.0]
    assert group.lines("loss", "frechet") == {"": {"a": [1.0, 3.0]}}


def test_a_point_that_never_ran_makes_no_parameter_vary_that_it_does_not_know(tmp_path):
    told = {"lesson": "07_training", "fixed": {}, "grid": {"seed": [0, 1]}, "names": ["seed"]}
    points = {"point0": {"seed": 0}, "seed=1": {"seed": 1}}
    write_json(tmp_path / "sweep.json", {**told, "points": points})
    make_sweep(tmp_path, [({"seed": 0, "rate": 0.5}, 1)])
    assert (grouped(tmp_path)[0].names, grouped(tmp_path)[0].n_runs) == ((), {(): 2})


def test_what_was_spent_comes_last_and_bookkeeping_only_where_it_is_asked_for(tmp_path):
    for i in range(2):
        metrics = {"step": i, "seconds": i, "score": {"x": i}, "same": 1, "wall_seconds": i}
        make_run(tmp_path / str(i), metrics=metrics, seed=i)
    assert grouped(tmp_path)[0].metrics == ("score.x", "step", "seconds")
    assert grouped(tmp_path, ["wall_seconds", "same"])[0].metrics == ("wall_seconds", "same")


def test_each_lesson_is_a_group_and_the_preset_is_a_parameter(tmp_path):
    make_run(tmp_path / "a", "06_losses", preset="smoke", metrics={"x": 1})
    make_run(tmp_path / "b", "06_losses", preset="class", metrics={"x": 2})
    make_run(tmp_path / "c", "07_training", metrics={"x": 3})
    found = [(g.lesson, g.names) for g in grouped(tmp_path)]
    assert found == [("06_losses", ("preset",)), ("07_training", ())]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("frechett", "did you mean 'frechet'?"),
        ("c", "did you mean 'a.b.c'?"),
        ("qqqqqqq", "known are wall_seconds, frechet, a.b.c."),
    ],
)
def test_a_wrong_number_is_refused_with_the_near_ones(tmp_path, name, hint):
    make_sweep(tmp_path, [({"seed": 0}, 1.0)], a={"b": {"c": 1}})
    with pytest.raises(ValueError, match="--metric must be a number of these runs") as caught:
        check_metrics(collect_runs([tmp_path]), [name])
    assert str(caught.value).endswith(f"got {name!r}; {hint}")


TABLE = {1: 12.7062047, 2: 4.3026527, 4: 2.7764451, 9: 2.2621572, 29: 2.0452296}  # df: t(0.975)


@pytest.mark.parametrize(("df", "t"), TABLE.items())
def test_half_the_interval_is_t_times_the_standard_error(df, t):
    values = np.random.default_rng(df).normal(3, 2, size=df + 1).tolist()
    mean, half = mean_and_interval(values)
    assert mean == pytest.approx(math.fsum(values) / len(values), rel=1e-12)
    assert half == pytest.approx(t * np.std(values, ddof=1) / math.sqrt(df + 1), rel=1e-7)


def test_the_interval_of_equal_values_has_no_width_one_seed_has_none_and_no_value_no_mean():
    assert mean_and_interval([0.1] * 5) == (pytest.approx(0.1), pytest.approx(0, abs=1e-15))
    assert mean_and_interval([3]) == (3, None)
    with pytest.raises(ValueError, match="values must hold at least one number, got none"):
        mean_and_interval([])
