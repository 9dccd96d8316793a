"""A panel: what it sends to the page, what the page may say to it, and who plays."""

import json
from pathlib import Path

import numpy as np
import pytest

from msgan_lessons.base.pictures import Picture, new_figure
from msgan_lessons.classroom import widgets
from msgan_lessons.classroom.panel import (
    Action,
    Bars,
    Curves,
    Heat,
    Layer,
    Menu,
    Pixels,
    Plane,
    Series,
    Slider,
    Steps,
    Tick,
)
from msgan_lessons.classroom.widgets import live_view, panel


class Subject:
    """A subject of the smallest kind."""

    name = "a_test"
    moves = frozenset({"d_only"})
    views = (
        Pixels("samples", "Samples", pointer="drag"),
        Curves("loss", "Losses", series=[Series("d_loss", "loss of D", "third")]),
    )
    controls = (
        Menu("model", "model", choices=["dcgan", "msggan"], value="dcgan"),
        Slider("lr", "learning rate", "Training", -5, -1, 0.1, 1e-3, log=True),
        Slider("latent_dim", "latents", "Training", 1, 8, 1, 2),
        Tick("slow", "slow motion", "Steps and speed"),
        Action("d_only", "Step D", "Steps and speed"),
    )

    def __init__(self):
        self.step, self.taken = 0, []

    def rows(self):
        self.step = 0  # a training is started here, not at its first move
        return self._rows()

    def _rows(self):
        for self.step in range(1, 10**9):
            yield {"step": self.step, "d_loss": 1 / self.step if self.step % 2 else None}

    def set(self, name, value):
        self.taken.append((name, value))
        if value in (7, [2, 2]):
            raise ValueError(f"{name} must not be {value}.")
        if value == [3, 3]:
            raise KeyError("a slip")
        return name == "latent_dim"

    def frame(self):
        return {"samples": np.full((4, 4), self.step % 256, np.uint8)}

    def status(self, row=None):
        return f"step {row['step']}" if row else "still"

    def picture(self):
        figure, axis = new_figure(2, 1)
        axis.plot([0, 1])
        return Picture(figure, "a line", "look at its end")


class Tape:
    """A trace of five moments."""

    rows = tuple({"step": s, "d_loss": float(s)} for s in range(10, 60, 10))

    def __len__(self):
        return len(self.rows)

    def row(self, i):
        return self.rows[i]

    def frame(self, i):
        return {"samples": np.full((2, 2), i, np.uint8)}


@pytest.fixture(autouse=True)
def sent(monkeypatch, headless):
    """What panels send to the page."""
    messages = []
    send = lambda self, content, buffers=None: messages.append((content, buffers))  # noqa: E731
    monkeypatch.setattr(panel.Panel, "send", send)
    return messages


@pytest.fixture
def game():
    return widgets.live(Subject(), steps=3)


@pytest.fixture
def film():
    return widgets.replay(
        Tape(), views=Subject.views, status=lambda row: f"step {row['step']}",
        picture=lambda trace: Subject().picture(), name="a_tape",
    )  # fmt: skip


def said(sent):
    """The kinds of the messages, and the sentence of each error."""
    return [content.get("text", content["k"]) for content, _ in sent]


def setting(shown, name, value):
    shown.panel.receive({"k": "set", "name": name, "value": value, "id": 5})


def pressing(shown, kind, name):
    shown.panel.receive({"k": kind, "name": name, "id": 5})


def test_without_a_front_end_so_many_moves_are_played_and_a_picture_is_left(game):
    assert game.player.moves == game.rows[-1]["step"] == 3
    bundle = game._repr_mimebundle_()
    assert panel.WIDGET_VIEW not in bundle
    assert 'alt="a line"' in bundle["text/html"]


def test_who_started_the_kernel_decides_whether_there_is_a_front_end(monkeypatch):
    monkeypatch.delenv("MSGAN_HEADLESS")
    for name in panel.SERVERS:
        monkeypatch.delenv(name, raising=False)
    assert not panel.has_front_end()
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    assert panel.has_front_end()
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    assert not panel.has_front_end()


