"""Build speech_train.flac and speech_test.flac from the sound files of Asterisk's core prompts.

Usage: python data/build_speech.py SOURCE [--out FOLDER]
SOURCE is the folder `en_US_f_Allison` of Debian's package asterisk-core-sounds-en-wav.
Prompts are joined as they are, silence included; the manifest says where each begins and ends.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import soundfile as sf

from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry

RATE = 8000
ORIGINALS = "1ecf863975c18c27b0bee1da5f4c8e2a944872769122b73588b941ac57cfc9ed"
SECONDS = (1.3, 12.0)  # a prompt's length, at least and below
TRAIN_MINUTES = 8.6
NO_SPEECH = ("silence/", "tt-monkeys.wav")  # the second one is a recording of animals
HELD_OUT = (  # no training prompt shares a recording with one of these: `similarity`
    "at-tone-time-exactly", "dictate/enter_filename", "followme/status", "queue-periodic-announce",
    "privacy-prompt", "ss-noservice", "tt-allbusy", "tt-weasels", "vm-tocancelmsg", "vm-nobox",
    "conf-getchannel", "demo-thanks", "agent-newlocation",
)  # fmt: skip
WINDOW, SAME, QUIET = 6400, 0.7, 0.03  # samples compared, correlation, root mean square


def prompts(source: Path) -> dict[str, np.ndarray]:
    """Read all prompts, int16, by name without '.wav'; refuse another set of files."""
    paths = sorted(source.rglob("*.wav"))
    lines = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(source)}" for p in paths
    ]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    if digest != ORIGINALS:
        raise SystemExit(
            f"SOURCE must be the 568 files of asterisk-core-sounds-en-wav 1.6.1, "
            f"got {len(paths)} files with digest {digest}."
        )
    found = {}
    for path in paths:
        name = str(path.relative_to(source))
        if not name.startswith(NO_SPEECH):
            found[name.removesuffix(".wav")] = sf.read(path, dtype="int16")[0]
    return found


def similarity(held_out: np.ndarray, other: np.ndarray) -> float:
    """Highest normalised correlation of any 0.8 s of one prompt with any 0.8 s of another."""
    size = 1 << (len(other) + WINDOW).bit_length()
    other = other / 32768
    spectrum = np.fft.rfft(other, size)
    energy = np.convolve(other**2, np.ones(WINDOW), mode="valid").clip(WINDOW * QUIET**2)
    best = 0.0
    for start in range(0, len(held_out) - WINDOW + 1, WINDOW // 2):
        window = held_out[start : start + WINDOW] / 32768
        if (norm := np.linalg.norm(window)) < QUIET * WINDOW**0.5:
            continue
        found = np.fft.irfft(spectrum * np.fft.rfft(window, size).conj(), size)[: len(energy)]
        best = max(best, float((found / np.sqrt(energy)).max() / norm))
    return best


def chosen(found: dict[str, np.ndarray]) -> dict[str, list[str]]:
    """Names for each split: training prompts in the order of their names' sha256."""
    low, high = (s * RATE for s in SECONDS)
    names = [n for n, x in found.items() if low <= len(x) < high and n not in HELD_OUT]
    names.sort(key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    train, samples = [], 0
    for name in names:
        if samples >= TRAIN_MINUTES * 60 * RATE:
            break
        scores = {held: similarity(found[held], found[name]) for held in HELD_OUT}
        nearest = max(scores, key=scores.get)
        if scores[nearest] >= SAME:
            print(f"left out: {name}, as in {nearest}: {scores[nearest]:.2f}")
            continue
        train.append(name)
        samples += len(found[name])
    return {"train": sorted(train), "test": list(HELD_OUT)}


def entry(path: Path, waves: dict[str, np.ndarray]) -> dict:
    """Describe one file for the manifest."""
    ends = np.cumsum([len(x) for x in waves.values()])
    places = zip(waves, [0, *ends[:-1]], ends, strict=True)
    return manifest_entry(
        path,
        licence="CC BY-SA 3.0, copyright 2003-2010 Allison Smith",
        attribution="Asterisk core sounds, recorded by Allison Smith (www.theivrvoice.com), "
        "financed by Digium, Inc.; a part, joined and packed as FLAC",
        originals=f"asterisk-core-sounds-en-wav 1.6.1, digest {ORIGINALS}",
        rate=RATE,
        samples=int(ends[-1]),
        minutes=round(ends[-1] / RATE / 60, 2),
        count=len(waves),
        prompts=[f"{name} {start} {stop}" for name, start, stop in places],
    )


def main() -> None:
    """Write both files, and their descriptions into manifest.json beside them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    found, entries = prompts(args.source), {}
    for split, names in chosen(found).items():
        path = args.out / f"speech_{split}.flac"
        waves = {name: found[name] for name in names}
        joined = np.concatenate(list(waves.values()))
        sf.write(path, joined, RATE, subtype="PCM_16", compression_level=1.0)
        entries[f"speech_{split}"] = about = entry(path, waves)
        print(f"{path}: {about['bytes']:,} bytes, {about['count']} prompts, {about['minutes']} min")
    add_to_manifest(args.out, entries)


if __name__ == "__main__":
    main()
