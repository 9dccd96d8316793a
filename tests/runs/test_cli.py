"""Wrong calls and small commands; no kernel is started here."""

import json
import os
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


@pytest.fixture
def trained(course):
    """A run, two runs beside each other, and one of an application."""
    model = family.build("msggan", resolution=16, width=4, latent_dim=8, img_channels=3)
    runs = {"runs/07_training": model.name, "two/07_training": model.name,
            "two/08_other": model.name, "apps/09_super_resolution": "srgan"}  # fmt: skip
    for folder, name in runs.items():
        (course / folder).mkdir(parents=True)
        about = {"model": name, "arguments": model.arguments}
        checkpoints.save(course / folder / "checkpoint", {"generator_ema": model.generator}, about)
    return course / "runs/07_training/checkpoint"


def sentence(capsys):
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("msgan: ")
    assert errors.count("\n") == 1
    assert errors[:-1].isprintable()
    return errors


@pytest.mark.parametrize(
    ("call", "expected"),
    [  # wrong parameters: test_parameter_rules.py
        ("run goood", "lesson 'goood' is unknown; did you mean '01_good'?"),
        ("run", "Missing argument"),
        ("rum 1", "No such command 'rum'"),
        ("run 1 --ouch", "No such option"),
        ("run 1 2 --trace", "--trace needs lessons with a live training, got 01_good, 02_scales."),
        ("run 1 -p stepz=3", "stepz is not a parameter of 01_good; did you mean 'steps'?"),
        ("run all -p qqq=3", "qqq is not a parameter of any of these lessons; known are data"),
        ("run 1 -p steps=\x1b[31m", "steps must be an int from 0 to"),
        ("run 1 --preset clas", "got 'clas'; did you mean 'class'?"),
        ("run 1 --preset class -p preset=smoke", "disagree"),
        ("run 1 --out nb/01_good.ipynb", "cannot be written: it is a file"),
        ("run 1 --out nb/01_good.ipynb/x", "cannot be written: not a directory"),
        ("list 99", "lesson '99' is unknown"),
        ("sample nowhere --count 1 --out a.npz", "nowhere is not a folder"),
        ("sample nb --count 1 --out a.npz", "nb holds no run with a checkpoint"),
        ("sample two --count 1 --out a.npz", "name one of 07_training, 08_other"),
        ("sample apps --count 1 --out a.npz", "holds a model of an application, 'srgan'; what is"),
        ("sample runs --count 0 --out a.npz", "--count must be at least 1, got 0"),
        ("sample runs --count 1 --out a.png", "--out must be a file that ends in .npz"),
        ("sample runs --count 1 --out dir.npz", "--out must be a file"),
        ("sample runs --count 1 --out nb/01_good.ipynb/a.npz", "cannot be written"),
        ("sample runs --count 1 --seed -1 --out a.npz", "seed must be >= 0, got -1"),
        ("sample runs --count 99999999999999 --out a.npz", "GB free"),
        ("download cifar", "did you mean 'cifar10'?"),
        ("download fashion_mnist", "comes with the course"),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_status_2_and_leaves_nothing(
    trained, course, capsys, call, expected
):
    (course / "dir.npz").mkdir()
    before = sorted(course.rglob("*"))
    assert main(call.split()) == 2
    assert expected in sentence(capsys)
    assert sorted(course.rglob("*")) == before


def test_damaged_data_and_a_wrong_preset_of_the_environment_stop_a_run(course, monkeypatch, capsys):
    entry = {"file": "x.npz", "sha256": "abc", "restore": "git checkout -- data/x.npz"}
    (course / "manifest.json").write_text(json.dumps({"fashion_mnist": entry}))
    (course / "x.npz").write_text("no")
    monkeypatch.setenv("MSGAN_DATA", str(course))
    assert main(["run", "2"]) == 2
    assert "expected abc; restore it with: git checkout" in sentence(capsys)
    monkeypatch.setenv("MSGAN_PRESET", "huge")
    assert main(["run", "1"]) == 2
    assert "MSGAN_PRESET must be" in sentence(capsys)
    assert not (course / "runs").exists()


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


def test_list_shows_parameters_with_type_default_meaning_and_range(course, capsys):
    assert main(["list", "1"]) == 0
    words = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["steps", "int", "3", "updates", "an", "int", "from", "0", "to", "10,000,000"] in words
    assert ["01_good:", "A", "lesson"] in words
    assert ["document:", "section", "1,", "formula", "(1)"] in words


@pytest.mark.parametrize(
    ("calls", "late"),
    [
        (
            "for call in (['list', '5'], ['guesses'], ['--help'], ['--version']): main(call)",
            "torch",
        ),
        (
            "import msgan_lessons.metrics",
            "scipy torchmetrics torch_fidelity torchvision matplotlib sklearn ot",
        ),
        (
            "import msgan_lessons.runs.runner, msgan_lessons.runs.train\n"
            "import msgan_lessons.runs.evaluate, msgan_lessons.classroom.widgets",
            "pandas scipy",
        ),
    ],
    ids=["commands", "metrics", "lessons"],
)
def test_no_library_is_imported_before_it_is_needed(calls, late):
    code = f"import sys\nfrom msgan_lessons.__main__ import main\n{calls}\n"
    code += f"sys.exit(str(set({late.split()}) & set(sys.modules) or ''))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stderr.strip() == ""


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
    assert result.stdout.endswith("[1, 1, 1, 1]\n")
    assert [line[: len(sentence)] for line in result.stderr.splitlines()] == [sentence] * 4
    assert list(tmp_path.iterdir()) == []


def test_the_program_alone_shows_help_and_the_version_is_the_packages(capsys):
    assert main([]) == 2
    assert main(["--version"]) == 0
    out = capsys.readouterr().out
    assert "Usage: msgan" in out
    assert __version__ in out


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (OSError("no route\nto host"), 1, "msgan: celeba could not be downloaded: no route to h"),
        (KeyboardInterrupt(), 130, "msgan: stopped"),
    ],
)
def test_a_download_that_fails_or_is_stopped_is_one_sentence(
    monkeypatch, capsys, error, status, said
):
    def fetch(name):
        raise error

    monkeypatch.setattr(downloads, "fetch", fetch)
    assert main(["download", "celeba"]) == status
    assert capsys.readouterr().err.strip().startswith(said)