def test_a_frame_goes_out_with_its_shapes_and_bytes(game, sent):
    content, buffers = sent[-1]
    assert (content["k"], content["status"]) == ("frame", "step 3")
    arrays = {name: (kind, shape) for name, kind, shape in content["arrays"]}
    assert arrays["samples"] == ("uint8", [4, 4])
    assert arrays["loss.d_loss"][0] == "float32"
    assert buffers[0] == bytes([3]) * 16
    assert game.panel.values["lr"] == 1e-3
    game.panel.receive({"k": "ready"})  # a view that is opened later gets the last one
    assert (sent[-1][0]["n"], sent[-1][1]) == (content["n"], buffers)
    kinds = {np.float64: "float32", np.float16: "float32", np.int64: "int32", np.uint8: "uint8"}
    for given, wanted in kinds.items():
        assert panel.plain_array(np.zeros((2, 3), given).T).dtype.name == wanted
    assert np.isnan(panel.plain_array(np.array([1.0, np.nan]))[1])


def test_what_is_moved_reaches_the_subject_between_two_moves_and_is_answered(game, sent):
    setting(game, "lr", 0.01)
    assert sent[-1][0] == {"k": "echo", "id": 5, "name": "lr"}
    assert game.subject.taken == []  # not yet: a thread of its own may have brought it
    game.play_to(4)
    assert game.subject.taken == [("lr", 0.01)]
    assert [5] in [content.get("answered") for content, _ in sent]
    setting(game, "latent_dim", 3.0)
    setting(game, "model", "msggan")
    game.play_to(2)
    assert game.subject.taken[1:] == [("latent_dim", 3), ("model", "msggan")]
    assert type(game.subject.taken[1][1]) is int
    assert game.player.moves == 2  # started again for latent_dim
    assert [row["step"] for row in game.rows] == [1, 2]


def test_what_the_page_may_not_say_is_refused_in_a_sentence(game, sent):
    for name, value, sentence in (
        ("lr", 10.0, "lr must be from 1e-05 to 0.1, got 10.0."),
        ("lr", "high", "lr must be a number, got 'high'."),
        ("lr", True, "lr must be a number, got True."),
        ("latent_dim", 9, "latent_dim must be from 1 to 8, got 9."),
        ("model", "gan", "model must be one of dcgan, msggan, got 'gan'."),
        ("model", ["gan"], "model must be one of dcgan, msggan, got ['gan']."),
    ):
        setting(game, name, value)
        assert sentence in said(sent)
    game.play_to(4)
    assert game.subject.taken == []
    setting(game, "latent_dim", 7)  # the subject refuses it, and the control moves back
    game.play_to(5)
    assert "latent_dim must not be 7." in said(sent)
    assert {"k": "moved", "moves": {"latent_dim": 2}} in [content for content, _ in sent]


def test_the_buttons_play_pause_and_reset_and_a_slider_sets_the_speed(game, sent, monkeypatch):
    for kind, playing in (("play", True), ("play", True), ("pause", False)):
        pressing(game, kind, "__play")
        assert game.player.playing is playing
    pressing(game, "reset", "__reset")
    game.play_to(0)  # the new start is shown before a move, and the curves begin again
    content, buffers = sent[-1]
    assert content["status"] == "step 0"
    assert buffers == [bytes(16), b""]
    speeds = []
    monkeypatch.setattr(game.player, "set_speed", speeds.append)
    for speed in (10.0, 10**live_view.FASTEST):  # the right end of the slider is no limit
        setting(game, "__speed", speed)
    assert speeds == [10.0, np.inf]


def test_an_action_that_is_a_move_asks_for_one_and_waits_for_the_loop(game, monkeypatch):
    asked = []
    monkeypatch.setattr(game.player, "step", lambda: asked.append("a move"))
    pressing(game, "press", "d_only")
    assert (asked, game.subject.taken) == (["a move"], [])
    game.play_to(3)
    assert game.subject.taken == [("d_only", None)]


