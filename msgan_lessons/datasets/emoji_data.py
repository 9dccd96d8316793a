"""Emoji in two styles, Noto and Twemoji: unpaired for training, paired where they are held out."""

import json
from functools import lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped_data

__all__ = ["NAMES", "check", "code_points", "read"]

STYLES = ("noto", "twemoji")
NAMES = ("emoji", "emoji_noto", "emoji_twemoji")


def check(name: str) -> None:
    """Refuse a sheet, or the list of what is on it, that is missing or damaged.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Raises
    ------
    FileNotFoundError
        If a file is missing; the sentence says how to restore it.
    ValueError
        If a file is damaged.
    """
    for file in ("emoji_list", *(f"emoji_{style}" for style in _styles(name))):
        shipped_data.check(file)


def read(name: str, split: str) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Read one split.

    Parameters
    ----------
    name : str
        'emoji_noto' or 'emoji_twemoji': one style. 'emoji': both, first all of Noto, then Twemoji.
    split : str
        'train': no emoji is there in both styles, so that nothing is paired. 'test': the same
        emoji in both styles, in the same order.

    Returns
    -------
    tuple
        Pixels uint8 (N, 3, 64, 64) on white, labels int64 (N,): Unicode's category, names of the
        categories.

    Examples
    --------
    >>> pixels, labels, names = read("emoji_noto", "test")
    >>> tuple(pixels.shape), names[labels[0]]
    ((238, 3, 64, 64), 'Smileys & Emotion')
    """
    listed = _listed()
    pixels, labels = [], []
    for style in _styles(name):
        chosen = _chosen(style, split)
        pixels.append(_sheet(style)[chosen])
        labels += [listed["emoji"][i][2] for i in chosen]
    return torch.cat(pixels), torch.tensor(labels), tuple(listed["categories"])


def code_points(name: str, split: str) -> list[tuple[str, str]]:
    """Say which emoji `read` returns, in its order.

    Parameters
    ----------
    name, split
        As for `read`.

    Returns
    -------
    list of tuple
        (code points as in '1F600', short name as in 'grinning').

    Examples
    --------
    >>> code_points("emoji_noto", "test")[0]
    ('1F604', 'smile')
    """
    emoji = _listed()["emoji"]
    return [tuple(emoji[i][:2]) for style in _styles(name) for i in _chosen(style, split)]


def _styles(name: str) -> tuple[str, ...]:
    return STYLES if name == "emoji" else (name.removeprefix("emoji_"),)


def _chosen(style: str, split: str) -> list[int]:
    """Places on the sheet of a style's split."""
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
