import pytest
import torch
from PIL import Image

from msgan_lessons.datasets.clips import open_clips, read
from msgan_lessons.runs.parameters import check_parameters

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]


def frames(count, size=(20, 12)):
    return [Image.new("RGB", size, COLOURS[k % 4]) for k in range(count)]


def animate(path, count):
    first, *rest = frames(count)
    first.save(path, save_all=True, append_images=rest, duration=40)


def numbered(folder, count):
    folder.mkdir()
    for k, frame in enumerate(frames(count)):
        frame.save(folder / f"frame{k}.png")  # 10 comes after 9


@pytest.mark.parametrize("kind", ["gif", "webp", "png", "folder"])
def test_every_kind_of_clip_is_read_in_order_in_colour(tmp_path, kind):
    numbered(tmp_path / "a", 16) if kind == "folder" else animate(tmp_path / f"a.{kind}", 16)
    data = open_clips(f"folder:{tmp_path}")
    assert data.pixels.shape == (1, 3, 16, 32, 32)
    centre = data.pixels[0, :, :, 16, 16].T.float()
    assert (centre - torch.tensor(COLOURS * 4).float()).abs().max() < 40  # WebP is lossy
    clips = data.clips(3, torch.Generator().manual_seed(0))
    assert clips.shape == (3, 3, 16, 32, 32)
    assert clips.min() >= -1
    assert clips.max() <= 1


def test_a_longer_clip_is_thinned_evenly_from_first_to_last(tmp_path):
    numbered(tmp_path / "a", 31)
    pixels = read(tmp_path, 8, 16)
    assert pixels.shape == (1, 3, 16, 8, 8)
    shown = pixels[0, :, :, 4, 4].T.tolist()
    assert shown == [list(COLOURS[(2 * k) % 4]) for k in range(16)]
    (tmp_path / "a" / "frame4.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"a/frame4.png cannot be read; remove it"):
        open_clips(f"folder:{tmp_path}")


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda f: None, "it holds no clips; it needs animated GIF, WebP or PNG files"),
        (
            lambda f: animate(f / "a.gif", 1),
            "a.gif has one frame, it is a picture; each clip needs",
        ),
        (lambda f: animate(f / "a.gif", 5), "a.gif has 5 frames; each clip needs at least 16"),
        (lambda f: numbered(f / "a", 1), "a has one frame"),
        (lambda f: numbered(f / "a", 9), "a has 9 frames; each clip needs at least 16"),
        (
            lambda f: (f / "a.gif").write_bytes(b"GIF89a, no more"),
            "a.gif cannot be read; remove it",
        ),
        (lambda f: (f / "a.webp").write_bytes(b""), "a.webp cannot be read; remove it"),
        (lambda f: (f / ".hidden.gif").write_bytes(b""), "it holds no clips"),
    ],
)
def test_a_folder_that_cannot_be_used_gets_one_sentence(tmp_path, make, sentence):
    make(tmp_path)
    with pytest.raises(ValueError, match=sentence) as error:
        check_parameters(clips=f"folder:{tmp_path}", frames=16)
    assert str(error.value).count(".\n") == 0
    assert str(error.value).startswith(f"clips=folder:{tmp_path}: ")


@pytest.mark.parametrize(("name", "channels", "paper"), [("fashion_mnist", 1, -1), ("emoji", 3, 1)])
def test_sprites_lie_on_their_paper_and_splits_differ(name, channels, paper):
    clips = [open_clips(name, split=s).clips(20, torch.Generator()) for s in ("train", "test")]
    assert clips[0].shape == (20, channels, 16, 32, 32)
    assert (clips[0] == paper).float().mean() > 0.5
    assert not torch.equal(*clips)