def test_a_page_that_cannot_keep_up_is_not_flooded(game, sent):
    for _ in range(8):
        game.panel.show({"samples": np.zeros((2, 2), np.uint8)})
    assert game.panel.is_behind
    game.panel.receive({"k": "seen", "n": sent[-1][0]["n"]})
    assert not game.panel.is_behind


def test_a_long_training_keeps_a_bounded_number_of_rows(game, monkeypatch):
    monkeypatch.setattr(live_view, "ROWS_KEPT", 100)
    game.play_to(1000)
    steps = [row["step"] for row in game.rows]
    assert len(steps) <= 101
    assert steps[0] == 1
    assert steps[-1] > 980
    assert len(set(np.diff(steps))) == 1


def test_curves_leave_out_what_was_not_measured_and_end_with_the_last_value():
    rows = [{"step": s, "d_loss": None if s % 2 else float(s)} for s in range(1, 1001)]
    points = live_view.curve_points(Subject.views, rows)["loss.d_loss"]
    assert points.dtype == np.float32
    assert len(points) <= 2 * live_view.POINTS
    assert (points[:, 0] % 2 == 0).all()
    assert points[-1].tolist() == [1000, 1000]
    assert live_view.curve_points(Subject.views, [])["loss.d_loss"].shape == (0, 2)


def test_every_view_and_control_travels_as_json():
    views = [
        Plane("plane", "Plane", layers=[Layer("heat", "D")]),
        Heat("gradients", "Gradients", rows=["4x4"], columns=["8x8"]),
        Bars("response", "Logits", rows=["4x4"]),
        Steps("code", "Code", lines=[("D", "x = 1", "", "so")]),
        *Subject.views,
    ]
    state = panel.Panel("all", views, Subject.controls).get_state()
    kinds = [view["kind"] for view in json.loads(json.dumps(state["_spec"]))["views"]]
    assert kinds == ["plane", "heat", "bars", "steps", "pixels", "curves"]
    page = Path(panel.__file__).with_name("panel.js").read_text()
    assert all(f"{kind}: {kind}View" in page for kind in kinds)
    lr = Slider("lr", "learning rate", "", -5, -1, 0.1, 1e-3, log=True)
    for shown, controls, sentence in (
        (views, [Subject.controls[0], lr], "at most 3 controls must be in sight .* got 4"),
        ([], [], "views must hold at least one view, got none"),
        ([Pixels("a", "A"), Pixels("a", "B")], [], "names must differ, got 'a' twice"),
    ):
        with pytest.raises(ValueError, match=sentence):
            panel.Panel("x", shown, controls)


def test_a_replay_scrubs_to_a_moment_shows_its_past_alone_and_plays_on(film, sent):
    setting(film, "moment", 3)
    film.play_to(0)
    content, buffers = sent[-1]
    assert (content["status"], content["answered"]) == ("step 40", [5])
    assert content["moves"] == {"moment": 3}
    assert buffers[0] == bytes([3]) * 4
    curve = np.frombuffer(buffers[1], np.float32).reshape(-1, 2)
    assert curve[:, 0].tolist() == [10, 20, 30, 40]
    for moves, status in ((2, "step 50"), (3, "step 10")):  # one move was played already
        film.play_to(moves)
        assert sent[-1][0]["status"] == status


def test_a_touch_is_answered_by_a_new_frame_or_by_what_went_wrong(sent):
    shown = widgets.touch(Subject())
    shown.panel.receive({"k": "point", "name": "samples", "value": [0.5, 0.25], "id": 1})
    assert shown.subject.taken == [("samples", [0.5, 0.25])]
    assert said(sent)[-2:] == ["frame", "echo"]
    assert (sent[-2][0]["answered"], sent[-2][0]["status"]) == ([1], "still")
    assert shown.panel.get_state()["_spec"]["transport"] is False
    assert 'alt="a line"' in shown._repr_mimebundle_()["text/html"]
    for value, sentence in (
        ([2, 2], "samples must not be [2, 2]."),
        ([3, 3], "KeyError: 'a slip'"),
        ([0, 0], "frame"),
    ):
        shown.panel.receive({"k": "point", "name": "samples", "value": value, "id": 1})
        assert said(sent)[-2:] == [sentence, "echo"]
