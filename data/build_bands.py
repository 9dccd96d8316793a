"""Record data/bands.json: the numbers of the lessons' figures, over seeds, for a teacher.

Usage: for s in 0 1 2; do msgan run all --preset class -p seed=$s --out runs/seed_$s; done
       python data/build_bands.py runs/seed_* --measured "two cores of ..., torch 2.15.0"

A folder holds finished runs, one lesson each; their seed is read from params.json.
Lessons without a run there keep what was recorded of them.
Of each lesson the numbers are kept that a figure of notebooks/teaching names, and its seconds.
"""

import argparse
import json
from pathlib import Path

from msgan_lessons.classroom.teaching import number_at, read_teaching
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.runs.lessons import find_lessons

FOLDER = Path(__file__).parent


def gathered(folders: list[Path]) -> dict[str, dict[str, dict[str, float]]]:
    """Return lesson to metric to seed to number."""
    found = {}
    for lesson in find_lessons():
        names = [figure.metric for figure in read_teaching(lesson.name).figures if figure.metric]
        rows = {name: {} for name in (*names, "wall_seconds")}
        for folder in folders:
            path = folder / lesson.name / "metrics.json"
            if not path.is_file():
                continue
            asked = json.loads(path.with_name("params.json").read_text())["parameters"]
            metrics = json.loads(path.read_text())
            if metrics["status"] != "done":
                raise SystemExit(f"{path.parent} is not finished.")
            for name, row in rows.items():
                row[str(asked.get("seed", 0))] = float(f"{number_at(metrics, name):.6g}")
        if not rows["wall_seconds"]:
            continue
        found[lesson.name] = {name: dict(sorted(row.items())) for name, row in rows.items()}
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--measured", required=True, help="where, with what, how many threads")
    given = parser.parse_args()
    target = FOLDER / "bands.json"
    lessons = json.loads(target.read_text())["lessons"] | gathered(given.folders)
    record = {"measured": given.measured, "lessons": dict(sorted(lessons.items()))}
    target.write_text(json.dumps(record, indent=1) + "\n")
    add_to_manifest(
        FOLDER, {"bands": manifest_entry(target, what="numbers of the lessons over seeds")}
    )
