"""What ships with the course: images and emoji, checked against their manifest."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from msgan_lessons.base.places import data_folder

Net = TypeVar("Net", bound=nn.Module)
NAMES = ("fashion_mnist",)
MANIFEST, SEAL = "manifest.json", "manifest.sha256"
RESTORE = f"restore it with: git checkout -- data/{MANIFEST} data/{SEAL}"


def check(name: str) -> dict:
    """Refuse a shipped file that is missing or damaged; return its entry of the manifest."""
    entry = _manifest(name)
    path = data_folder() / entry["file"]
    restore = f"restore it with: {entry['restore']}"
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; {restore}")
    found = digest(path)
    if found != entry["sha256"]:
        raise ValueError(
            f"{path} is damaged: its sha256 is {found}, expected {entry['sha256']}; {restore}"
        )
    return entry


def content(name: str) -> dict:
    """Read a shipped JSON file, checked."""
    return json.loads((data_folder() / check(name)["file"]).read_text())


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hash a file, once a process for as long as its time and size say that it has not changed."""
    about = path.stat()
    return _digest(str(path), about.st_mtime_ns, about.st_size, algorithm)


def network(name: str, make: Callable[[], Net], what: str, *, strict: bool = True) -> Net:
    """Load a trained network, checked at every call and read once: in eval mode, no gradients."""
    return _filled(data_folder() / check(name)["file"], make, what, strict).eval()


@lru_cache(maxsize=8)
def _filled(path: Path, make: Callable[[], Net], what: str, strict: bool) -> Net:
    made = make()
    try:
        made.load_state_dict(load_file(path), strict=strict)
    except (RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} does not hold the course's {what}.") from error
    return made.requires_grad_(False)


@lru_cache(maxsize=64)
def _digest(path: str, _changed: int, _size: int, algorithm: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def listed() -> list[str]:
    """Return the names of all files that ship with the course."""
    return list(_whole_manifest("any file"))


def seal(content: bytes) -> str:
    """Return what data/manifest.sha256 must hold: a line that `sha256sum -c` reads."""
    lines = content.replace(b"\r\n", b"\n")  # as git on Windows may write them
    return f"{hashlib.sha256(lines).hexdigest()}  {MANIFEST}\n"


def read(name: str, split: str) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Read one split as it lies in the file: uint8 (N, 1, 28, 28), int64 (N,), names of classes."""
    entry = _manifest(name)
    with np.load(data_folder() / entry["file"], allow_pickle=False) as arrays:
        pixels = torch.from_numpy(arrays[f"{split}_images"])[:, None]  # (N, 1, 28, 28)
        labels = torch.from_numpy(arrays[f"{split}_labels"]).long()
    return pixels, labels, tuple(entry["classes"])


def _manifest(name: str) -> dict:
    entry = _whole_manifest(name).get(name)
    if not isinstance(entry, dict):
        raise ValueError(_damaged(name))
    return entry


def _whole_manifest(wanted: str) -> dict[str, dict]:
    path = data_folder() / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; {RESTORE}")
    content, sealed = path.read_bytes(), data_folder() / SEAL
    if sealed.is_file() and sealed.read_text("latin-1").split() != seal(content).split():
        raise ValueError(f"{path} is damaged: its sha256 is not that in {SEAL}; {RESTORE}")
    try:
        return dict(json.loads(content))
    except (ValueError, TypeError) as error:
        raise ValueError(_damaged(wanted)) from error


def _damaged(name: str) -> str:
    path = data_folder() / MANIFEST
    return f"{path} is damaged: it does not describe {name}; {RESTORE}"


def manifest_entry(path: Path, *, licence: str = "MIT, as the course", **facts: object) -> dict:
    """Describe a file, already written, for the manifest: an entry for `add_to_manifest`."""
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        **facts,
        "licence": licence,
        "restore": f"git checkout -- data/{path.name}",
    }


def add_to_manifest(folder: Path, entries: Mapping[str, dict]) -> None:
    """Put entries into the manifest of a folder, seal it, and say what was entered."""
    index = folder / MANIFEST
    manifest = json.loads(index.read_text()) if index.exists() else {}
    index.write_text(json.dumps(manifest | dict(entries), indent=2) + "\n")
    (folder / SEAL).write_text(seal(index.read_bytes()))
    for name, entry in entries.items():
        print(f"{name}: {folder / entry['file']}, {entry['bytes']:,} bytes, {entry['sha256']}")


STYLES = ("noto", "twemoji")
EMOJI = ("emoji", "emoji_noto", "emoji_twemoji")


def check_emoji(name: str) -> None:
    """Refuse a sheet, or the list of what is on it, that is missing or damaged."""
    for file in ("emoji_list", *(f"emoji_{style}" for style in _styles(name))):
        check(file)


def read_emoji(name: str, split: str) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Read one split: uint8 (N, 3, 64, 64) on white, labels int64 (N,), names of the categories."""
    listed = _listed()
    pixels, labels = [], []
    for style in _styles(name):
        chosen = _chosen(style, split)
        pixels.append(_sheet(style)[chosen])
        labels += [listed["emoji"][i][2] for i in chosen]
    return torch.cat(pixels), torch.tensor(labels), tuple(listed["categories"])


def code_points(name: str, split: str) -> list[tuple[str, str]]:
    """Say which emoji `read_emoji` returns, in its order: ('1F600', 'grinning')."""
    emoji = _listed()["emoji"]
    return [tuple(emoji[i][:2]) for style in _styles(name) for i in _chosen(style, split)]


def _styles(name: str) -> tuple[str, ...]:
    return STYLES if name == "emoji" else (name.removeprefix("emoji_"),)


def _chosen(style: str, split: str) -> list[int]:
    """Places on a style's sheet; emoji of 'test' are in both styles, those of 'train' in one."""
    part = style if split == "train" else "test"
    return [i for i, entry in enumerate(_listed()["emoji"]) if entry[3] == part]


def _listed() -> dict:
    return json.loads((data_folder() / "emoji.json").read_text())


def _sheet(style: str) -> Tensor:
    """All pictures of a sheet, uint8 (N, 3, 64, 64)."""
    path = data_folder() / f"emoji_{style}.png"
    return _cut(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _cut(path: str, _changed: int) -> Tensor:
    with Image.open(path) as image:
        pixels = torch.from_numpy(np.array(image.convert("RGB")))  # (rows * 64, 41 * 64, 3)
    side = _listed()["side"]
    rows, columns = pixels.shape[0] // side, pixels.shape[1] // side
    tiles = pixels.view(rows, side, columns, side, 3).permute(0, 2, 4, 1, 3)
    return tiles.reshape(-1, 3, side, side)
