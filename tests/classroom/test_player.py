import asyncio
import functools
import signal
import threading
import time

import pytest

from msgan_lessons.classroom import player as engine
from msgan_lessons.classroom.player import Player


def counting(limit=10**9):
    for step in range(1, limit + 1):
        yield {"step": step}


class Stage:
    """A player with everything that it drew and said."""

    def __init__(self, rows=counting, **options):
        self.seen, self.said, self.changed = [], [], []
        self.player = Player(
            options.pop("name", "test"),
            rows,
            see=lambda row, playing: self.seen.append((row and row["step"], playing)),
            change=options.pop("change", self.note),
            complain=self.said.append,
            **options,
        )

    def begin(self):
        """Play in the loop that is running."""
        self.player.start()
        self.player.play()
        return self

    def note(self, name, value):
        self.changed.append((name, value))
        return name == "restart"


def raising(error):
    """A callback that always fails."""

    def fail(*_):
        raise error

    return fail


def breaking():
    yield {"step": 1}
    raise FloatingPointError("training diverged")


async def until(holds, seconds=5.0):
    """Let the loop turn until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        await asyncio.sleep(0.001)


def names():
    """How many loops play under the name `test`."""
    return [task.get_name() for task in asyncio.all_tasks()].count("player of test")


def played(scene):
    """Run a test in a loop of its own, as a kernel does."""

    @functools.wraps(scene)
    def test(*arguments, **fixtures):
        asyncio.run(scene(*arguments, **fixtures))

    return test


def test_play_to_plays_exactly_so_many_moves_and_draws_the_last():
    stage = Stage()
    stage.player.play_to(7)
    assert stage.player.moves == 7
    assert stage.seen[-1] == (7, False)
    stage.player.play_to(5)  # has been played already
    assert stage.player.moves == 7
    stage = Stage(lambda: counting(3))
    stage.player.play_to(10)  # a training that ends
    assert stage.player.moves == 3
    assert not stage.player.playing


def test_a_control_may_restart_the_training_or_be_refused():
    stage = Stage()
    stage.player.play_to(5)
    stage.player.change("restart", 3)
    stage.player.play_to(2)
    assert stage.changed == [("restart", 3)]
    assert stage.player.moves == 2
    stage = Stage(change=raising(ValueError("lr must be > 0, got 0.")))
    stage.player.change("lr", 0)
    stage.player.play_to(3)
    assert stage.said == ["lr must be > 0, got 0."]
    assert stage.player.moves == 3
    with pytest.raises(ValueError, match=r"fps must be > 0, got 0\.0"):
        Stage(fps=0.0)


@played
async def test_pause_stands_still_and_step_plays_one_move():
    stage = Stage().begin()
    await until(lambda: stage.player.moves > 20)
    stage.player.pause()
    await asyncio.sleep(0.02)
    there = stage.player.moves
    await asyncio.sleep(0.05)
    assert stage.player.moves == there
    stage.player.step()
    await until(lambda: stage.player.moves == there + 1)
    await asyncio.sleep(0.02)
    assert stage.player.moves == there + 1
    assert stage.seen[-1] == (there + 1, False)


@played
async def test_a_pause_is_drawn_even_if_nothing_has_moved_since_the_last_picture():
    stage = Stage(fps=1e6).begin()
    await until(lambda: stage.player.moves > 3)
    stage.player._stale = False  # as right after a picture
    stage.player.pause()
    await until(lambda: stage.seen[-1][1] is False)


@played
async def test_other_work_gets_its_turn_while_it_plays():
    stage = Stage().begin()
    await until(lambda: stage.player.moves > 3)
    before, turns = stage.player.moves, 0
    end = time.monotonic() + 0.2
    while time.monotonic() < end:
        await asyncio.sleep(0)
        turns += 1
    assert turns > 20
    assert stage.player.moves > before


@played
async def test_a_second_player_of_the_same_name_stops_the_first():
    first, other = Stage(), Stage(name="another")
    for stage in (first, other, first):  # to play twice makes one loop
        stage.begin()
    assert names() == 1
    await until(lambda: first.player.moves > 3)
    second = Stage()
    second.player.start()
    await until(lambda: first.player._task.done())
    there = first.player.moves
    await asyncio.sleep(0.02)
    assert first.player.moves == there
    assert other.player.playing
    assert names() == 1


@played
async def test_reset_starts_the_same_training_again():
    starts = []
    stage = Stage(lambda: starts.append(1) or counting())
    stage.player.start()
    stage.player.step(5)
    await until(lambda: stage.player.moves == 5)
    stage.player.reset()
    await until(lambda: stage.player.moves == 0)
    stage.player.step()
    await until(lambda: stage.seen[-1] == (1, False))
    assert len(starts) == 2


def test_a_rest_within_a_move_is_not_counted_and_the_move_is_finished():
    rests = []

    def rows():
        for step in range(1, 100):
            for _ in range(2):
                rests.append(step)
                yield None
            yield {"step": step}

    async def scene():
        stage = Stage(rows)
        stage.player.start()
        stage.player.step()
        await until(lambda: stage.player.moves == 1)
        await asyncio.sleep(0.02)
        assert stage.player.last == {"step": 1}
        assert rests == [1, 1]

    asyncio.run(scene())
    stage = Stage(rows)
    stage.player.play_to(5)
    assert stage.player.last == {"step": 5}


def test_nothing_is_changed_within_a_move():
    def rows():
        for step in range(1, 100):
            stage.player.change("lr", step)
            yield None
            assert len(stage.changed) == step - 1
            yield {"step": step}

    async def scene():
        stage.player.start()
        stage.player.step(3)
        await until(lambda: stage.player.moves == 3 and len(stage.changed) == 3)
        assert stage.said == []

    stage = Stage(lambda: rows())
    asyncio.run(scene())


@played
async def test_a_control_is_taken_between_two_moves_and_drawn_at_once():
    threads = []
    stage = Stage(change=lambda name, value: threads.append(threading.get_ident()))
    stage.player.start()
    worker = threading.Thread(target=stage.player.change, args=("lr", 0.1))
    worker.start()
    await until(lambda: threads)
    assert threads == [threading.get_ident()]  # not the worker's
    await until(lambda: stage.seen)


@played
async def test_an_error_is_shown_and_stops_the_loop_until_a_reset():
    stage = Stage(breaking).begin()
    await until(lambda: stage.said)
    assert stage.said == ["FloatingPointError: training diverged"]
    assert not stage.player.playing
    stage.player.reset()
    await until(lambda: stage.player.moves == 0)
    stage.player.step()
    await until(lambda: stage.player.moves == 1)
    assert stage.player.error is None
    with pytest.raises(FloatingPointError, match="training diverged"):
        Stage(breaking).player.play_to(2)  # without a front end
    said = []
    player = Player("other", counting, see=raising(RuntimeError("no canvas")), complain=said.append)
    with pytest.raises(RuntimeError, match="no canvas"):
        player.play_to(1)
    assert said[0] == "RuntimeError: no canvas"


def test_an_interrupt_comes_after_the_move_and_the_training_can_go_on():
    def rows():
        for step in range(1, 100):
            if step == 3:
                signal.raise_signal(signal.SIGINT)
            yield {"step": step}

    stage = Stage(rows)
    with pytest.raises(KeyboardInterrupt):
        stage.player.play_to(50)
    assert stage.player.moves == 3
    stage.player.play_to(5)
    assert stage.player.last == {"step": 5}


def test_drawing_takes_a_bounded_share_of_the_time(monkeypatch):
    clock = {"now": 0.0}
    monkeypatch.setattr(engine.time, "monotonic", lambda: clock["now"])

    def rows():
        for step in range(1, 2001):
            clock["now"] += 0.01  # a move takes 10 ms
            yield {"step": step}

    def see(row, playing):
        clock["now"] += 0.1  # a picture takes 100 ms

    player = Player("test", rows, see=see, fps=30.0)
    player.play_to(2000)
    drawing = clock["now"] - 2000 * 0.01
    assert drawing / clock["now"] <= engine.DRAWING_SHARE + 0.01
    assert drawing > 0


@played
async def test_the_speed_is_a_limit_and_an_unwatched_game_pauses(monkeypatch):
    slow = Stage(name="slow")
    slow.player.set_speed(20.0)
    slow.begin()
    await asyncio.sleep(0.3)
    assert 2 <= slow.player.moves <= 8
    monkeypatch.setattr(engine, "UNWATCHED_SECONDS", 0.05)
    stage = Stage().begin()
    await until(lambda: not stage.player.playing)
    stage.player.play()
    assert stage.player.playing
