"""Data sets that torchvision knows: opened where they were downloaded, fetched only when asked."""

import pickletools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from msgan_lessons.base.places import download_folder

PIXELS = 3 * 32 * 32
INTS = ("BININT", "BININT1", "BININT2")
KEY_OF_LABELS, KEY_OF_NAMES = "labels", "label_names"


def read_batch(path: Path) -> tuple[np.ndarray, list[int]]:
    """Read one batch of CIFAR-10: images uint8 (N, 32, 32, 3), and N labels."""
    pixels, labels, key = b"", [], ""
    for name, value in _opcodes(path):
        if isinstance(value, str | bytes | bytearray):
            content = value.encode("latin-1") if isinstance(value, str) else bytes(value)
            pixels = max(pixels, content, key=len)
            key = value if isinstance(value, str) else ""
        elif name in INTS and key == KEY_OF_LABELS:
            labels.append(value)
    if not labels or len(pixels) != PIXELS * len(labels):
        raise ValueError(f"{path} is damaged: it is not a batch of CIFAR-10.")
    images = np.frombuffer(pixels, np.uint8).reshape(-1, 3, 32, 32)
    return images.transpose(0, 2, 3, 1), labels


def read_names(path: Path) -> tuple[str, ...]:
    """Read the names of CIFAR-10's classes from its 'batches.meta'."""
    names, inside = [], False
    for name, value in _opcodes(path):
        if inside and isinstance(value, str):
            names.append(value)
        inside = (inside or value == KEY_OF_NAMES) and name != "APPENDS"
    if not names:
        raise ValueError(f"{path} is damaged: it holds no names of classes.")
    return tuple(names)


def _opcodes(path: Path) -> Iterator[tuple[str, object]]:
    """The instructions of a pickle, none of which is carried out."""
    try:
        for opcode, value, _ in pickletools.genops(path.read_bytes()):
            yield opcode.name, value
    except ValueError as error:
        raise ValueError(f"{path} is damaged: it is not a batch of CIFAR-10.") from error


NAMES = ("fashion_mnist_full", "cifar10", "celeba")


def check(name: str) -> None:
    """Refuse a data set that is not on this machine."""
    try:
        _open(name, "test", download=False)
    except (RuntimeError, OSError) as error:
        raise FileNotFoundError(
            f"data={name} is not in {download_folder()}; download it with: msgan download {name}"
        ) from error


def fetch(name: str) -> None:
    """Download a data set, both splits, unless it is there."""
    for split in ("train", "test"):
        _open(name, split, download=True)


def read(
    name: str, split: str, resolution: int, download: bool
) -> tuple[Tensor, Tensor | None, tuple[str, ...]]:
    """Read one split: uint8 (N, C, R, R), labels int64 (N,) or None, names of the classes."""
    if not download:
        check(name)
    source = _open(name, split, download)
    labelled = name != "celeba"  # CelebA's forty attributes are not classes
    images, labels = [], []
    for image, label in source:
        images.append(_square(image, resolution, border=2 if name == "fashion_mnist_full" else 0))
        labels.append(label if labelled else 0)
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).contiguous()
    if not labelled:
        return pixels, None, ()
    return pixels, torch.tensor(labels), tuple(source.classes)


def _square(image: Image.Image, resolution: int, border: int) -> np.ndarray:
    image = ImageOps.expand(image, border) if border else image
    fitted = ImageOps.fit(image, (resolution, resolution), Image.Resampling.BILINEAR)
    pixels = np.asarray(fitted)
    return pixels[..., None] if pixels.ndim == 2 else pixels  # (R, R, C)


def _open(name: str, split: str, download: bool):
    from torchvision import datasets  # 5 s to import, so only here

    root = str(download_folder())
    train = split == "train"
    if name == "fashion_mnist_full":
        return datasets.FashionMNIST(root, train=train, download=download)
    if name == "cifar10":
        return _Cifar10(root, split, download)
    return datasets.CelebA(root, split=split, download=download)


class _Cifar10:
    """CIFAR-10 where torchvision puts it; torchvision itself would unpickle it."""

    def __init__(self, root: str, split: str, download: bool) -> None:
        from torchvision.datasets import cifar, utils

        known, folder = cifar.CIFAR10, Path(root) / cifar.CIFAR10.base_folder
        files = [*known.train_list, *known.test_list, [known.meta["filename"], known.meta["md5"]]]

        def whole() -> bool:
            return all(cifar.check_integrity(str(folder / name), md5) for name, md5 in files)

        if download and not whole():
            told = {"filename": known.filename, "md5": known.tgz_md5}
            utils.download_and_extract_archive(known.url, root, **told)
        if not whole():
            raise RuntimeError("Dataset not found or corrupted.")
        listed = known.train_list if split == "train" else known.test_list
        self._paths = [folder / name for name, _ in listed]
        self.classes = read_names(folder / known.meta["filename"])

    def __iter__(self) -> Iterator[tuple[Image.Image, int]]:
        for path in self._paths:
            for pixels, label in zip(*read_batch(path), strict=True):
                yield Image.fromarray(pixels), label
