"""msgan train: options, the folder that it leaves, resuming, and two processes."""

import json
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from benchmarks.fingerprints import wrong_values
from msgan_lessons.__main__ import main
from msgan_lessons.base import record
from msgan_lessons.base.record import read_run
from msgan_lessons.runs import train
from msgan_lessons.runs.evaluate import write_samples
from msgan_lessons.runs.folder import open_training_folder
from msgan_lessons.runs.parameters import known_parameters
from msgan_lessons.runs.train import EXTRA_PARAMETERS, TrainSettings
from msgan_lessons.training import Game

SMALL = {"resolution": 8, "width": 2, "batch_size": 8, "steps": 4}
OPTIONS = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]


@pytest.fixture(autouse=True)
def fresh_process(monkeypatch):
    """A training of its own: no run of another test, kept at each step."""
    monkeypatch.setattr(record, "_current", [])
    monkeypatch.setenv("MSGAN_RUN_DIR", "")
    monkeypatch.setenv("MSGAN_KEEP_SECONDS", "0")
    for name in ("WORLD_SIZE", "LOCAL_RANK", "ACCELERATE_USE_CPU", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    yield
    record._current.clear()


def weights(run):
    names = ("generator", "discriminator", "generator_ema")
    files = {n: load_file(run / "checkpoint" / f"{n}.safetensors") for n in names}
    return {(name, key): value for name in names for key, value in files[name].items()}


def test_a_training_leaves_a_run_that_can_be_sampled_and_stays_as_it_is(tmp_path, capsys):
    folder = tmp_path / "run"
    call = ["train", "--out", str(folder), "--resume", *OPTIONS]
    assert main(call) == 0
    captured = capsys.readouterr()
    assert captured.out == f"run: {folder}\n"
    assert "step 4 of 4" in captured.err
    run = read_run(folder)
    assert not run.failed
    assert run.metrics["n_images"] == 4 * 8
    assert [f["file"] for f in run.figures] == ["01.png", "02.png"]
    assert all(f["alt"] and f["caption"] for f in run.figures)
    assert len(record.read_record(folder, "row")) == 4
    assert write_samples(folder, tmp_path / "s.npz", count=3) == (3, 8, 8, 1)
    assert not list(tmp_path.glob(".*.partial"))
    before = (folder / "metrics.json").stat().st_mtime_ns
    assert main(call) == 0
    assert (folder / "metrics.json").stat().st_mtime_ns == before
    assert main([*call, "--seed=1"]) == 2
    assert "cannot be resumed: seed was 0, asked for 1" in capsys.readouterr().err


def test_a_resumed_training_ends_where_it_would_have_ended(tmp_path, monkeypatch):
    settings = TrainSettings(**SMALL)
    train.train_run(settings, tmp_path / "whole")

    def stopped(rows, steps):
        for row in rows:
            if row["step"] == 3:
                raise KeyboardInterrupt
            yield row

    monkeypatch.setattr(record, "_current", [])
    with pytest.raises(KeyboardInterrupt):
        train.train_run(settings, tmp_path / "cut", shown=stopped)
    assert not (tmp_path / "cut").exists()
    monkeypatch.setattr(record, "_current", [])
    train.train_run(settings, tmp_path / "cut", resume=True)
    whole, cut = weights(tmp_path / "whole"), weights(tmp_path / "cut")
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    rows = [record.read_record(tmp_path / name, "row") for name in ("whole", "cut")]
    assert [r["g_loss"] for r in rows[0]] == [r["g_loss"] for r in rows[1]]


@pytest.mark.parametrize(
    ("option", "said"),
    [  # wrong values: below
        ("--resolution=x", "'--resolution': 'x' is not a valid int"),
        ("--loss=hinje", "did you mean 'hinge'"),
        ("--steps=0", "steps must be an int from 1 to 10,000,000, got 0"),
        ("--batch-size=1", "batch_size must be an int from 2 to 4,096, got 1"),
        ("--g-lr=2", "g_lr must be a number from 1e-06 to 1.0, got 2.0"),
        ("--width=0", "width must be an int from 1 to 512, got 0"),
        ("--local-batch-norm", "--local-batch-norm needs several processes, got 1"),
        ("--resum", "No such option"),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(option, said, tmp_path, capsys):
    assert main(["train", "--out", str(tmp_path / "run"), *OPTIONS, option]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


OPTION_NAMES = "model data resolution loss steps batch_size seed g_lr d_lr width max_seconds"


@pytest.mark.parametrize("name", OPTION_NAMES.split())
def test_each_wrong_value_of_an_option_is_named_in_one_sentence(name, tmp_path, capsys):
    allowed = EXTRA_PARAMETERS.get(name) or known_parameters()[name]
    option = f"--{name.replace('_', '-')}"
    for text in wrong_values(allowed):
        if name in ("loss", "g_lr", "d_lr") and not text.strip("-0. "):
            continue  # the model's own
        assert main(["train", "--out", str(tmp_path / "run"), f"{option}={text}"]) == 2
        out, error = capsys.readouterr()
        assert out == ""
        assert re.fullmatch(rf"msgan: (?=.*({name}|{option})).*[.?]\n", error)
        assert error[:-1].isprintable()
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_a_run_is_not_replaced(tmp_path, capsys):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "text").write_text("all of it")
    assert main(["train", "--out", str(tmp_path / "thesis"), *OPTIONS]) == 2
    assert "is there and is not a run; give another --out" in capsys.readouterr().err
    assert (tmp_path / "thesis" / "text").read_text() == "all of it"


def test_a_training_that_diverges_is_kept_beside(tmp_path, monkeypatch, capsys):
    def diverge(self):
        raise FloatingPointError("training diverged at step 1: d_loss=nan.")

    monkeypatch.setattr(Game, "step", diverge)
    assert main(["train", "--out", str(tmp_path / "run"), *OPTIONS]) == 1
    assert "training diverged at step 1" in capsys.readouterr().err
    run = read_run(tmp_path / "run.failed")
    assert run.failed
    assert "training diverged" in run.metrics["failure"]["cause"]


def test_one_process_of_several_is_refused_and_the_others_of_a_machine_refuse_silently(
    tmp_path, monkeypatch, capsys
):
    call = ["train", "--out", str(tmp_path / "run"), *OPTIONS]
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert main([*call, "--steps=0"]) == 2
    assert capsys.readouterr().err == ""
    monkeypatch.delenv("LOCAL_RANK")
    monkeypatch.setenv("ACCELERATE_USE_CPU", "True")  # accelerate launch --cpu --num_processes 2
    monkeypatch.setenv("MASTER_PORT", "29500")
    assert main(call) == 2
    assert "accelerate launch has started one process alone" in capsys.readouterr().err


def other(*said):
    """A process that is not process 0; what that one says is agreed upon."""
    answers = iter(said)
    return SimpleNamespace(is_main=False, agree=lambda _: next(answers), mean=dict)


def test_what_process_0_refuses_or_finds_finished_the_others_leave_alone(tmp_path):
    run = tmp_path / "no" / "run"
    with pytest.raises(ValueError, match="--out must be on a disk that all processes see"):
        open_training_folder(run, {}, False, other(False, False))
    with pytest.raises(ValueError, match="process 0 refused the run"):
        open_training_folder(run, {}, False, other(True))
    assert open_training_folder(run, {}, True, other(False, True)) == run


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Connection closed by peer [127.0.0.1]:900", train.LostProcessError),
        ("NCCL error: unhandled system error", train.LostProcessError),
        ("mat1 and mat2 shapes cannot be multiplied", RuntimeError),
    ],
)
def test_a_lost_process_is_told_from_other_troubles(words, kind):
    def lose(run, shown):
        raise RuntimeError(words)

    with pytest.raises(RuntimeError) as caught:
        train._guarded(None, lose, None, None, other())
    assert caught.type is kind


def test_two_processes_leave_one_run_of_the_same_training(tmp_path):
    launch = ["accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--num_machines=1"]
    rest = ["--main_process_port=0", "--mixed_precision=no", "--dynamo_backend=no"]
    call = ["-m", "msgan_lessons", "train", "--out", str(tmp_path / "two"), *OPTIONS]
    command = [sys.executable, "-m", *launch, *rest, *call]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"run: {tmp_path / 'two'}\n"
    assert (
        json.loads((tmp_path / "two" / "params.json").read_text())["parameters"]["processes"] == 2
    )
    train.train_run(TrainSettings(**SMALL), tmp_path / "one")
    first = [record.read_record(tmp_path / name, "row")[0] for name in ("two", "one")]
    losses = [[row["d_loss"], row["g_loss"]] for row in first]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    assert [row["n_images"] for row in first] == [8, 8]
