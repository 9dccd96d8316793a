"""Run folders made up for the tests of tables and plots."""

import json

from msgan_lessons.base.record import write_json


def make_run(folder, lesson="07_training", *, status="done", preset="smoke", metrics=None, **given):
    """Write a run's params.json and metrics.json."""
    failed = ".failed" if status == "failed" else ""
    run = folder / f"{lesson}{failed}"
    run.mkdir(parents=True)
    params = {"lesson": lesson, "preset": preset, "device": "cpu", "parameters": given}
    (run / "params.json").write_text(json.dumps(params))
    write_json(run / "metrics.json", {"status": status, "wall_seconds": 1.5, **(metrics or {})})
    return run


def make_sweep(folder, results, metric="frechet", **others):
    """Write one run for each (values, number) pair."""
    for i, (given, number) in enumerate(results):
        make_run(folder / f"point{i}", metrics={metric: number, **others}, **given)
