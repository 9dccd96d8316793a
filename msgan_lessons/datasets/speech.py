"""Speech of one voice: checked on opening, mono, 8 kHz, in [-1, 1] (lesson 13_speech)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
import torch
from torch import Tensor

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets import shipped
from msgan_lessons.datasets.images import check_is_folder, check_split

RATE = 8000  # samples a second
SHORTEST = 8192  # samples of a file, 1.02 s: as long as the segments of a training
SUFFIXES = (".flac", ".wav", ".ogg")
CONVERT = "convert it with: ffmpeg -i IN -ac 1 -ar 8000 OUT.wav"


@dataclass(frozen=True)
class SpeechData:
    """Recordings in memory, one after the other."""

    name: str
    waves: Tensor  # float32 (N,) in [-1, 1], 8,000 samples a second
    prompts: tuple[tuple[str, int, int], ...]  # (name, start, stop) of each recording, in samples

    @property
    def minutes(self) -> float:
        """Length of all recordings."""
        return len(self.waves) / RATE / 60

    def wave(self, name: str, hop: int = 640) -> Tensor:
        """Return one recording (1, 1, T), cut to a multiple of `hop`; 640 suits all spectra."""
        for known, start, stop in self.prompts:
            if known == name:
                return self.waves[start : stop - (stop - start) % hop][None, None]
        raise ValueError(
            f"name must be a recording of {self.name}, as {self.prompts[0][0]}, got {name!r}."
        )

    def segments(
        self, batch_size: int, generator: torch.Generator, length: int = SHORTEST
    ) -> Iterator[Tensor]:
        """Yield random segments (batch_size, 1, length) for ever, each within one recording."""
        if batch_size < 1 or not 1 <= length <= SHORTEST:
            raise ValueError(
                f"batch_size must be at least 1 and length from 1 to {SHORTEST}, "
                f"got {batch_size} and {length}."
            )
        rooms = torch.tensor([stop - start - length + 1 for _, start, stop in self.prompts])
        starts = torch.tensor([start for _, start, _ in self.prompts])
        return self._segments(batch_size, generator, length, rooms, starts)

    def _segments(self, batch_size, generator, length, rooms, starts) -> Iterator[Tensor]:
        ends = rooms.cumsum(0)  # each place where a segment may start is equally likely
        while True:
            place = torch.randint(int(ends[-1]), (batch_size,), generator=generator)
            prompt = torch.searchsorted(ends, place, right=True)
            first = starts[prompt] + place - (ends - rooms)[prompt]
            yield torch.stack([self.waves[i : i + length] for i in first.tolist()])[:, None]


def open_speech(name: str = "asterisk", split: str = "train") -> SpeechData:
    """Open real speech by name.

    Parameters
    ----------
    name : str
        'asterisk' (ships with the course: prompts of one voice, 8.6 minutes to train on, one
        minute held out), or 'folder:PATH': every WAV, FLAC or Ogg file there, mono, 8,000 samples
        a second, at least 1.03 s long.
    split : str
        'train' or 'test'; of a folder, the first and every tenth file after it is held out.

    Raises
    ------
    ValueError
        If a name is unknown, or a file is broken, damaged, stereo, too short or of another rate;
        the sentence says what is needed and how to convert it.
    FileNotFoundError
        If the files are not on this machine.

    Examples
    --------
    >>> speech = open_speech("asterisk", "test")
    >>> speech.wave("tt-weasels").shape, round(speech.minutes, 2)
    (torch.Size([1, 1, 23040]), 1.03)
    """
    check_split(split)
    check_speech(name)
    if name == "asterisk":
        entry = shipped.check(f"speech_{split}")
        wave = _read(data_folder() / entry["file"])
        places = (line.rsplit(" ", 2) for line in entry["prompts"])
        return SpeechData(name, wave, tuple((n, int(a), int(b)) for n, a, b in places))
    paths = _files(Path(name[7:]))
    chosen = paths[::10] if split == "test" else [p for k, p in enumerate(paths) if k % 10]
    waves = [_read(path) for path in chosen]
    ends = np.cumsum([len(w) for w in waves]).tolist()
    places = zip((p.name for p in chosen), [0, *ends[:-1]], ends, strict=True)
    return SpeechData(name, torch.cat(waves), tuple(places))


def check_speech(name: str) -> None:
    """Refuse speech that cannot be opened, before any work starts."""
    if name == "asterisk":
        for split in ("train", "test"):
            shipped.check(f"speech_{split}")
        return
    if not name.startswith("folder:"):
        raise ValueError(f"speech must be asterisk or folder:PATH, got {name!r}.")
    folder = Path(name[7:])
    check_is_folder(folder, "speech")
    paths = _files(folder)
    for path in paths:
        _check_file(path)
    if len(paths) < 2:
        raise ValueError(
            f"speech=folder:{folder}: it must hold at least two sound files "
            f"({', '.join(SUFFIXES)}; mono, {RATE} samples a second), one of them to be held out, "
            f"got {len(paths)}."
        )


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())


def _check_file(path: Path) -> None:
    """Refuse a file that is not speech of the course's form."""
    try:
        about = sf.info(path)
    except (sf.LibsndfileError, RuntimeError) as error:
        raise ValueError(f"{path} is broken or not a sound file; {CONVERT}") from error
    if about.channels != 1 or about.samplerate != RATE:
        raise ValueError(
            f"{path} must be mono with {RATE} samples a second, got {about.channels} channel(s) "
            f"with {about.samplerate}; {CONVERT}"
        )
    if about.frames < SHORTEST:
        raise ValueError(
            f"{path} must be at least {SHORTEST / RATE:.2f} s long, got "
            f"{about.frames / RATE:.2f} s; leave it out or join it with another."
        )


def _read(path: Path) -> Tensor:
    try:
        return torch.from_numpy(sf.read(path, dtype="float32")[0])
    except (sf.LibsndfileError, RuntimeError) as error:
        raise ValueError(f"{path} is broken; {CONVERT}") from error
