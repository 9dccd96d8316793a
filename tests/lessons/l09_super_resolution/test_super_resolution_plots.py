import io

import pytest
import torch
from PIL import Image

from msgan_lessons.lessons.l09_super_resolution.pictures import (
    added_bands,
    distortion_perception,
    enlarged_rows,
    score_table,
)

SCORES = {
    "bicubic": {"psnr": 21.9, "ssim": 0.75, "swd_64": 0.045, "frechet": 7.3},
    "MSE": {"psnr": 25.4, "ssim": 0.83, "swd_64": 0.026, "frechet": 1.7},
    "GAN": {"psnr": 25.1, "ssim": 0.84, "swd_64": 0.024, "frechet": 1.1},
}


def size(picture):
    return Image.open(io.BytesIO(picture.png)).size


def test_rows_of_all_resolutions_take_the_same_space_and_a_part_as_much():
    rows = {"16x16": torch.zeros(3, 3, 16, 16), "real": torch.zeros(3, 3, 64, 64)}
    whole, middle = enlarged_rows(rows, "look"), enlarged_rows(rows, "look", 0.5)
    assert size(whole) == size(middle)
    assert whole.alt == "3 images in columns; rows: 16x16; real."
    for part in (0.0, 1.5):
        with pytest.raises(ValueError, match=r"part must be in \(0, 1\], got"):
            enlarged_rows(rows, "look", part)
    with pytest.raises(ValueError, match="equally many images, got"):
        enlarged_rows({**rows, "more": torch.zeros(4, 3, 64, 64)}, "look")


def test_bands_of_another_shape_are_refused():
    image = torch.rand(3, 64, 64)
    assert "bicubic, real" in added_bands(image, {"bicubic": image}, "look").alt
    with pytest.raises(ValueError, match=r"fakes must have the shape \(3, 64, 64\), got \(3, 32"):
        added_bands(image, {"bicubic": torch.rand(3, 32, 32)}, "look")


def test_each_method_is_told_with_both_kinds_of_score():
    alt = distortion_perception(SCORES, "look").alt
    assert "GAN: 25.1 dB, Fréchet 1.10, SWD 0.024" in alt
    with pytest.raises(ValueError, match="at least one method, got none"):
        distortion_perception({}, "look")


def test_the_table_stars_the_best_whichever_way_is_better():
    headings, *lines = score_table(SCORES).splitlines()
    assert headings.split() == ["PSNR", "SSIM", "SWD", "64", "Fréchet"]
    cells = {line.split()[0]: line.split()[1:] for line in lines}
    assert cells["MSE"] == ["25.40*", "0.830", "0.0260", "1.70"]
    assert cells["GAN"] == ["25.10", "0.840*", "0.0240*", "1.10*"]
    with pytest.raises(ValueError, match="at least one method, got none"):
        score_table({})
