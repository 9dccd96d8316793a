"""Wrong calls and small commands; no kernel is started here."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from tiny_lessons import GOOD, write_lesson

from msgan_lessons import __version__, family
from msgan_lessons.__main__ import main
from msgan_lessons.datasets import downloads
from msgan_lessons.runs import checkpoints
from msgan_lessons.runs.evaluate import load_generator, sample_blocks
from msgan_lessons.runs.lessons import build_requests, read_lesson

SCALES = """\
data: str = "fashion_mnist"  # where from
resolution: int = 32  # pixels a side
n_scales: int = 3  # scales"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    write_lesson(tmp_path / "nb", "01_good", GOOD)
    write_lesson(tmp_path / "nb", "02_scales", GOOD, parameters=SCALES)
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path / "nb"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sentence(capsys):
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("msgan: ")
    assert errors.count("\n") == 1
    return errors


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("run goood", "lesson 'goood' is unknown; did you mean '01_good'?"),
        ("run", "Missing argument"),
        ("rum 1", "No such command 'rum'"),
        ("run 1 --ouch", "No such option"),
        ("run 1 2 --trace", "--trace needs lessons with a live training, got 01_good, 02_scales."),
        ("run 1 -p stepz=3", "stepz is not a parameter of 01_good; did you mean 'steps'?"),
        ("run all -p qqq=3", "qqq is not a parameter of any of these lessons; known are data"),
        ("run 1 -p steps", "-p must be NAME=VALUE, got 'steps'"),
        ("run 1 -p steps=1 -p steps=1", "-p steps is given twice"),
        ("run 1 -p steps=many", "steps must be an int from 0 to"),
        ("run 1 -p steps=2.5", "got '2.5'"),
        ("run 1 -p steps=-1", "got -1"),
        ("run 1 -p rate=nan", "rate must be a number, got 'nan'"),
        ("run 1 -p loud=1", "loud must be true or false, got '1'"),
        ("run 1 --preset clas", "got 'clas'; did you mean 'class'?"),
        ("run 1 --preset class -p preset=smoke", "disagree"),
        ("run 2 -p resolution=30", "resolution must be a power of two from 8 to 256, got 30"),
        ("run 2 -p resolution=8", "n_scales must be at most 2 for resolution=8"),
        ("run 2 -p data=fashon", "data must be one of fashion_mnist"),
        ("run 2 -p data=folder:nowhere", "there is no such folder"),
        ("run 1 --out nb/01_good.ipynb", "cannot be written: it is a file"),
        ("run 1 --out nb/01_good.ipynb/x", "cannot be written: not a directory"),
        ("list 99", "lesson '99' is unknown"),
        ("sample nowhere --count 1 --out a.npz", "nowhere is not a folder"),
        ("sample nb --count 1 --out a.npz", "nb holds no run with a checkpoint"),
        ("sample nb --count 0 --out a.npz", "--count must be at least 1, got 0"),
        ("sample nb --count 1 --out a.png", "--out must be a file that ends in .npz"),
        ("download cifar", "did you mean 'cifar10'?"),
        ("download fashion_mnist", "comes with the course"),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_status_2_and_leaves_nothing(
    course, capsys, call, expected
):
    before = sorted(course.rglob("*"))
    assert main(call.split()) == 2
    assert expected in sentence(capsys)
    assert sorted(course.rglob("*")) == before


def test_damaged_and_missing_data_are_refused_with_the_way_to_restore(course, monkeypatch, capsys):
    entry = {"file": "x.npz", "sha256": "abc", "restore": "git checkout -- data/x.npz"}
    (course / "manifest.json").write_text(json.dumps({"fashion_mnist": entry}))
    monkeypatch.setenv("MSGAN_DATA", str(course))
    assert main(["run", "2"]) == 2
    assert "x.npz is missing; restore it with: git checkout" in sentence(capsys)
    (course / "x.npz").write_text("no")
    assert main(["run", "2"]) == 2
    assert "expected abc; restore it with: git checkout" in sentence(capsys)
    assert not (course / "runs").exists()


