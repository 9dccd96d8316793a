"""Build data/fashion_mnist_25k.npz from the original Fashion-MNIST files.

Usage: python data/build_fashion_mnist.py SOURCE [--out DIR]

SOURCE is the folder with the four original files (*-ubyte.gz). Debian's package
dataset-fashion-mnist puts them into /usr/share/datasets/fashion-mnist; torchvision's download
puts them into FashionMNIST/raw. Each is checked against its sha256 first.
The part is the first 2,000 training and the first 500 test images of each of the ten classes,
in the order of the original files, so nothing is left to chance.
"""

import argparse
import gzip
import hashlib
from pathlib import Path

import numpy as np

from msgan_lessons.datasets.shipped import add_to_manifest, manifest_entry

PER_CLASS = {"train": 2000, "test": 500}
# fmt: off
FILES = {  # sha256 of the original, compressed files
    "train-images-idx3-ubyte.gz":
        "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    "train-labels-idx1-ubyte.gz":
        "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    "t10k-images-idx3-ubyte.gz":
        "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    "t10k-labels-idx1-ubyte.gz":
        "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
}
# fmt: on
CLASSES = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
]  # fmt: skip


def read_idx(path: Path) -> np.ndarray:
    """Read one IDX file of unsigned bytes, after checking its hash."""
    packed = path.read_bytes()
    found = hashlib.sha256(packed).hexdigest()
    if found != FILES[path.name]:
        raise SystemExit(f"{path} is damaged: sha256 {found}, expected {FILES[path.name]}.")
    raw = gzip.decompress(packed)
    n_axes = raw[3]
    shape = np.frombuffer(raw, ">i4", n_axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def balanced(labels: np.ndarray, per_class: int) -> np.ndarray:
    """Indices of the first `per_class` images of each class, in their original order."""
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(10)]))


def main() -> None:
    """Write the archive, and its description into manifest.json beside it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    args = parser.parse_args()

    arrays = {}
    for split, prefix in (("train", "train"), ("test", "t10k")):
        images = read_idx(args.source / f"{prefix}-images-idx3-ubyte.gz")
        labels = read_idx(args.source / f"{prefix}-labels-idx1-ubyte.gz")
        chosen = balanced(labels, PER_CLASS[split])
        arrays[f"{split}_images"] = images[chosen]
        arrays[f"{split}_labels"] = labels[chosen]

    path = args.out / "fashion_mnist_25k.npz"
    np.savez_compressed(path, **arrays)
    entry = manifest_entry(
        path,
        licence="MIT, copyright 2017 Zalando SE",
        arrays={k: hashlib.sha256(v.tobytes()).hexdigest() for k, v in arrays.items()},
        counts={split: len(arrays[f"{split}_labels"]) for split in PER_CLASS},
        shape=list(arrays["train_images"].shape[1:]),
        range=[0, 255],
        classes=CLASSES,
    )
    add_to_manifest(args.out, {"fashion_mnist": entry})


if __name__ == "__main__":
    main()
