"""What varies, and each number over seeds."""

import pytest
from made_runs import make_run, make_sweep

from msgan_lessons.base.record import write_json
from msgan_lessons.runs.tables import check_metrics, collect_runs, group_runs


def grouped(folder, metrics=()):
    return group_runs(collect_runs([folder]), metrics)


def test_runs_that_differ_in_the_seed_alone_are_one_point(tmp_path):
    results = [({"loss": loss, "seed": s, "rate": 1}, s + add)
               for loss, add in (("wgan", 5), ("hinge", 1)) for s in range(3)]  # fmt: skip
    make_sweep(tmp_path, results)
    group = grouped(tmp_path)[0]
    assert (group.lesson, group.names, group.metrics) == ("07_training", ("loss",), ("frechet",))
    assert group.lines("loss", "frechet") == {"": {"hinge": [1, 2, 3], "wgan": [5, 6, 7]}}


def test_the_other_parameters_that_vary_make_a_line_each(tmp_path):
    results = [({"loss": x, "g_lr": r}, r) for x in ("a", "b") for r in (0.1, 0.02, 1e-3)]
    make_sweep(tmp_path, results)
    group = grouped(tmp_path)[0]
    assert set(group.lines("g_lr", "frechet")) == {"loss=a", "loss=b"}
    assert list(group.lines("g_lr", "frechet")["loss=a"]) == [0.001, 0.02, 0.1]  # in order
    assert set(group.lines("loss", "frechet")) == {"g_lr=0.001", "g_lr=0.02", "g_lr=0.1"}


def test_the_same_seed_twice_counts_once(tmp_path):
    make_sweep(tmp_path, [({"seed": 0}, 1.0), ({"seed": 0}, 1.0), ({"seed": 1}, 2.0)])
    group = grouped(tmp_path)[0]
    assert group.lines("", "frechet") == {"": {"2 seeds": [1.0, 2.0]}}
    assert group.n_runs == {(): 2}


def test_failed_runs_count_among_the_runs_and_give_no_number(tmp_path):
    make_sweep(tmp_path, [({"loss": "a", "seed": 0}, 1), ({"loss": "b", "seed": 0}, 2)])
    make_run(tmp_path / "x", status="failed", metrics={"frechet": 99}, loss="a", seed=1)
    group = grouped(tmp_path)[0]
    assert group.n_runs == {("a",): 2, ("b",): 1}
    assert group.values(("a",), "frechet") == [1]


def test_a_value_whose_runs_all_failed_is_a_row_without_a_number(tmp_path):
    make_sweep(tmp_path, [({"loss": "a", "seed": 0}, 1)])
    make_run(tmp_path / "x", status="failed", loss="b", seed=0)
    group = grouped(tmp_path)[0]
    assert group.names == ("loss",)
    assert group.n_runs == {("a",): 1, ("b",): 1}
    assert group.lines("loss", "frechet") == {"": {"a": [1]}}


def test_a_point_that_never_ran_makes_no_parameter_vary_that_it_does_not_know(tmp_path):
    told = {"lesson": "07_training", "fixed": {}, "grid": {"seed": [0, 1]}, "names": ["seed"]}
    points = {"point0": {"seed": 0}, "seed=1": {"seed": 1}}
    write_json(tmp_path / "sweep.json", {**told, "points": points})
    make_sweep(tmp_path, [({"seed": 0, "rate": 0.5}, 1)])
    assert (grouped(tmp_path)[0].names, grouped(tmp_path)[0].n_runs) == ((), {(): 2})


def test_what_was_spent_comes_after_what_came_of_it(tmp_path):
    for i in range(2):
        make_run(tmp_path / str(i), metrics={"step": i, "seconds": i, "score": {"x": i}}, seed=i)
    assert grouped(tmp_path)[0].metrics == ("score.x", "step", "seconds")


def test_a_number_that_a_run_lacks_is_left_out_of_its_mean(tmp_path):
    make_sweep(tmp_path, [({"seed": 0}, 1.0), ({"seed": 1}, None), ({"seed": 2}, 3.0)])
    assert grouped(tmp_path)[0].values((), "frechet") == [1.0, 3.0]


def test_numbers_that_are_the_same_or_bookkeeping_are_not_chosen_but_can_be(tmp_path):
    for i in range(2):
        make_run(tmp_path / str(i), metrics={"same": 1, "wall_seconds": i, "x": i}, seed=i)
    assert grouped(tmp_path)[0].metrics == ("x",)
    assert grouped(tmp_path, ["wall_seconds", "same"])[0].metrics == ("wall_seconds", "same")


def test_each_lesson_is_a_group_and_the_preset_is_a_parameter(tmp_path):
    make_run(tmp_path / "a", "06_losses", preset="smoke", metrics={"x": 1})
    make_run(tmp_path / "b", "06_losses", preset="class", metrics={"x": 2})
    make_run(tmp_path / "c", "07_training", metrics={"x": 3})
    assert [(g.lesson, g.names) for g in grouped(tmp_path)] == [
        ("06_losses", ("preset",)), ("07_training", ()),
    ]  # fmt: skip


def test_a_parameter_that_is_a_list_is_told_apart_too(tmp_path):
    make_sweep(tmp_path, [({"x": [1, 2]}, 1), ({"x": [1]}, 2), ({"x": {"a": 1}}, 3)])
    assert len(grouped(tmp_path)[0].seeds) == 3


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
