"""Runs gathered: every one is a row, every number a column."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_runs import make_run

from msgan_lessons.base.record import write_json
from msgan_lessons.runs.tables import collect_runs, columns, read_row, write_csv


def statuses(folder):
    return {row.folder.name: row.status for row in collect_runs([folder])}


def test_numbers_are_flattened_and_words_are_left_out(tmp_path):
    deep = {"a": {"b": {"c": 1.5}, "d": [2, {"e": 3}]}, "yes": True, "word": "x", "none": None}
    row = read_row(make_run(tmp_path, metrics=deep))
    expected = {"wall_seconds": 1.5, "a.b.c": 1.5, "a.d.0": 2, "a.d.1.e": 3, "yes": 1}
    assert row.numbers == expected


LEAVES = st.floats(allow_nan=False) | st.integers(-(2**70), 2**70) | st.text() | st.none()
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner))


def count_numbers(tree):
    if isinstance(tree, dict | list):
        return sum(map(count_numbers, tree.values() if isinstance(tree, dict) else tree))
    return isinstance(tree, int) or (isinstance(tree, float) and abs(tree) < float("inf"))


@given(tree=st.dictionaries(st.from_regex(r"\A[a-e]\Z"), TREES))
def test_no_number_is_lost_whatever_a_lesson_recorded(tmp_path_factory, tree):
    folder = tmp_path_factory.mktemp("run")
    numbers = read_row(make_run(folder, metrics={"found": list(tree.values())})).numbers
    assert len(numbers) <= count_numbers(list(tree.values())) + 1  # keys with dots may meet
    assert all(isinstance(value, int | float) for value in numbers.values())


def test_a_number_named_as_a_parameter_has_a_column_of_its_own(tmp_path):
    row = read_row(make_run(tmp_path, metrics={"steps": 7, "preset": 3}, steps=100))
    cells = row.cells()
    assert (cells["steps"], cells["metrics.steps"]) == (100, 7)
    assert (cells["preset"], cells["metrics.preset"]) == ("smoke", 3)


def test_runs_are_found_at_any_depth_each_once(tmp_path):
    make_run(tmp_path / "a/b/c")
    make_run(tmp_path / "d", "06_losses")
    (tmp_path / "d/06_losses/figures").mkdir()
    rows = collect_runs([tmp_path, tmp_path / "a", tmp_path / "d/06_losses"])
    assert [row.lesson for row in rows] == ["07_training", "06_losses"]


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


def test_a_run_that_a_newer_one_is_replacing_is_not_a_second_run(tmp_path):
    make_run(tmp_path).rename(tmp_path / ".07_training.old")
    assert statuses(tmp_path) == {".07_training.old": "done"}  # all there is of it
    make_run(tmp_path)
    assert statuses(tmp_path) == {"07_training": "done"}


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


def test_folders_without_runs_give_none_and_a_missing_one_is_refused(tmp_path):
    assert collect_runs([tmp_path]) == []
    with pytest.raises(FileNotFoundError, match="none is not a folder"):
        collect_runs([tmp_path / "none"])


def test_two_hundred_damaged_files_are_each_a_row_that_says_so(tmp_path):
    whole = make_run(tmp_path / "whole", metrics={"x": 1}, seed=3)
    for name in ("params.json", "metrics.json"):
        content = (whole / name).read_bytes()
        for cut in range(1, 101):
            run = make_run(tmp_path / f"{name}{cut}")
            (run / name).write_bytes(content[: cut % (len(content) - 2)])
    rows = collect_runs([tmp_path])
    assert sum(row.status == "damaged" for row in rows) == 200
    assert len(rows) == 201


def test_json_of_another_shape_is_damaged_and_nothing_is_raised(tmp_path):
    for i, text in enumerate(["null", "3", '"x"', "[[[]]]", '{"parameters": 3}', '{"lesson": 1}']):
        (make_run(tmp_path / str(i)) / "params.json").write_text(text)
    for depth in (600, 990, 100_000):
        text = '{"a":' * depth + "1" + "}" * depth
        (make_run(tmp_path / f"{depth}") / "metrics.json").write_text(text)
    rows = collect_runs([tmp_path])
    assert {row.status for row in rows} == {"damaged"}
    assert len(rows) == 9