def sampled(*arguments):
    assert main(["sample", *arguments]) == 0
    with np.load(arguments[-1]) as arrays:
        return arrays["images"]


def test_samples_are_uint8_and_the_same_for_the_same_seed_whatever_the_count(trained):
    many = sampled("runs/07_training", "--count", "70", "--out", "new/a.npz")
    few = sampled("runs", "--count", "40", "--seed", "0", "--out", "b.npz")
    other = sampled("runs", "--seed", "1", "--count", "40", "--out", "c.npz")
    assert (many.shape, many.dtype) == ((70, 16, 16, 3), np.uint8)
    assert os.listdir("new") == ["a.npz"]
    np.testing.assert_array_equal(many[:40], few)
    assert (few != other).any()


def test_samples_are_the_finest_scale_of_the_averaged_generator(trained):
    generator = load_generator(trained)
    assert not generator.training
    assert [b.shape for b in sample_blocks(generator, 33, 0)] == [(32, 16, 16, 3), (1, 16, 16, 3)]
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        next(sample_blocks(generator, 0, 0))


def test_a_damaged_checkpoint_is_named_and_the_older_file_stays(trained, capsys):
    kept = sampled("runs", "--count", "2", "--out", "a.npz")
    capsys.readouterr()
    (trained / "generator_ema.safetensors").write_bytes(b"no")
    assert main(["sample", "runs", "--count", "1", "--out", "a.npz"]) == 2
    assert "generator_ema.safetensors is damaged" in sentence(capsys)
    with np.load("a.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], kept)


@pytest.mark.parametrize("name", ["data", "clips", "speech"])
def test_a_folder_is_meant_from_where_the_user_stands(course, name, monkeypatch):
    monkeypatch.setattr("msgan_lessons.runs.lessons.check_parameters", lambda **_: None)
    told = f'{name}: str = "own"  # where from'
    path = write_lesson(course / "nb", "03_more", GOOD, parameters=told)
    request = build_requests([read_lesson(path)], [f"{name}=folder:mine"])[0]
    assert request.parameters[name] == f"folder:{course / 'mine'}"
