"""A killed training goes on as if nothing had been; what does not fit is refused."""

import json
import os
import random
import resource
import shutil
import signal

import pytest
import torch
from kept_training import checkpoint_of, in_a_child, play

from msgan_lessons.base import keeping
from msgan_lessons.base.whole_files import read_sealed, write_sealed

KILLS = 12
DAMAGES = 100


@pytest.fixture(autouse=True)
def _keep_often(monkeypatch):
    monkeypatch.setenv("MSGAN_KEEP_SECONDS", "0")


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # forked children must not wait for threads that they do not have
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    os.environ["MSGAN_KEEP_SECONDS"] = "0"
    folder = tmp_path_factory.mktemp("whole")
    digest = play(folder)
    assert play(None) == digest  # a run without a folder is the same run
    return folder, digest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_training_killed_at_random_moments_ends_with_the_same_bits(tmp_path, whole):
    chance, kills = random.Random(0), 0
    while kills < KILLS:
        found = in_a_child(tmp_path, kill_at=chance.randint(1, 450))
        kills += found is None
        if found is not None:
            assert found == whole[1]
            shutil.rmtree(tmp_path / "checkpoint")
    assert play(tmp_path) == whole[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_no_moment_of_writing_a_checkpoint_is_a_bad_one_to_be_killed(tmp_path, whole):
    begin, end = operations_of_step_2(tmp_path / "counted")
    result = play(tmp_path / "undisturbed", steps=3)
    for moment in range(begin + 1, end + 1):
        folder = tmp_path / str(moment)
        folder.mkdir()
        assert in_a_child(folder, kill_at=moment, steps=3) is None
        assert keeping.verify(folder) == 1
        assert play(folder, steps=3) == result
        shutil.rmtree(folder)


def operations_of_step_2(folder):
    """The numbers of the last file operation of step 1 and of step 2."""
    counts = [[], []]
    for steps, count in zip((1, 2), counts, strict=True):
        place = folder / str(steps)
        place.mkdir(parents=True)
        assert in_a_child(place, steps=steps, counted=folder / "count")
        count.append(int((folder / "count").read_text()))
    return counts[0][0], counts[1][0]


def test_a_finished_training_is_read_not_played(whole, monkeypatch):
    def step(game):
        raise AssertionError("played")

    monkeypatch.setattr("msgan_lessons.training.Game.step", step)
    assert play(whole[0]) == whole[1]


def test_last_and_best_are_kept_and_nothing_else(whole):
    training = checkpoint_of(whole[0])
    assert sorted(p.name for p in training.iterdir()) == [
        "kept.json", "rows.jsonl", "step_00000012",
    ]  # fmt: skip
    names = {p.stem for p in (training / "step_00000012").iterdir()}
    parts = {"generator", "discriminator", "generator_ema", "g_optimizer", "d_optimizer"}
    assert names == parts | {"random", "checkpoint"}


def test_other_settings_are_refused_and_nothing_changes(whole):
    before = tree(whole[0])
    with pytest.raises(ValueError, match=r"kept with config=.*start anew in another folder\."):
        play(whole[0], g_lr=1e-3)
    assert tree(whole[0]) == before


@pytest.mark.parametrize("name", ["torch", "msgan_lessons", "threads", "device"])
def test_another_version_or_machine_is_refused(tmp_path, name):
    play(tmp_path, steps=2)
    path = checkpoint_of(tmp_path) / keeping.KEPT
    content = read_sealed(path)
    content["identity"][name] = "other"
    write_sealed(path, content)
    with pytest.raises(ValueError, match=f"kept with {name}='other'"):
        play(tmp_path)


def test_other_data_are_refused(tmp_path, monkeypatch):
    play(tmp_path, steps=2)
    monkeypatch.setattr("kept_training.batches", lambda s: iter([torch.zeros(4, 1, 8, 8)] * 99))
    with pytest.raises(ValueError, match="the real data must be those that the run was started"):
        play(tmp_path)


def test_every_one_of_100_damages_is_detected(tmp_path, whole):
    chance = random.Random(1)
    files = [p for p in sorted(checkpoint_of(whole[0]).rglob("*")) if p.is_file()]
    for count in range(DAMAGES):
        folder = tmp_path / str(count)
        shutil.copytree(whole[0], folder)
        damage(folder / files[count % len(files)].relative_to(whole[0]), chance)
        before = tree(folder)
        for read in (keeping.verify, lambda folder: play(folder, steps=14)):
            with pytest.raises(ValueError, match="damaged|has checkpoint format|has format"):
                read(folder)
        assert tree(folder) == before


def damage(path, chance):
    """Turn a bit, cut off the end, or overwrite a stretch."""
    content = bytearray(path.read_bytes())
    kind, at = chance.choice(("bit", "cut", "stretch")), chance.randrange(len(content))
    if kind == "bit":
        content[at] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        content = content[:at]
    else:
        content[at : at + 16] = bytes(255 - b for b in content[at : at + 16])
    path.write_bytes(content)


def tree(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_loss_that_is_not_finite_names_cause_and_last_good_checkpoint(tmp_path):
    play(tmp_path, steps=3)
    for path in (tmp_path / "checkpoint").rglob(keeping.KEPT):
        path.unlink()
    sentence = (
        r"training diverged at step \d+: .*likely cause: g_lr=\S+ is [\d,]+ times the course's "
        r"0.002; (the last good checkpoint is of step \d+, in checkpoint/training_01/step_\d+|"
        r"no checkpoint had been kept yet)\.$"
    )
    with pytest.raises(FloatingPointError, match=sentence):
        play(tmp_path, steps=400, g_lr=1e30, d_lr=1.0)
    assert keeping.verify(tmp_path) in (0, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_full_disk_stops_the_run_and_leaves_the_checkpoint_before_whole(tmp_path, whole):
    play(tmp_path, steps=4)
    rows = checkpoint_of(tmp_path) / "rows.jsonl"
    before = tree(tmp_path)
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # each write beyond it fails
        try:
            play(tmp_path)
        except OSError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert keeping.verify(tmp_path) == 1
    assert before | {rows: rows.read_bytes()} == tree(tmp_path)
    assert play(tmp_path) == whole[1]


def test_more_steps_go_on_where_fewer_had_ended_and_play_the_rows_behind_again(tmp_path, whole):
    play(tmp_path, steps=4)
    with (checkpoint_of(tmp_path) / "rows.jsonl").open("a") as file:
        file.write(json.dumps({"step": 5}) + '\n{"st')  # a killed run wrote on
    assert play(tmp_path) == whole[1]


@pytest.mark.parametrize("text", ["often", "-1", "nan"])
def test_a_wrong_interval_is_refused(monkeypatch, text):
    monkeypatch.setenv("MSGAN_KEEP_SECONDS", text)
    with pytest.raises(ValueError, match=r"MSGAN_KEEP_SECONDS must be a number of at least 0, got"):
        keeping.keep_seconds()
