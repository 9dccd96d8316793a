"""Data sets that are downloaded, but only when asked, and opened where they were put."""

import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from msgan_lessons.base.places import download_folder
from msgan_lessons.datasets import shipped

NAMES = ("fashion_mnist_full", "cifar10", "celeba")
CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"  # as on its page, kriz/cifar.html
CIFAR10_FILES = {
    "train": [f"data_batch_{part}.bin" for part in range(1, 6)],
    "test": ["test_batch.bin"],
}


def check(name: str) -> None:
    """Refuse a data set that is not on this machine."""
    if name == "cifar10":
        return _check_cifar10()
    try:
        _open(name, "test", download=False)
    except (RuntimeError, OSError) as error:
        raise FileNotFoundError(
            f"data={name} is not in {download_folder()}; download it with: msgan download {name}"
        ) from error


def fetch(name: str) -> None:
    """Download a data set, both splits, unless it is there."""
    if name == "cifar10":
        from torchvision.datasets.utils import download_url

        return download_url(CIFAR10, str(download_folder()), md5=CIFAR10_MD5)
    for split in ("train", "test"):
        _open(name, split, download=True)


def read(
    name: str, split: str, resolution: int, download: bool
) -> tuple[Tensor, Tensor | None, tuple[str, ...]]:
    """Read one split: uint8 (N, C, R, R), labels int64 (N,) or None, names of the classes."""
    fetch(name) if download else check(name)
    source, classes = _cifar10(split) if name == "cifar10" else _open(name, split)
    images, labels = [], []
    for image, label in source:
        images.append(_square(image, resolution, border=2 if name == "fashion_mnist_full" else 0))
        labels.append(label)
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
    return pixels, torch.tensor(labels) if classes else None, classes


def _square(image: Image.Image, resolution: int, border: int) -> np.ndarray:
    image = ImageOps.expand(image, border) if border else image
    fitted = ImageOps.fit(image, (resolution, resolution), Image.Resampling.BILINEAR)
    pixels = np.asarray(fitted)
    return pixels[..., None] if pixels.ndim == 2 else pixels  # (R, R, C)


def _open(name: str, split: str, download: bool = False) -> tuple[Iterable, tuple[str, ...]]:
    """Pairs of image and label as torchvision has them, and the names of the classes, if any."""
    from torchvision import datasets  # 5 s to import, so only here

    root = str(download_folder())
    if name == "celeba":  # its forty attributes are not classes
        found = datasets.CelebA(root, split=split, target_type=[], download=download)
        return found, ()
    found = datasets.FashionMNIST(root, train=split == "train", download=download)
    return found, tuple(found.classes)


def _archive() -> Path:
    return download_folder() / CIFAR10.rsplit("/", 1)[-1]


def _check_cifar10() -> None:
    path, cure = _archive(), "download it with: msgan download cifar10"
    if not path.is_file():
        pickled = " (the pickled files in cifar-10-batches-py are not read)"
        known = pickled if (path.parent / "cifar-10-batches-py").exists() else ""
        raise FileNotFoundError(f"data=cifar10 is not in {path.parent}{known}; {cure}")
    if (found := shipped.digest(path, "md5")) != CIFAR10_MD5:
        raise ValueError(f"{path} is damaged: its MD5 is {found}, expected {CIFAR10_MD5}; {cure}")


def _cifar10(split: str) -> tuple[Iterator, tuple[str, ...]]:
    """Pairs of image and label from the binary archive, and the names of the classes."""
    with tarfile.open(_archive()) as archive:
        files = {Path(x.name).name: archive.extractfile(x).read() for x in archive if x.isfile()}
    content = b"".join(files[name] for name in CIFAR10_FILES[split])
    rows = np.frombuffer(content, np.uint8).reshape(-1, 1 + 3 * 32 * 32)  # label, red, green, blue
    images = rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    pairs = zip(map(Image.fromarray, images), rows[:, 0].tolist(), strict=True)
    return pairs, tuple(files["batches.meta.txt"].decode().split())
