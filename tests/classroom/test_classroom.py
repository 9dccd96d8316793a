import pytest
import torch

from msgan_lessons import family
from msgan_lessons.base import pictures
from msgan_lessons.base.pictures import Picture, new_figure
from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom import widgets
from msgan_lessons.classroom.film import FilmStrip
from msgan_lessons.classroom.widgets.panel import WIDGET_VIEW
from msgan_lessons.lessons.l07_training.pictures import step_lens
from msgan_lessons.losses import find_loss
from msgan_lessons.runs.parameters import Budget


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_HOME", str(tmp_path))
    monkeypatch.delenv("MSGAN_HEADLESS", raising=False)


def picture(level=0.5):
    figure, axis = new_figure(2, 1)
    axis.plot([0, level])
    return Picture(figure, f"a line to {level}", "look at its end")


def test_a_picture_is_shown_with_its_words_and_nothing_from_outside():
    bundle = picture()._repr_mimebundle_()
    assert bundle["text/plain"] == "[figure] a line to 0.5"
    assert 'alt="a line to 0.5"' in bundle["text/html"]
    assert "<figcaption>look at its end</figcaption>" in bundle["text/html"]
    assert "http" not in bundle["text/html"].split("base64")[0]


def test_tile_maps_the_range_to_bytes_and_sets_rows():
    images = torch.stack([torch.full((1, 2, 2), v) for v in (-1.0, 0.0, 1.0)])
    canvas = pictures.tile(images, 2)
    assert canvas.shape == (5, 5, 3)
    assert canvas[0, 0].tolist() == [0, 0, 0]
    assert canvas[0, 3].tolist() == [128, 128, 128]
    assert canvas[3, 0].tolist() == [255, 255, 255]
    with pytest.raises(ValueError, match="images must have shape \\(N, 1 or 3, H, W\\)"):
        pictures.tile(torch.zeros(2, 2, 4, 4), 2)


def test_plots_draw_what_they_are_given_and_refuse_nothing_at_all():
    rows = [
        {"step": s, "d_loss": 1.0, "g_loss": 1.0, "d_real_before": 0.6, "d_fake_before": 0.4,
         "d_fake_after": 0.3, "d_real_after": None}
        for s in range(1, 400)
    ]  # fmt: skip
    shown = pictures.training_curves(rows, "look")
    assert "at the end 0.60 for real and 0.40" in shown.alt
    assert pictures.smooth(rows, "d_loss")[0][0] == 1.5  # two steps a point
    assert pictures.smooth(rows, "d_real_after") == ([], [])
    assert pictures.image_rows({"a": torch.zeros(2, 1, 4, 4)}, "alt", "caption").png
    assert pictures.image_grid(torch.zeros(2, 1, 4, 4), 2, "alt", "caption").png
    alone = [{"step": 1, "d_loss": 0.5, "d_real_before": 0.6, "d_fake_before": 0.4}]
    assert "at the end 0.50 for D and none for G" in pictures.training_curves(alone, "c").alt
    assert "over 0 steps" in pictures.training_curves([], "c").alt
    with pytest.raises(ValueError, match="rows must hold at least one"):
        pictures.image_rows({}, "a", "c")
    with pytest.raises(ValueError, match="a picture must have an alt text and a caption"):
        Picture(new_figure(2, 1)[0], " ", "caption")


def test_a_film_strip_keeps_the_start_and_one_picture_a_moment():
    drawn = []
    film = FilmStrip(
        lambda: drawn.append(1) or torch.zeros(3, 1, 4, 4), Budget("x", 100, 1e9, 8), (0.1, 0.5)
    )
    for step in range(1, 101):
        film.see({"step": step, "seconds": 0.0})
    assert list(film.frames) == ["start", "step 10", "step 50"]
    assert len(drawn) == 3
    assert "3 moments" in film.picture(2).alt


def test_the_lens_leaves_d_as_it_was_and_shows_it_learning():
    real, fake, _, d, _, _ = family.small_game("dcgan", torch.rand(4, 1, 16, 16), Streams(0))
    before = [p.clone() for p in d.parameters()]
    shown = step_lens(d, real, fake, find_loss("non_saturating"), 1.0, 3)
    assert all(torch.equal(a, b) for a, b in zip(before, d.parameters(), strict=True))
    assert "After 3 steps of D" in shown.alt


def test_an_explorer_redraws_when_a_control_moves_and_shows_an_error():
    calls = []

    def draw(level, word, tick):
        calls.append((level, word, tick))
        if level > 0.9:
            raise ValueError("too high <b>")
        return picture(level)

    explorer = widgets.explore(draw, level=(0.0, 1.0, 0.1, 0.5), word=["a", "b"], tick=True)
    assert calls == [(0.5, "a", True)]
    explorer.controls["level"].value = 0.7
    explorer.controls["word"].value = "b"
    assert calls[-1] == (0.7, "b", True)
    assert "a line to 0.7" in explorer.view.value
    assert WIDGET_VIEW in explorer._repr_mimebundle_()
    explorer.controls["level"].value = 1.0
    assert "ValueError: too high &lt;b&gt;" in explorer.status.value
    explorer.controls["level"].value = 0.1
    assert explorer.status.value == ""


def test_an_explorer_has_one_to_three_controls_of_known_kinds():
    with pytest.raises(ValueError, match="one to three controls, got 4"):
        widgets.explore(picture, a=True, b=True, c=True, d=True)
    with pytest.raises(TypeError, match="control level must be a list, a bool or"):
        widgets.explore(picture, level=0.5)


def test_without_a_front_end_the_static_twin_is_shown(monkeypatch):
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    things = [
        widgets.explore(picture, level=(0.0, 1.0, 0.1, 0.5)),
        widgets.guess("l", "Which?", ["a", "b"]),
        widgets.quiz("Which?", {"a": "yes", "b": "no"}),
    ]
    for bundle in (thing._repr_mimebundle_() for thing in things):
        assert WIDGET_VIEW not in bundle
        assert bundle["text/html"]
    assert not widgets.Screen().is_due
    monkeypatch.delenv("MSGAN_HEADLESS")
    screen = widgets.Screen(columns=2, seconds=100)
    assert screen.is_due
    screen.show(torch.zeros(4, 1, 4, 4), "step 3")
    assert 'alt="Samples of G, step 3"' in screen.view.value
    assert not screen.is_due
