"""The comparison that lesson 14 shows."""

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
