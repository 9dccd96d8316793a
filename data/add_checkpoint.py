"""Put the averaged G of a run into data/, with how it was made.

Usage: python data/add_checkpoint.py RUN NAME [LICENCE]
RUN is the folder of `msgan run LESSON`; NAME is the application, as
`recordings.shipped_generator` calls it; LICENCE is that of the weights, where what they
were trained on asks for another than the course's.
"""

import json
import shutil
import sys
from pathlib import Path

from msgan_lessons.base.record import PARAMS
from msgan_lessons.base.whole_files import describe
from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry

DATA = Path(__file__).parent
MAX_BYTES = 5_000_000
KEPT = ("model", "arguments", "config", "step", "seed", "data")


def add(run: Path, name: str, licence: str = "MIT, as the course") -> dict[str, dict]:
    """Copy the weights, and return the entry of the manifest."""
    known = describe(run / "checkpoint")
    source = run / "checkpoint" / "generator_ema.safetensors"
    if (size := source.stat().st_size) > MAX_BYTES:
        raise SystemExit(f"a checkpoint must be at most {MAX_BYTES:,} bytes, got {size:,}.")
    target = DATA / f"{name}_generator.safetensors"
    shutil.copyfile(source, target)
    told = json.loads((run / PARAMS).read_text())
    kept = {key: known[key] for key in KEPT if key in known}
    made = {key: told[key] for key in ("lesson", "parameters", "started", "versions")}
    return {f"{name}_generator": manifest_entry(target, licence=licence, **kept, run=made)}


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    add_to_manifest(DATA, add(Path(sys.argv[1]), *sys.argv[2:]))
