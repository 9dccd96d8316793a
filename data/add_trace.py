"""Put a recorded run into data/: its trace, and its averaged G where it left a checkpoint.

Usage: python data/add_trace.py RUN NAME
RUN is the folder of `msgan run LESSON --trace`; NAME is what `recordings.recorded_trace`
calls it. What the run was told, and with which versions, goes into the manifest.
"""

import json
import shutil
import sys
from pathlib import Path

from msgan_lessons.base.record import PARAMS
from msgan_lessons.base.whole_files import INDEX, describe
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry
from msgan_lessons.runs.trace import FILE, MAX_BYTES, read_trace

DATA = Path(__file__).parent


def add(run: Path, name: str) -> dict[str, dict]:
    """Copy what the run left, and return the entries of the manifest."""
    trace = read_trace(run / FILE)
    size = (run / FILE).stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"a trace must be at most {MAX_BYTES:,} bytes, got {size:,}.")
    target = DATA / f"{name}_trace.npz"
    shutil.copyfile(run / FILE, target)
    told = json.loads((run / PARAMS).read_text())
    made = {key: told[key] for key in ("lesson", "parameters", "started", "versions")}
    facts = {"moments": len(trace), "steps": trace.row(-1)["step"], "about": trace.about}
    facts["run"] = made
    found = {f"{name}_trace": manifest_entry(target, **facts)}
    if (run / "checkpoint" / INDEX).is_file():
        known = describe(run / "checkpoint")
        target = DATA / f"{name}_generator.safetensors"
        shutil.copyfile(run / "checkpoint" / "generator_ema.safetensors", target)
        kept = {key: known[key] for key in ("model", "arguments", "step", "seed", "data")}
        found[f"{name}_generator"] = manifest_entry(target, **kept)
    return found


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    add_to_manifest(DATA, add(Path(sys.argv[1]), sys.argv[2]))
