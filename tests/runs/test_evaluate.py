import contextlib
import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from msgan_lessons import family
from msgan_lessons.__main__ import main
from msgan_lessons.base import whole_files
from msgan_lessons.base.places import data_folder
from msgan_lessons.base.record import read_run
from msgan_lessons.runs import checkpoints, evaluate
from msgan_lessons.runs.evaluate import evaluate_run
from msgan_lessons.runs.gallery import INDEX, remarks, score_rows, write_gallery

SMALL = {"train": 300, "test": 220}


@pytest.fixture(scope="module")
def small_data(tmp_path_factory):
    """A data folder with the first images of Fashion-MNIST alone, and the classifier."""
    folder = tmp_path_factory.mktemp("data")
    manifest = json.loads((data_folder() / "manifest.json").read_text())
    entry = manifest["fashion_mnist"]
    shutil.copy(data_folder() / "fashion_classifier.safetensors", folder)
    with np.load(data_folder() / entry["file"]) as arrays:
        part = {name: arrays[name][: SMALL[name.split("_")[0]]] for name in arrays}
    np.savez(folder / entry["file"], **part)
    entry["sha256"] = hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def place(tmp_path, monkeypatch, small_data):
    monkeypatch.setenv("MSGAN_DATA", str(small_data))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(folder, *, channels=1, fill=None, **description):
    """Write a run with the checkpoint of a tiny generator, as lesson 07 leaves it."""
    torch.manual_seed(0)
    model = family.build("msggan", resolution=16, width=4, latent_dim=8, img_channels=channels)
    if fill is not None:
        nn.init.constant_(next(model.generator.parameters()), fill)
    about = {"model": model.name, "arguments": model.arguments, **description}
    folder.mkdir(parents=True)
    checkpoints.save(folder / "checkpoint", {"generator_ema": model.generator}, about)
    params = {"lesson": folder.name, "title": "Training", "question": "What?", "preset": "smoke"}
    (folder / "params.json").write_text(json.dumps(params))
    (folder / "metrics.json").write_text('{"status": "done", "wall_seconds": 3, "step": 7}')
    return folder


@pytest.fixture
def grey(place):
    return train(place / "runs/07_training", data="fashion_mnist")


@pytest.fixture
def pictures(place):
    stream = np.random.default_rng(0)
    (place / "mine").mkdir()
    for i in range(120):
        pixels = stream.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(place / "mine" / f"{i:03d}.png")
    return place / "mine"


def sentence(capsys):
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("msgan: ")
    assert errors.count("\n") == 1
    return errors


@pytest.fixture(scope="module")
def evaluated(small_data, tmp_path_factory):
    """A run that was evaluated from the command line with a gallery around it; what was printed."""
    runs, said = tmp_path_factory.mktemp("evaluated") / "runs", io.StringIO()
    run = train(runs / "07_training", data="fashion_mnist")
    write_gallery(runs)
    assert "How good is G" not in (runs / INDEX).read_text()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setenv("MSGAN_DATA", str(small_data))
        patch.chdir(runs.parent)
        assert main(["evaluate", "runs", "--count", "100"]) == 0
    return run, json.loads((run / "metrics.json").read_text()), said.getvalue()


def test_an_evaluation_leaves_its_figures_and_a_picture_in_the_run(evaluated):
    run, recorded, out = evaluated
    assert (recorded["status"], recorded["step"]) == ("done", 7)  # what was there stays
    found = recorded["evaluation"]
    assert (found["data"], found["own_data"], found["split"]) == ("fashion_mnist", True, "test")
    assert found["scores"]["count"] == {"real": 100, "fake": 100}
    assert (found["noise_floor"]["count"], found["train_count"]) == (100, SMALL["train"])
    assert list(found["scores"]["swd"]) == ["4", "8", "16"]
    assert {"precision", "recall", "coverage", "density", "ms_ssim", "consistency"} <= {
        *found["scores"]
    }
    assert found["scores"]["frechet"] > 5 * found["noise_floor"]["mean"]["frechet"]
    assert found["scores"]["nearest"]["fake"] > 0
    assert found["features_fit"] is True
    assert "not FID" in found["features"]
    hashes = whole_files.describe(run / "checkpoint")["sha256"]
    assert found["generator"] == hashes["generator_ema.safetensors"]
    with Image.open(run / found["figure"]["file"]) as image:
        assert image.size[0] >= 700
    assert "Fréchet distance" in found["figure"]["alt"]
    assert not list(run.glob(".*"))
    assert "Fréchet distance, classifier" in out
    assert "100 images against 100 test images of fashion_mnist at 16x16" in out
    assert f"written: {Path('runs/07_training/evaluation.png')}" in out


def test_the_gallery_around_a_run_shows_picture_and_figures(evaluated):
    run, recorded, _ = evaluated
    page = (run.parent / INDEX).read_text()
    assert "How good is G" in page
    assert 'src="07_training/evaluation.png"' in page
    assert f"precision {score_rows(recorded['evaluation'])[2][1]} (real" in page


def test_the_same_seed_gives_the_same_figures_and_no_other_page_is_touched(evaluated, grey):
    read = read_run(evaluated[0]).metrics["evaluation"]
    _, found = evaluate_run(grey, count=100)
    assert json.loads(json.dumps(found)) == read
    assert score_rows(read) == score_rows(found)
    assert remarks(read) == remarks(found)
    assert {len(row) for row in score_rows(found)} == {4}
    assert not (grey.parent / INDEX).exists()
    (grey.parent / INDEX).write_text("mine")
    other = evaluate_run(grey, count=100, seed=1)[1]
    assert found["scores"]["frechet"] != other["scores"]["frechet"]
    assert (grey.parent / INDEX).read_text() == "mine"


