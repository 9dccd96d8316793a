"""Emoji: counts, unpaired training, paired held-out part, damage; small images of a folder."""

import json

import pytest
import torch
from PIL import Image

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets.images import check_source, open_images
from msgan_lessons.datasets.shipped import code_points, read_emoji


def test_no_emoji_is_in_two_parts_and_the_counts_are_those_of_the_manifest():
    counts = json.loads((data_folder() / "manifest.json").read_text())["emoji_noto"]["counts"]
    parts = {"emoji_noto": "train", "emoji_twemoji": "train", "emoji": "test"}
    points = [{point for point, _ in code_points(*part)} for part in parts.items()]
    assert [len(part) for part in points] == [648, 755, 238]
    assert [counts[name] for name in ("noto", "twemoji", "test")] == [648, 755, 238]
    assert len(set.union(*points)) == 1641
    found = [len(open_images(name, split=split, resolution=64)) for name, split in parts.items()]
    assert found == [648, 755, 2 * 238]


def test_held_out_emoji_are_paired_and_training_emoji_are_not():
    assert code_points("emoji_noto", "test") == code_points("emoji_twemoji", "test")
    (noto, labels, names), (twemoji, others, _) = (
        read_emoji(f"emoji_{style}", "test") for style in ("noto", "twemoji")
    )
    assert torch.equal(labels, others)
    assert names[labels[0]] == "Smileys & Emotion"
    distances = (noto[:, None, :, ::8, ::8].float() - twemoji[None, :, :, ::8, ::8].float()).abs()
    nearest = distances.mean((2, 3, 4)).argmin(1)
    assert (nearest == torch.arange(238)).float().mean() > 0.2  # chance: 0.004


def test_people_who_differ_in_gender_alone_stay_together():
    names = {
        split + style: {name for _, name in code_points(f"emoji_{style}", split)}
        for style in ("noto", "twemoji")
        for split in ("train", "test")
    }
    for job in ("cook", "astronaut", "judge"):
        holders = {part for part, all_ in names.items() if f"female-{job}" in all_}
        assert holders == {part for part, all_ in names.items() if f"male-{job}" in all_}


def test_pictures_are_on_white_at_every_resolution():
    for resolution in (64, 32):
        images = open_images("emoji_twemoji", resolution=resolution).images(slice(50))
        assert images.shape == (50, 3, resolution, resolution)
        corners = images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners > 0.99).float().mean() > 0.9


def test_a_damaged_sheet_is_named(tmp_path, monkeypatch):
    for file in ("manifest.json", "emoji.json", "emoji_noto.png", "emoji_twemoji.png"):
        (tmp_path / file).write_bytes((data_folder() / file).read_bytes())
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    check_source("emoji")
    sheet = tmp_path / "emoji_twemoji.png"
    sheet.write_bytes(sheet.read_bytes()[:-1])
    check_source("emoji_noto")
    with pytest.raises(ValueError, match="emoji_twemoji.png is damaged"):
        check_source("emoji")


def test_a_small_image_of_a_folder_is_refused(tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "dot.png")
    with pytest.raises(ValueError, match=r"dot.png must have at least 64x64 pixels, got 2x2\."):
        open_images(f"folder:{tmp_path}", resolution=64, min_side=64)
    with pytest.raises(ValueError, match="at least 4x4 pixels, got 2x2"):
        open_images(f"folder:{tmp_path}")
