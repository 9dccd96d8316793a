import json

import numpy as np
import pytest
import soundfile as sf
import torch

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets.speech import open_speech
from msgan_lessons.runs.parameters import check_parameters


@pytest.fixture(scope="module")
def speech():
    return {split: open_speech("asterisk", split) for split in ("train", "test")}


def write(path, seconds=1.5, channels=1, rate=8000):
    shape = (int(seconds * rate), channels) if channels > 1 else int(seconds * rate)
    sf.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, shape), rate)


def test_the_shipped_speech_is_what_the_manifest_says(speech):
    entries = json.loads((data_folder() / "manifest.json").read_text())
    for split, data in speech.items():
        entry = entries[f"speech_{split}"]
        assert data.waves.dtype == torch.float32
        assert data.waves.abs().max() <= 1
        assert len(data.waves) == entry["samples"] == data.prompts[-1][2]
        assert len(data.prompts) == entry["count"]
        starts, stops = zip(*[p[1:] for p in data.prompts], strict=True)
        assert starts == (0, *stops[:-1])
        assert min(b - a for a, b in zip(starts, stops, strict=True)) >= 1.3 * 8000
        assert "CC BY-SA 3.0" in entry["licence"]
        assert "Allison Smith" in entry["attribution"]
    assert speech["train"].minutes == pytest.approx(8.65, abs=0.01)
    assert not {p[0] for p in speech["train"].prompts} & {p[0] for p in speech["test"].prompts}
    files = [data_folder() / entries[f"speech_{s}"]["file"] for s in speech]
    assert sum(f.stat().st_size for f in files) <= 6_000_000


def test_segments_stay_within_a_recording_and_follow_their_stream(speech):
    test = speech["test"]
    pieces = next(test.segments(64, torch.Generator().manual_seed(0), 3840))
    again = next(test.segments(64, torch.Generator().manual_seed(0), 3840))
    assert pieces.shape == (64, 1, 3840)
    assert torch.equal(pieces, again)
    whole = test.waves.unfold(0, 3840, 1)
    for piece in pieces[:8, 0]:
        place = int((whole[:, ::500] == piece[::500]).all(1).nonzero()[0])
        assert any(start <= place and place + 3840 <= stop for _, start, stop in test.prompts)


def test_a_folder_of_your_own(tmp_path):
    for k in range(3):
        write(tmp_path / f"{k}.wav", 1.1 + k / 10)
    check_parameters(speech=f"folder:{tmp_path}")
    train, test = (open_speech(f"folder:{tmp_path}", split) for split in ("train", "test"))
    assert [p[0] for p in test.prompts] == ["0.wav"]
    assert [p[0] for p in train.prompts] == ["1.wav", "2.wav"]
    assert len(train.waves) == 9600 + 10400
    assert train.wave("2.wav").shape == (1, 1, 10240)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": 2}, r"must be mono with 8000 samples a second, got 2 channel\(s\) with 8000"),
        ({"rate": 44100}, r"got 1 channel\(s\) with 44100; convert it with: ffmpeg -i IN -ac 1"),
        ({"seconds": 0.5}, r"must be at least 1.02 s long, got 0.50 s; leave it out or join it"),
    ],
)
def test_wrong_sound_gets_one_sentence(tmp_path, settings, message):
    write(tmp_path / "good.wav")
    write(tmp_path / "wrong.wav", **settings)
    with pytest.raises(ValueError, match=message) as error:
        check_parameters(speech=f"folder:{tmp_path}")
    assert "wrong.wav" in str(error.value)


def test_few_and_broken_files_get_one_sentence(tmp_path):
    write(tmp_path / "good.flac")
    with pytest.raises(ValueError, match="at least two sound files .* got 1"):
        open_speech(f"folder:{tmp_path}")
    whole = (tmp_path / "good.flac").read_bytes()
    for content in (b"no sound", whole[: len(whole) // 2]):
        (tmp_path / "wrong.flac").write_bytes(content)
        with pytest.raises(ValueError, match="wrong.flac is broken.*; convert it with"):
            open_speech(f"folder:{tmp_path}")