def test_where_the_data_are_few_the_floor_says_which_count_it_has(grey, capsys):
    assert main(["evaluate", "runs", "--count", "150"]) == 0
    assert "real: 110 of these against 110 others" in (out := capsys.readouterr().out)
    assert "Figures at different counts differ by that alone" in out


@pytest.mark.parametrize(
    ("inner", "params", "against"),
    [
        ("", None, "fashion_mnist"),
        ("checkpoint", '{"parameters": {"data": "fashion_mnist"}}', ""),
    ],
)
def test_a_bare_checkpoint_will_do_where_the_data_are_named(place, inner, params, against):
    folder = train(place / "bare")
    (folder / "params.json").unlink()
    (folder / "metrics.json").unlink()
    if params:
        (folder / "params.json").write_text(params)
    where, found = evaluate_run(folder / inner, against=against, count=100)
    assert where == folder
    assert found["own_data"] is bool(params)
    assert json.loads((folder / "metrics.json").read_text()).keys() == {"evaluation"}


def test_a_folder_of_pictures_has_no_modes_and_its_features_are_said_to_be_strange(
    place, pictures, capsys
):
    folder = train(place / "runs/07_training", channels=3, data=f"folder:{pictures}")
    (pictures / "broken.png").write_bytes(b"no")
    assert main(["evaluate", "runs", "--count", "100"]) == 0
    out = capsys.readouterr().out
    assert "compare runs on the same data alone" in out
    assert "cannot be read: 1 files" in out
    found = json.loads((folder / "metrics.json").read_text())["evaluation"]
    assert (found["split"], found["features_fit"], found["train_count"]) == ("all", False, 120)
    assert not {"modes", "mode_kl", "class_counts"} & {*found["scores"]}
    assert found["scores"]["nearest"]["real"] > 0  # the nearest other one
    assert found["noise_floor"]["count"] == 60


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("evaluate", "Missing argument 'RUN'"),
        ("evaluate nowhere", "nowhere is not a folder; train one with: msgan run 07"),
        ("evaluate mine", "mine holds no run with a checkpoint"),
        ("evaluate runs --count 99", "--count must be from 100 to 10,000, got 99"),
        ("evaluate runs --count 10001", "--count must be from 100 to 10,000, got 10001"),
        ("evaluate runs --seed -1", "seed must be >= 0, got -1"),
        ("evaluate runs --against mnist", "data must be one of fashion_mnist, "),
        ("evaluate runs --against folder:gone", "there is no such folder"),
        ("evaluate runs --against cifar10", "download it with: msgan download cifar10"),
        (
            "evaluate runs --against folder:mine",
            "the run draws grey images (1 channel(s)), but data=folder:mine holds colour ones (3)",
        ),
    ],
)
def test_a_wrong_call_gets_one_sentence_and_status_2_and_leaves_nothing(
    grey, pictures, monkeypatch, capsys, call, expected
):
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(pictures.parent / "downloads"))
    before = {path: path.read_bytes() for path in pictures.parent.rglob("*") if path.is_file()}
    assert main(call.split()) == 2
    assert expected in sentence(capsys)
    after = {path: path.read_bytes() for path in pictures.parent.rglob("*") if path.is_file()}
    assert after == before


def test_too_few_pictures_are_refused(place, pictures, capsys):
    train(place / "runs/07_training", channels=3, data="folder:mine")
    for i in range(21):
        (pictures / f"{i:03d}.png").unlink()
    assert main(["evaluate", "runs"]) == 2
    assert "data=folder:mine must hold at least 100 images, got 99" in sentence(capsys)


@pytest.mark.parametrize("file", ["metrics.json", "checkpoint/generator_ema.safetensors"])
def test_damaged_files_and_too_many_images_are_refused_and_kept(grey, monkeypatch, capsys, file):
    monkeypatch.setattr(evaluate, "MOST_VALUES", 16 * 16 * 150)
    assert main(["evaluate", "runs"]) == 2
    assert "--count must be at most 150 for images of this resolution" in sentence(capsys)
    for content in ("{", "[]"):
        (grey / file).write_text(content)
        assert main(["evaluate", "runs"]) == 2
        assert f"{Path(file).name} is damaged" in sentence(capsys)
        assert (grey / file).read_text() == content


def test_what_is_missing_is_named_with_its_cure(small_data, place, monkeypatch, capsys):
    folder = train(place / "runs/07_training")
    assert main(["evaluate", "runs"]) == 2
    assert "does not say what it was trained on; name it with --against" in sentence(capsys)
    (folder / "params.json").write_text('{"parameters": {"data": "fashion_mnist"}}')
    shutil.copytree(small_data, place / "data")
    (place / "data/fashion_classifier.safetensors").unlink()
    monkeypatch.setenv("MSGAN_DATA", str(place / "data"))
    assert main(["evaluate", "runs"]) == 2
    assert "classifier.safetensors is missing; restore it with: git" in sentence(capsys)


def test_a_generator_whose_weights_are_not_finite_is_refused(place, capsys):
    train(place / "runs/07_training", data="fashion_mnist", fill=torch.nan)
    assert main(["evaluate", "runs"]) == 2
    assert "draws images with values that are not finite" in sentence(capsys)
