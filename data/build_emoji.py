"""Build data/emoji_noto.png, data/emoji_twemoji.png and data/emoji.json from the npm packages.

Usage: python data/build_emoji.py SOURCE [--out DIR]

SOURCE is a folder that holds the unpacked packages, for instance after
    npm pack emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0
    for s in google twitter; do mkdir $s; tar xzf emoji-datasource-$s-16.0.0.tgz -C $s; done
so that SOURCE/google/package/emoji.json is there.

Every emoji that both styles draw is taken, without flags and without skin tones, 64x64 pixels on
white, in the order of Unicode. Each belongs to one part: 'noto' (training, Noto's drawing alone),
'twemoji' (training, Twemoji's alone) or 'test' (both, for scoring). Emoji that differ in gender
alone, and clock faces, stay together in one part; otherwise the sha256 of the name decides.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

import numpy as np
from PIL import Image

from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry

SIDE, COLUMNS = 64, 41
STYLES = {"noto": "google", "twemoji": "twitter"}
PEOPLE = {"1F468", "1F469", "1F9D1", "2640", "2642", "200D", "FE0F", "2640-FE0F"}
# sha256 of the names and bytes of all 2 x 1,641 files, in order
ORIGINALS = "06b2bb78f8d4b357cd8f242c89ba1580998c2fdaef2719be04cae8255590299d"
SHARES = (("test", 0.147), ("noto", 0.147 + 0.4265), ("twemoji", 1.0))


def family(entry: dict) -> str:
    """What stays together: the code points without man, woman, person, signs and joiners."""
    if "clock" in entry["short_name"] and re.fullmatch(r"clock\d+", entry["short_name"]):
        return "clock"
    points = entry["unified"].split("-")
    return "-".join(p for p in points if p not in PEOPLE) or "person"


def part(entry: dict) -> str:
    """Draw the part by the hash of the family: no seed, no order."""
    share = int(hashlib.sha256(family(entry).encode()).hexdigest()[:8], 16) / 2**32
    return next(name for name, upto in SHARES if share < upto)


def on_white(path: Path) -> np.ndarray:
    """Read one picture, (64, 64, 3) uint8."""
    image = Image.open(path).convert("RGBA")
    if image.size != (SIDE, SIDE):
        raise SystemExit(f"{path} must have {SIDE}x{SIDE} pixels, got {image.size}.")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", image.size, "white"), image))[..., :3]


def sheet(images: list[np.ndarray]) -> Image.Image:
    """Set the pictures row by row; places left over stay white."""
    rows = -(-len(images) // COLUMNS)
    canvas = np.full((rows * SIDE, COLUMNS * SIDE, 3), 255, np.uint8)
    for i, image in enumerate(images):
        top, left = i // COLUMNS * SIDE, i % COLUMNS * SIDE
        canvas[top : top + SIDE, left : left + SIDE] = image
    return Image.fromarray(canvas)


def main() -> None:
    """Read, check, split, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()
    packages = {style: args.source / theirs / "package" for style, theirs in STYLES.items()}
    known = json.loads((packages["noto"] / "emoji.json").read_text())
    entries = sorted(
        (
            e
            for e in known
            if e["has_img_google"] and e["has_img_twitter"] and e["category"] != "Flags"
        ),
        key=lambda e: e["sort_order"],
    )
    digest, sheets = hashlib.sha256(), {}
    for style, theirs in STYLES.items():
        paths = [packages[style] / "img" / theirs / "64" / e["image"] for e in entries]
        for path in paths:
            digest.update(path.name.encode() + path.read_bytes())
        sheets[style] = sheet([on_white(path) for path in paths])
    if digest.hexdigest() != ORIGINALS:
        raise SystemExit(f"the pictures are not those of version 16.0.0: {digest.hexdigest()}")
    categories = sorted({e["category"] for e in entries})
    listed = [
        [e["unified"], e["short_name"], categories.index(e["category"]), part(e)] for e in entries
    ]
    lines = ",\n".join(json.dumps(e) for e in listed)
    head = json.dumps({"side": SIDE, "columns": COLUMNS, "categories": categories})
    (args.out / "emoji.json").write_text(f'{head[:-1]},\n"emoji": [\n{lines}\n]}}\n')
    for style, image in sheets.items():
        image.save(args.out / f"emoji_{style}.png", optimize=True)
    write_manifest(args.out, listed)


def write_manifest(out: Path, listed: list) -> None:
    """Describe the three files in manifest.json."""
    counts = {name: sum(e[3] == name for e in listed) for name, _ in SHARES}
    licences = {
        "emoji_noto": "Apache-2.0, Noto Emoji, Google",
        "emoji_twemoji": "CC BY 4.0, Twemoji, Twitter, Inc and other contributors",
        "emoji_list": "MIT, emoji-data, Cal Henderson",
    }
    files = {
        "emoji_noto": "emoji_noto.png",
        "emoji_twemoji": "emoji_twemoji.png",
        "emoji_list": "emoji.json",
    }
    add_to_manifest(
        out,
        {
            name: manifest_entry(out / file, licence=licences[name], counts=counts)
            for name, file in files.items()
        },
    )
    print(counts)


if __name__ == "__main__":
    main()