def test_a_preset_in_the_environment_is_checked_too(course, monkeypatch, capsys):
    monkeypatch.setenv("MSGAN_PRESET", "huge")
    assert main(["run", "1"]) == 2
    assert "MSGAN_PRESET must be" in sentence(capsys)


@pytest.mark.parametrize("name", ["01_good", "01_good.failed", "index.html"])
def test_what_is_not_ours_is_never_replaced(course, capsys, name):
    (course / "out" / name).mkdir(parents=True)
    assert main(["run", "1", "--out", "out"]) == 2
    assert f"{name} is there and is not a" in sentence(capsys)


def test_a_parameter_goes_to_the_lessons_that_have_it(course):
    lessons = [read_lesson(p) for p in sorted((course / "nb").iterdir())]
    first, second = build_requests(lessons, ["rate=2", "resolution=64", "loud=TRUE"], "smoke")
    assert first.given == {"preset": "smoke", "rate": 2.0, "loud": True}
    assert second.given == {"resolution": 64}
    assert second.preset == "smoke"


def test_a_folder_of_images_is_meant_from_where_the_user_stands(course):
    (course / "mine").mkdir()
    (course / "mine/a.png").write_text("")
    request = build_requests([read_lesson(course / "nb/02_scales.ipynb")], ["data=folder:mine"])[0]
    assert request.parameters["data"] == f"folder:{course / 'mine'}"


def test_list_shows_parameters_with_type_default_meaning_and_range(course, capsys):
    assert main(["list", "1"]) == 0
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["steps", "int", "3", "updates", "an", "int", "from", "0", "to", "10,000,000"] in words
    assert ["01_good:", "A", "lesson"] in words
    assert ["document:", "section", "1,", "formula", "(1)"] in words


