import io
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from msgan_lessons.classroom import widgets
from msgan_lessons.datasets.images import decode
from msgan_lessons.lessons.l10_style_transfer.bench import STARTS, StyleBench


class Darker(nn.Module):
    def forward(self, images):
        return (images - 0.5).clamp(-1, 1)


@pytest.fixture
def bench():
    both = nn.Module()
    both.there, both.back = Darker(), nn.Identity()
    first, second = torch.zeros(3, 3, 16, 16), torch.full((3, 3, 16, 16), 0.5)
    return StyleBench(both, first, second, probability=lambda x: (x.mean((1, 2, 3)) < 0).float())


def file(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def noise_image():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3))
    return Image.fromarray(noise.astype(np.uint8))


def test_an_emoji_is_turned_and_turned_back(bench):
    turned, cycled = bench.turned()
    assert torch.equal(bench.given, torch.zeros(3, 16, 16))
    assert torch.equal(turned, torch.full((3, 16, 16), -0.5))
    assert torch.equal(cycled, turned)
    assert "mean change 0.500" in bench.status()
    assert "P(Twemoji) 0.00 before, 1.00 after" in bench.status()


def test_the_other_direction_starts_from_the_other_style(bench):
    bench.set("into", "Noto")
    turned, cycled = bench.turned()
    assert torch.equal(turned, torch.full((3, 16, 16), 0.5))
    assert torch.equal(cycled, torch.zeros(3, 16, 16))


def test_a_stroke_paints_the_page_and_clear_takes_it_away(bench):
    bench.set("start", STARTS[1])
    bench.set("colour", "black")
    bench.set("radius", 1)
    bench.set("given", (0.2, 0.5, 1))
    bench.set("given", (0.8, 0.5, 1))
    assert (bench.given[:, 8, 4:12] < -0.5).all()
    assert (bench.given[:, 0] == 1).all()
    bench.set("given", (0.8, 0.9, 2))  # a new stroke is not joined to the last one
    assert (bench.given[:, 11, 12] == 1).all()
    bench.set("clear", None)
    assert (bench.given == 1).all()


def test_the_true_twin_is_shown_for_an_untouched_emoji_alone(bench):
    assert bench.frame()["turned"].shape == (16, 4 * 18 - 2, 3)
    twin = bench.frame()["turned"][:, -16:]
    assert np.ptp(twin) == 0
    assert twin[0, 0, 0] == 191
    bench.set("given", (0.5, 0.5, 1))
    assert (bench.frame()["turned"][:, -16:] == 255).all()


def test_an_upload_replaces_the_drawing_and_moves_the_menu(bench):
    with pytest.raises(ValueError, match="Upload a file first"):
        bench.set("start", STARTS[2])
    bench.set("given", (0.5, 0.5, 1))
    assert bench.take(torch.full((3, 16, 16), 255, dtype=torch.uint8)) == {"start": STARTS[2]}
    assert (bench.given == 1).all()
    with pytest.raises(ValueError, match=r"image must have shape \(3, 16, 16\), got"):
        bench.take(torch.zeros(3, 8, 8, dtype=torch.uint8))


def test_an_upload_is_decoded_flattened_and_cropped():
    wide = Image.new("RGBA", (40, 20), (0, 0, 0, 0))
    wide.paste((255, 0, 0, 255), (15, 0, 25, 20))
    pixels = decode(file(wide), 16)
    assert pixels.shape == (3, 16, 16)
    assert pixels.dtype == torch.uint8
    assert pixels[:, 8, 8].tolist() == [255, 0, 0]
    assert pixels[:, 8, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (file(Image.new("RGB", (2, 2))), "the image must have at least 8x8 pixels, got 2x2"),
        (b"no image at all", "the file must be an image .* got 15 bytes"),
        (b"", "the file must be an image .* got 0 bytes"),
        (file(noise_image())[:600], "the file must be an image"),
        (file(Image.new("1", (8000, 8000))), "at most 40,000,000 pixels, got 8000x8000"),
        (file(Image.new("1", (14000, 14000))), "at most 40,000,000 pixels"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_wrong_file_gets_one_sentence(content, sentence):
    with pytest.raises(ValueError, match=sentence):
        decode(content, 16)


def test_the_button_takes_a_file_and_answers_beside_it(bench):
    shown = widgets.upload(bench, caption="c")
    shown.button.value = ({"name": "mine.png", "type": "image/png", "size": 3,
                           "content": memoryview(file(Image.new("RGB", (20, 20), "red"))),
                           "last_modified": datetime.now(tz=UTC)},)  # fmt: skip
    assert "mine.png: taken" in shown.said.value
    assert bench.values["start"] == STARTS[2]
    assert bench.given[0].min() == 1
    shown.take("bad<b>.png", b"no")
    assert 'role="alert"' in shown.said.value
    assert "bad&lt;b&gt;.png: the file must be an image" in shown.said.value
    assert bench.given[0].min() == 1
