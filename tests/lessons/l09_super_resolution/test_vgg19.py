from unittest.mock import Mock

import pytest
import torch
from safetensors.torch import load_file

from msgan_lessons.__main__ import main
from msgan_lessons.lessons.l09_super_resolution import content
from msgan_lessons.lessons.l09_super_resolution.content import (
    VGG19Distance,
    check,
    content_distance,
    convert,
    weights_path,
)
from msgan_lessons.runs.parameters import check_parameters


@pytest.fixture(scope="module")
def untrained():
    """A VGG19 with random weights in place of ImageNet's, its head left out."""
    from torchvision.models import vgg19 as make

    torch.manual_seed(0)
    with torch.device("meta"):
        network = make(weights=None)
    network.classifier = torch.nn.Linear(1, 1)
    features = network.features.to_empty(device="cpu")
    for layer in features:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return features


@pytest.fixture
def weights(untrained, tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    state = {f"features.{name}": value for name, value in untrained.state_dict().items()}
    convert(state | {"classifier.0.bias": torch.zeros(1)}, weights_path())
    return weights_path()


def test_without_weights_one_sentence_names_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    named = {"features": "vgg19"}
    asked = (
        check,
        VGG19Distance,
        lambda: content_distance("vgg19"),
        lambda: check_parameters(**named),
    )
    for call in asked:
        with pytest.raises(FileNotFoundError, match="with: msgan download vgg19"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_other_features_and_weights_of_the_lesson_are_refused():
    check_parameters(features="classifier", resolution=64, adversarial=0.0)
    for call in (content_distance, lambda word: check_parameters(features=word)):
        with pytest.raises(
            ValueError, match="features must be one of classifier, vgg19, got 'vgg'"
        ):
            call("vgg")
    with pytest.raises(ValueError, match="adversarial must be a number from 0 to 1,000, got -1"):
        check_parameters(adversarial=-1)


@pytest.mark.parametrize(("layer", "shape"), [("2_2", (128, 16, 16)), ("5_4", (512, 2, 2))])
def test_features_are_those_after_the_named_convolution_and_its_relu(
    weights, untrained, layer, shape
):
    distance = VGG19Distance(layer)
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    features = distance.features(images)
    assert tuple(features.shape[1:]) == shape
    convolutions = [k for k, part in enumerate(untrained) if isinstance(part, torch.nn.Conv2d)]
    number = {"2_2": 4, "5_4": 16}[layer]
    mean, deviation = torch.tensor(content.MEAN), torch.tensor(content.DEVIATION)
    h = ((images + 1) / 2 - mean[:, None, None]) / deviation[:, None, None]
    for part in untrained[: convolutions[number - 1] + 2]:
        h = part(h.clone())
    torch.testing.assert_close(features, h / 12.75)


def test_distance_is_zero_for_equal_images_and_teaches_g_alone(weights):
    distance = VGG19Distance("2_2")
    x, y = torch.rand(2, 2, 3, 32, 32)
    assert distance(x, x).tolist() == [0.0, 0.0]
    x.requires_grad_()
    far = distance(x, y)
    assert far.shape == (2,)
    far.sum().backward()
    assert x.grad.isfinite().all()
    assert x.grad.abs().max() > 0
    assert not any(p.requires_grad for p in distance.parameters())
    grey = torch.rand(1, 1, 32, 32)
    torch.testing.assert_close(
        distance.features(grey), distance.features(grey.expand(-1, 3, -1, -1))
    )


def test_wrong_layers_images_and_files_are_refused(weights, tmp_path):
    with pytest.raises(ValueError, match="layer must be one of 2_2, 5_4, got '1_1'"):
        VGG19Distance("1_1")
    distance = VGG19Distance("2_2")
    for shape in ((1, 3, 2, 2), (1, 2, 32, 32), (3, 32, 32)):
        with pytest.raises(ValueError, match=r"with at least 32 pixels a side, got \("):
            distance.features(torch.zeros(shape))
    with pytest.raises(ValueError, match=r"state must hold the weights features\.\*, got \['a'\]"):
        convert({"a": torch.zeros(1)}, tmp_path / "x")
    convert({"features.0.weight": torch.zeros(1)}, tmp_path / "x")
    with pytest.raises(ValueError, match="does not hold the convolutions of VGG19"):
        VGG19Distance("2_2", tmp_path / "x")


def test_the_command_checks_the_hash_and_keeps_safetensors_alone(
    untrained, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path / "new"))
    state = {f"features.{name}": value for name, value in untrained.state_dict().items()}
    fetched = Mock(return_value=state)
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", fetched)
    for _ in range(2):  # the second time nothing is fetched
        assert main(["download", "vgg19"]) == 0
    assert "vgg19 is in" in capsys.readouterr().out
    (url, *_), options = fetched.call_args
    assert fetched.call_count == 1
    assert "vgg19" in url
    assert options["check_hash"] is options["weights_only"] is True
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["vgg19_features.safetensors"]
    assert set(load_file(weights_path())) == set(untrained.state_dict())


def test_a_download_that_fails_leaves_nothing(tmp_path, monkeypatch, capsys):
    broken = Mock(side_effect=OSError("no route to host"))
    monkeypatch.setenv("MSGAN_DOWNLOADS", str(tmp_path))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", broken)
    assert main(["download", "vgg19"]) == 1
    assert "vgg19 could not be downloaded: no route to host." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
