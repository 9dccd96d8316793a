import json
import shutil

import pytest
import torch
from torch.nn import functional as F

from msgan_lessons.base.places import data_folder
from msgan_lessons.datasets.images import open_images
from msgan_lessons.metrics.features import (
    FeatureClassifier,
    image_features,
    load_classifier,
    predicted_labels,
)

ENTRY = json.loads((data_folder() / "manifest.json").read_text())["fashion_classifier"]


@pytest.fixture(scope="module")
def test_set():
    return open_images(split="test")


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A copy of the classifier and its description that a test may damage."""
    for name in ("manifest.json", "fashion_classifier.safetensors"):
        shutil.copy(data_folder() / name, tmp_path / name)
    monkeypatch.setenv("MSGAN_DATA", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("shape", [(3, 1, 32, 32), (3, 3, 32, 32), (3, 1, 8, 8), (3, 3, 80, 64)])
def test_images_of_any_resolution_and_both_kinds_of_channels_have_features(shape):
    features = image_features(torch.rand(shape) * 2 - 1)
    assert (features.shape, features.dtype) == ((3, 64), torch.float32)
    assert predicted_labels(torch.zeros(shape)).shape == (3,)


def test_the_shipped_file_is_as_accurate_as_the_manifest_and_the_readme_state(test_set):
    right = predicted_labels(test_set.images(slice(1000))) == test_set.labels[:1000]
    assert right.float().mean().item() == pytest.approx(ENTRY["test_accuracy"], abs=0.02)
    assert ENTRY["test_accuracy"] > 0.9
    readme = (data_folder() / "README.md").read_text()
    accuracy, count = f"{ENTRY['test_accuracy']:.4f}", f"{ENTRY['parameters']:,} parameters"
    assert all(text in readme for text in (accuracy, ENTRY["sha256"], count))
    assert ENTRY["parameters"] == sum(p.numel() for p in load_classifier().parameters())


def test_colour_is_seen_as_its_luminance(test_set):
    grey = test_set.images(slice(8))
    torch.testing.assert_close(image_features(grey.expand(-1, 3, -1, -1)), image_features(grey))
    red, green = torch.full((2, 1, 3, 32, 32), -1.0)
    red[:, 0], green[:, 1] = 1, 1
    level = torch.full((1, 1, 32, 32), -1 + 2 * 0.299)
    torch.testing.assert_close(image_features(red), image_features(level))
    assert not torch.allclose(image_features(red), image_features(green))


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_an_image_of_larger_pixels_has_the_same_features(test_set, factor):
    images = test_set.images(slice(8))
    larger = F.interpolate(images, scale_factor=factor, mode="nearest")
    torch.testing.assert_close(image_features(larger), image_features(images), rtol=1e-3, atol=1e-3)


def test_features_have_no_gradient_and_no_chunk_and_logits_are_their_head(test_set):
    images, network = test_set.images(slice(10)).requires_grad_(), load_classifier()
    whole, parts = image_features(images), image_features(images, chunk=3)
    torch.testing.assert_close(whole, parts, rtol=1e-4, atol=1e-5)
    assert not whole.requires_grad
    assert not any(p.requires_grad for p in network.parameters())
    expected = F.relu(whole) @ network.head.weight.T + network.head.bias
    torch.testing.assert_close(network(images)[1], expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(predicted_labels(images), expected.argmax(1))
    values = torch.linalg.eigvalsh(torch.cov(image_features(test_set.images(slice(1000))).T))
    assert values.min() > 1e-4 * values.max()  # of full rank


def test_a_classifier_of_ones_own_keeps_its_mode():
    network = FeatureClassifier(n_classes=3, channels=(2, 4, 8), n_features=5).train()
    before = network.standardise.running_mean.clone()
    assert image_features(torch.rand(6, 1, 32, 32), network).shape == (6, 5)
    assert network.training
    assert torch.equal(network.standardise.running_mean, before)


def test_the_classifier_is_read_once_but_checked_at_every_call(own_data):
    first = load_classifier()
    assert load_classifier() is first
    assert not first.train().eval().training
    path = own_data / "fashion_classifier.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="safetensors is damaged: .*restore it with: git checkout"):
        load_classifier()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="safetensors is missing; restore it with: git"):
        image_features(torch.zeros(1, 1, 32, 32))


def test_the_training_script_shifts_and_mirrors_without_losing_a_pixel(script):
    train = script("train_fashion_classifier")
    images = torch.full((200, 1, 32, 32), -1.0)
    images[:, :, 5, 10] = 1  # one bright point
    moved = train.augment(images, torch.Generator().manual_seed(0))
    assert moved.shape == images.shape
    assert (moved == 1).sum((1, 2, 3)).tolist() == [1] * 200
    _, _, rows, columns = (moved == 1).nonzero(as_tuple=True)
    assert set(rows.tolist()) == set(range(3, 8))
    assert set(columns.tolist()) == {*range(8, 13), *range(19, 24)}  # mirrored: 31 - column


def test_the_training_script_repeats_itself_and_keeps_the_rest_of_the_manifest(script, tmp_path):
    train = script("train_fashion_classifier")
    (tmp_path / "manifest.json").write_text('{"other": 1}')
    data = open_images(split="test")
    part = type(data)(data.name, data.pixels[:256], data.labels[:256], data.classes)
    first, again = (train.train(part, epochs=1, seed=0) for _ in range(2))
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    arguments = type("Arguments", (), {"out": tmp_path, "seed": 0, "epochs": 1})
    train.write(first, 0.1234, arguments)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["other"] == 1
    assert manifest["fashion_classifier"].keys() == ENTRY.keys()
    assert manifest["fashion_classifier"]["test_accuracy"] == 0.1234
