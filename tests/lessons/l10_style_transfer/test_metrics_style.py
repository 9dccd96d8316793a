import json

import kornia
import numpy as np
import ot
import pytest
import torch
from seeded import images, stream

from msgan_lessons.base.places import data_folder
from msgan_lessons.base.streams import Streams
from msgan_lessons.datasets.images import open_images
from msgan_lessons.lessons.l10_style_transfer.scores import (
    STYLES,
    lab_colours,
    load_style_classifier,
    method_scores,
    palette_distance,
    style_probability,
    style_scores,
)
from msgan_lessons.metrics.distances import random_directions


@pytest.fixture(scope="module")
def emoji():
    return [open_images(name, resolution=64, split="test").images() for name in STYLES]


def test_lab_agrees_with_kornia():
    colours = images(4, 3, 8, 8)
    wanted = kornia.color.rgb_to_lab((colours + 1) / 2)
    assert torch.allclose(lab_colours(colours), wanted, atol=0.02)


def test_palette_distance_agrees_with_pot():
    real, fake = images(2, 3, 8, 8), 0.5 * images(2, 3, 8, 8, seed=1)
    found = palette_distance(real, fake, stream(), n_projections=50)
    lines = random_directions(3, 50, stream()).numpy().T
    for k in range(2):
        clouds = [lab_colours(x)[k].flatten(1).T.double().numpy() for x in (real, fake)]
        wanted = ot.sliced_wasserstein_distance(*clouds, projections=lines, p=1)
        assert found[k].item() == pytest.approx(wanted, rel=1e-4)


def test_it_never_exceeds_exact_optimal_transport():
    real, fake = images(1, 3, 8, 8), 0.3 * images(1, 3, 8, 8, seed=1) + 0.3
    clouds = [lab_colours(x)[0].flatten(1).T.double().numpy() for x in (real, fake)]
    exact = ot.emd2([], [], np.linalg.norm(clouds[0][:, None] - clouds[1], axis=2))
    assert palette_distance(real, fake, stream()).item() < exact


def test_places_do_not_count_and_a_twin_is_at_distance_zero():
    real = images(3, 3, 8, 8)
    assert palette_distance(real, real.flip(-1), stream()).abs().max() < 1e-5
    assert palette_distance(real, real, stream()).abs().max() == 0
    forth = palette_distance(real, -real, stream())
    assert torch.allclose(forth, palette_distance(-real, real, stream()))


@pytest.mark.parametrize("resolution", [64, 32])
def test_the_classifier_is_as_right_as_the_manifest_says(resolution):
    said = json.loads((data_folder() / "manifest.json").read_text())["style_classifier"]
    both = [open_images(n, resolution=resolution, split="test").images() for n in STYLES]
    right = torch.cat([(style_probability(x) > 0.5) == bool(k) for k, x in enumerate(both)])
    assert right.float().mean().item() == pytest.approx(
        said["test_accuracy"][f"{resolution}x{resolution}"], abs=0.005
    )


def test_the_classifier_is_read_once_and_has_no_slopes():
    network = load_style_classifier()
    assert not network.training
    assert not any(p.requires_grad for p in network.parameters())
    assert load_style_classifier() is network


def test_scores_of_the_twins_themselves_and_of_the_other_style(emoji):
    noto, twemoji = (some[:24] for some in emoji)
    perfect = style_scores(twemoji, twemoji, "emoji_twemoji", stream())
    assert perfect["ssim"] == pytest.approx(1.0)
    assert perfect["perceptual"] == pytest.approx(0.0, abs=1e-5)
    assert perfect["palette"] == 0
    unchanged = style_scores(twemoji, noto, "emoji_twemoji", stream())
    assert unchanged["style"] < 0.3 < 0.7 < perfect["style"]
    assert unchanged["ssim"] < 1
    other = style_scores(noto, noto, "emoji_noto", stream())["style"]
    assert other == pytest.approx(1 - unchanged["style"], abs=1e-6)


def test_both_directions_are_scored_against_their_own_twins(emoji):
    twins = [some[:12] for some in emoji]
    found = method_scores({"as it is": twins, "true twin": twins[::-1]}, twins)
    assert list(found) == ["to Twemoji", "to Noto"]
    for way, style, k in (("to Twemoji", STYLES[1], 0), ("to Noto", STYLES[0], 1)):
        assert found[way]["true twin"]["palette"] == 0
        assert found[way]["as it is"]["style"] < 0.3
        fresh = Streams(0).fresh("palette")
        assert found[way]["as it is"] == style_scores(twins[1 - k], twins[k], style, fresh)
