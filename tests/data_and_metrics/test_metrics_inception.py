import sys
from urllib.error import URLError

import pytest
import seeded
import torch
from seeded import stream
from torch import nn
from torch_fidelity import feature_extractor_inceptionv3
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric

from msgan_lessons.metrics import frechet_distance, inception_scores


def images(n, channels=3, seed=0):
    return seeded.images(n, channels, 8, 8, seed=seed)


class Small(nn.Module):
    """In place of Inception: six random projections of the image."""

    def __init__(self, size=1.0):
        super().__init__()
        self.weight = nn.Parameter(size * torch.randn(3 * 64, 6, generator=stream(9)) / 8)
        self.seen = []

    def forward(self, images):
        self.seen.append(tuple(images.shape))
        return [images.flatten(1) @ self.weight]


class SmallWithLogits(Small):
    """Features, and logits that are sure of the brightest of the three channels."""

    def forward(self, images):
        return [*super().forward(images), 100 * images.mean((2, 3))]


def features(x):
    return Small()(x)[0].detach().double()


def test_the_distances_are_ours_and_torch_fidelitys_on_the_same_features():
    real, fake = images(40), images(40, seed=1) * 0.7
    options = {"kid_subset_size": 40, "kid_subsets": 1, "verbose": False}  # all rows: no chance
    kernel = kid_features_to_metric(features(real), features(fake), **options)
    network = Small().train()
    found = inception_scores(real, fake, stream(), network)
    assert network.training  # its mode is put back
    assert list(found) == ["frechet", "kernel_mean", "kernel_std", "score_mean", "score_std"]
    assert all(type(value) is float for value in found.values())
    expected = frechet_distance(features(real), features(fake))
    assert found["frechet"] == pytest.approx(expected, rel=1e-6)
    assert found["kernel_mean"] == pytest.approx(kernel["kernel_inception_distance_mean"])
    assert found["kernel_std"] == pytest.approx(0, abs=1e-12)
    same = inception_scores(real, real, stream(), network)
    assert same["frechet"] == pytest.approx(0, abs=1e-5)
    assert same["kernel_mean"] < 0  # unbiased: it may fall below 0


def test_the_kernel_distance_is_the_cubic_kernels_mean_discrepancy():
    real, fake = images(12), images(12, seed=1) + 0.2
    x, y = features(real), features(fake)
    k = lambda a, b: (a @ b.T / 6 + 1) ** 3  # noqa: E731
    within = sum((k(a, a).sum() - k(a, a).trace()) / (12 * 11) for a in (x, y))
    expected = (within - 2 * k(x, y).mean()).item()
    found = inception_scores(real, fake, stream(), Small())["kernel_mean"]
    assert found == pytest.approx(expected, rel=1e-6)


def test_the_score_is_near_torch_fidelitys():
    fake = images(400, seed=1)
    logits = 3 * features(fake)  # sure of one class
    expected = isc_features_to_metric(logits)["inception_score_mean"]
    found = inception_scores(images(20), fake, stream(), Small(3.0))["score_mean"]
    assert found == pytest.approx(expected, rel=0.02)  # other splits


def test_a_network_may_give_logits_of_its_own():
    bright = torch.full((30, 3, 8, 8), -1.0)
    bright[:, 1] = 1
    one_class = inception_scores(images(20), bright, stream(), SmallWithLogits())
    assert one_class["score_mean"] == pytest.approx(1)
    sure = images(300, seed=1)
    many = inception_scores(images(20), sure, stream(), SmallWithLogits())["score_mean"]
    assert 2 < many <= 3  # three classes, and every image is sure of one


def test_grey_images_become_three_equal_channels():
    grey = images(12, channels=1)
    network = Small()
    scores = inception_scores(grey, images(12), stream(), network, chunk=5)
    assert network.seen == [(5, 3, 8, 8), (5, 3, 8, 8), (2, 3, 8, 8)] * 2
    colour = inception_scores(grey.repeat(1, 3, 1, 1), images(12), stream(), Small())
    assert scores == pytest.approx(colour)


def test_the_same_stream_gives_the_same_scores_and_torchs_own_is_left_alone():
    torch.manual_seed(4)
    before = torch.get_rng_state()
    real, fake = images(60), images(60, seed=1)
    first, second, other = (
        inception_scores(real, fake, stream(s), Small(), kid_subset=20) for s in (1, 1, 2)
    )
    assert first == second
    assert first["kernel_mean"] != other["kernel_mean"]
    assert torch.equal(torch.get_rng_state(), before)


def test_inception_takes_bytes_and_gives_features_and_logits(monkeypatch, tmp_path):
    from torchmetrics.image import fid

    class Bytes(nn.Module):
        def __init__(self, name, outputs):
            super().__init__()
            self.outputs, self.seen = outputs, []
            self.weight = nn.Parameter(torch.zeros(1))

        def _torch_fidelity_forward(self, pixels):
            self.seen.append(pixels)
            rows = pixels.double().flatten(1)
            return rows[:, :4], rows[:, -3:]

    made = []
    monkeypatch.setattr(fid, "NoTrainInceptionV3", lambda *a: made.append(Bytes(*a)) or made[0])
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    edge = torch.tensor([-1.2, -1, 0, 1, 1.2]).view(5, 1, 1, 1).expand(5, 1, 8, 8)
    scores = inception_scores(edge, edge, stream(), download=True)
    assert list(scores) == ["fid", "kid_mean", "kid_std", "is_mean", "is_std"]
    assert made[0].outputs == ["2048", "logits_unbiased"]
    assert made[0].seen[0].dtype == torch.uint8
    assert made[0].seen[0][:, 2, 0, 0].tolist() == [0, 0, 128, 255, 255]


def test_missing_weights_and_packages_are_named_and_nothing_is_fetched_unasked(
    monkeypatch, tmp_path
):
    def refuse(*args, **kwargs):
        raise URLError("no route")

    told = images(5), images(5), stream()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(RuntimeError, match="weights of Inception.*not on this machine.*download"):
        inception_scores(*told)
    monkeypatch.setattr(feature_extractor_inceptionv3, "load_state_dict_from_url", refuse)
    with pytest.raises(RuntimeError, match="could not be fetched from https://.*no route"):
        inception_scores(*told, download=True)
    monkeypatch.setitem(sys.modules, "torch_fidelity.feature_extractor_inceptionv3", None)
    with pytest.raises(ImportError, match="torch-fidelity, which is not installed: pip install"):
        inception_scores(*told)
