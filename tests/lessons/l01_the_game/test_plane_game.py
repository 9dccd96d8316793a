import numpy as np
import pytest

from msgan_lessons.classroom.panel import Curves, Slider, Steps
from msgan_lessons.lessons.l01_the_game.game import LINES, PlaneGame
from msgan_lessons.lessons.l01_the_game.pictures import collapse_strip
from msgan_lessons.lessons.l01_the_game.plane import TARGETS
from msgan_lessons.losses import LOSSES
from msgan_lessons.runs.trace import FILE, read_trace

STROKE = [[0.0, 0.0], [0.1, 0.2], [0.3, 0.1]]


def play(subject, count):
    rows = subject.rows()
    return [next(rows) for _ in range(count)], rows


def names(frame):
    return {name: (array.shape, array.dtype) for name, array in frame.items()}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_plays_and_every_row_has_the_same_columns(target):
    subject = PlaneGame(target, batch_size=16)
    rows, _ = play(subject, 6)
    assert len({tuple(row) for row in rows}) == 1
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["kl"] is not None for row in rows] == [True, False, False, False, True, False]
    assert target in subject.picture().alt


def test_a_frame_is_small_finite_and_always_of_the_same_shape():
    subject = PlaneGame(batch_size=16)
    first = subject.frame()
    play(subject, 3)
    frame = subject.frame()
    assert names(frame) == names(first)
    assert sum(array.nbytes for array in frame.values()) <= 30_000
    assert all(np.isfinite(array).all() for array in frame.values())
    known = {view.name for view in subject.views if not isinstance(view, Curves)}
    assert {name.split(".")[0] for name in frame} == known


def test_looking_does_not_change_the_game():
    plain, looked = PlaneGame(batch_size=16), PlaneGame(batch_size=16)
    rows = plain.rows()
    for row in (r for r, _ in zip(looked.rows(), range(12), strict=False)):
        looked.frame()
        assert row == next(rows)


def test_the_same_seed_is_the_same_game_and_another_seed_another():
    assert play(PlaneGame(batch_size=16), 3)[0] == play(PlaneGame(batch_size=16), 3)[0]
    assert play(PlaneGame(batch_size=16), 3)[0] != play(PlaneGame(seed=1, batch_size=16), 3)[0]


def test_curves_lines_and_status_find_what_they_show():
    subject = PlaneGame(batch_size=16)
    (row,), _ = play(subject, 1)
    keys = {series.key for view in subject.views for series in getattr(view, "series", ())}
    assert keys <= set(row)
    assert [view.lines for view in subject.views if isinstance(view, Steps)] == [LINES]
    assert subject.status(row).startswith("step 1 · D(x) 0.")
    assert "of 8 modes" in subject.status(row)


def test_at_most_one_control_is_in_sight_and_each_slider_is_taken():
    subject = PlaneGame(batch_size=16)
    assert [control.name for control in subject.controls if not control.fold] == ["target"]
    for control in subject.controls:
        if isinstance(control, Slider):
            assert subject.set(control.name, control.value) == (control.name == "latent_dim")


def test_d_alone_and_g_alone_move_one_player():
    subject = PlaneGame(batch_size=16)
    _, rows = play(subject, 1)
    for action, played, waits in (("d_only", "d_loss", "g_loss"), ("g_only", "g_loss", "d_loss")):
        assert action in subject.moves
        assert subject.set(action, None) is False
        row = next(rows)
        assert row[played] is not None
        assert row[waits] is None
    assert None not in (next(rows)["d_loss"], row["g_loss"])


def test_slow_motion_plays_the_same_game_and_leaving_it_finishes_the_step():
    fast, slow = PlaneGame(batch_size=16), PlaneGame(batch_size=16)
    (one, two), _ = play(fast, 2)
    slow.set("slow", True)
    rows, moves = play(slow, len(LINES) + 2)
    assert {**rows[len(LINES) - 1], "sub_step": None} == one
    assert rows[0]["kl"] is None
    assert int(slow.frame()["code"][0]) == 1
    assert "line 2 of 11" in slow.status(rows[-1])
    assert slow.set("slow", False) is False
    assert next(moves) == two
    assert int(slow.frame()["code"][0]) == -1


def test_settings_apply_to_the_game_that_runs_and_outlive_a_reset():
    subject = PlaneGame(batch_size=16)
    _, rows = play(subject, 1)
    for loss in LOSSES:
        assert subject.set("loss", loss) is False
        assert next(rows)["g_loss"] is not None
        subject.frame()
    subject.set("g_lr", 5e-3)
    play(subject, 1)
    assert subject.game.g_optimizer.param_groups[0]["lr"] == 5e-3


def test_a_stroke_becomes_the_data_and_moves_the_menu():
    subject = PlaneGame(batch_size=16)
    assert subject.set("plane", STROKE) is True
    assert subject.moved == {"target": "drawn"}
    (row,), _ = play(subject, 1)
    assert row["modes"] is None
    assert "modes" not in subject.status(row)
    middle = np.array(STROKE).mean(0)
    assert np.abs(subject.frame()["plane.real"].mean(0) - middle).max() < 0.05
    assert subject.set("target", "line") is True
    assert subject.moved == {}
    assert subject.set("target", "drawn") is True
    subject.set("plane", [[0.0, 0.0], [0.5, 0.0], [1.15, 0.0]])  # over the edge
    assert float(subject.drawn.centres.max()) == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("target", "star", "target must be one of"),
        ("target", "drawn", "draw a distribution on the plane first"),
        ("plane", [[0.0, 0.0]], "at least 3 points, got 1"),
        ("plane", None, "a stroke must be a list of points, got None"),
        ("plane", [[0, 0], [0, 0], 5], "must be two numbers"),
        ("loss", "no", "loss must be one of"),
        ("g_lr", -1.0, "g_lr must be > 0"),
        ("batch_size", 4, "batch_size must stay as it is"),
        ("feature_matching", 1.0, "must be 0 for a D without the method judge"),
    ],
)
def test_what_is_refused_leaves_the_game_as_it_was(name, value, message):
    subject = PlaneGame(batch_size=16)
    _, rows = play(subject, 1)
    before = (subject.target, subject.drawn, subject.config)
    with pytest.raises(ValueError, match=message):
        subject.set(name, value)
    assert (subject.target, subject.drawn, subject.config) == before
    assert next(rows)["step"] == 2


@pytest.mark.parametrize(
    ("latent_dim", "shape"), [(1, (1, 64, 2)), (2, (13, 13, 2)), (5, (13, 13, 2))]
)
def test_another_latent_dimension_starts_again_with_its_manifold(latent_dim, shape):
    subject = PlaneGame(batch_size=16)
    assert subject.set("latent_dim", latent_dim) is True
    play(subject, 1)
    assert subject.game.generator.latent_dim == latent_dim
    assert subject.frame()["plane.manifold"].shape == shape
    subject.picture()


def test_the_ring_is_learned():
    rows, _ = play(PlaneGame(), 400)
    assert rows[-1]["modes"] >= 6
    assert rows[-1]["js"] < 0.75 * rows[0]["js"]


def test_a_trace_of_the_game_is_written_read_and_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_TRACE", "1")
    monkeypatch.setenv("MSGAN_RUN_DIR", str(tmp_path))
    subject = PlaneGame(batch_size=16)
    _, rows = play(subject, 12)
    rows.close()
    trace = read_trace(tmp_path / FILE)
    assert trace.about["target"] == "ring of 8"
    assert trace.row(-1)["step"] == 12
    assert subject.status(trace.row(-1)).startswith("step 12")
    assert "moments of a game" in collapse_strip(trace).alt