def test_list_help_guesses_and_version_do_not_wait_for_torch():
    code = (
        "import sys; from msgan_lessons.__main__ import main; main(['list', '5']); "
        "main(['guesses']); main(['--help']); main(['--version']); "
        "assert 'torch' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


WITHOUT_TORCH = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name=name)
sys.meta_path.insert(0, Hidden())
from msgan_lessons.__main__ import main
calls = ("list", "run 5", "export student new", "sample x --count 1 --out a.npz")
print([main(call.split()) for call in calls])
"""


def test_where_torch_is_missing_a_command_says_so_and_how_to_install_it(tmp_path):
    python = [sys.executable, "-c", WITHOUT_TORCH]
    result = subprocess.run(python, cwd=tmp_path, capture_output=True, text=True)
    sentence = "msgan: torch is missing; install it with: python -m pip install torch; "
    lines = result.stderr.splitlines()
    assert result.stdout.endswith("[1, 1, 1, 1]\n")
    assert len(lines) == 4
    assert all(line.startswith(sentence) for line in lines)
    assert list(tmp_path.iterdir()) == []


def test_what_runs_a_lesson_does_not_wait_for_what_draws_reports():
    code = (
        "import sys; import msgan_lessons.runs.runner, msgan_lessons.runs.train; "
        "import msgan_lessons.runs.evaluate, msgan_lessons.classroom.widgets; "
        "print({'pandas', 'scipy'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("set()\n", "")


def test_the_program_alone_shows_help_and_the_version_is_the_packages(capsys):
    assert main([]) == 2
    assert main(["--version"]) == 0
    out = capsys.readouterr().out
    assert "Usage: msgan" in out
    assert __version__ in out


def test_an_interrupt_is_a_sentence_and_status_130(monkeypatch, capsys):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(downloads, "fetch", interrupted)
    assert main(["download", "cifar10"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_a_download_that_fails_is_one_sentence_and_status_1(monkeypatch, capsys):
    def broken(name):
        raise OSError("no route\nto host")

    monkeypatch.setattr(downloads, "fetch", broken)
    assert main(["download", "celeba"]) == 1
    assert "celeba could not be downloaded: no route to host." in sentence(capsys)


@pytest.fixture
def trained(course):
    model = family.build("msggan", resolution=16, width=4, latent_dim=8, img_channels=3)
    folder = course / "runs/07_training/checkpoint"
    folder.parent.mkdir(parents=True)
    description = {"model": model.name, "arguments": model.arguments}
    return checkpoints.save(folder, {"generator_ema": model.generator}, description)


def sampled(*arguments):
    assert main(["sample", *arguments]) == 0
    with np.load(arguments[-1]) as arrays:
        return arrays["images"]


def test_samples_are_uint8_images_under_the_promised_key(trained, capsys):
    images = sampled("runs", "--count", "3", "--out", "new/a.npz")
    assert (images.shape, images.dtype) == ((3, 16, 16, 3), np.uint8)
    assert os.listdir("new") == ["a.npz"]


def test_same_seed_same_images_whatever_the_count(trained):
    many = sampled("runs/07_training", "--count", "70", "--out", "a.npz")
    few = sampled("runs", "--count", "40", "--seed", "0", "--out", "b.npz")
    other = sampled("runs", "--seed", "1", "--count", "40", "--out", "c.npz")
    np.testing.assert_array_equal(many[:40], few)
    assert (few != other).any()


def test_samples_are_the_finest_scale_of_the_averaged_generator(trained):
    generator = load_generator(trained)
    assert not generator.training
    assert [b.shape for b in sample_blocks(generator, 33, 0)] == [(32, 16, 16, 3), (1, 16, 16, 3)]
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        next(sample_blocks(generator, 0, 0))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("--count 1 --out nb/dir.npz", "--out must be a file"),
        ("--count 1 --out nb/01_good.ipynb/a.npz", "cannot be written"),
        ("--count 1 --seed -1 --out a.npz", "seed must be >= 0, got -1"),
        ("--count 99999999999999 --out a.npz", "GB free"),
    ],
)
def test_wrong_sample_calls_leave_nothing(trained, capsys, arguments, expected):
    os.mkdir("nb/dir.npz")
    assert main(["sample", "runs", *arguments.split()]) == 2
    assert expected in sentence(capsys)
    assert not os.path.exists("a.npz")


def test_a_damaged_checkpoint_is_named_and_the_older_file_stays(trained, capsys):
    kept = sampled("runs", "--count", "2", "--out", "a.npz")
    capsys.readouterr()
    (trained / "generator_ema.safetensors").write_bytes(b"no")
    assert main(["sample", "runs", "--count", "1", "--out", "a.npz"]) == 2
    assert "generator_ema.safetensors is damaged" in sentence(capsys)
    with np.load("a.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], kept)


def test_a_model_of_an_application_is_not_sampled(course, capsys):
    folder = course / "runs/09_super_resolution/checkpoint"
    folder.parent.mkdir(parents=True)
    network = family.build("dcgan", resolution=16, width=4).generator
    checkpoints.save(folder, {"generator_ema": network}, {"model": "srgan", "arguments": {}})
    assert main(["sample", "runs", "--count", "1", "--out", "a.npz"]) == 2
    assert "holds a model of an application, 'srgan'; what is needed" in sentence(capsys)


@pytest.mark.parametrize("name", ["clips", "speech"])
def test_a_folder_of_clips_or_speech_is_meant_from_where_the_user_stands(course, name, monkeypatch):
    monkeypatch.setattr("msgan_lessons.runs.lessons.check_parameters", lambda **_: None)
    path = write_lesson(
        course / "nb", "03_more", GOOD, parameters=f'{name}: str = "own"  # where from'
    )
    request = build_requests([read_lesson(path)], [f"{name}=folder:mine"])[0]
    assert request.parameters[name] == f"folder:{course / 'mine'}"


def test_several_trained_runs_must_be_told_apart(trained, capsys):
    shutil.copytree("runs/07_training", "runs/08_other")
    assert main(["sample", "runs", "--count", "1", "--out", "a.npz"]) == 2
    assert "name one of 07_training, 08_other" in sentence(capsys)
