"""The comparison that lesson 14 shows."""

import pytest
import torch

from msgan_lessons.lessons.l14_efficiency import measured
from msgan_lessons.lessons.l14_efficiency.measured import compare_processes

SMALL = {"steps": 3, "batch_size": 8, "resolution": 8, "width": 2}


def test_synced_is_rounding_and_local_is_not():
    found = compare_processes("dcgan", **SMALL)
    assert found.synced < 1e-9 < 1e-4 < found.local
    assert found.seconds_one > 0 < found.seconds_many
    assert (found.count, found.steps) == (2, 3)


def test_fresh_processes_play_what_forks_play(monkeypatch, tmp_path):
    task = {"model": "dcgan", "seed": 0, "precise": True, **SMALL}
    forked = measured._play_together(task, 2, tmp_path / "forked")[0]
    monkeypatch.setattr(measured, "can_fork", lambda: False)
    fresh = measured._play_together(task, 2, tmp_path / "fresh")[0]
    assert all(torch.equal(forked[name], fresh[name]) for name in forked | fresh)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"steps": 1}, "steps must be an int of at least 2, got 1"),
        ({"batch_size": 12}, "batch_size must be divisible by 8 .2 processes"),
        ({"model": "dcgen"}, "model must be one of dcgan"),
        ({"resolution": 20}, "resolution must be"),
        ({"count": 1}, "count must be an int from 2 to 64, got 1"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_played(arguments, said):
    with pytest.raises(ValueError, match=said):
        compare_processes(**arguments)
