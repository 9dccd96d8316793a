import pytest
import torch
from torch import nn

from msgan_lessons import family, metrics
from msgan_lessons.lessons.l16_evaluation import scoring
from msgan_lessons.metrics import scores
from msgan_lessons.runs.parameters import Budget
from msgan_lessons.training import draw


def images(count, seed, level=0.5):
    noise = torch.rand(count, 1, 32, 32, generator=torch.Generator().manual_seed(seed))
    return (level * noise * torch.linspace(0, 1, 32)).clamp(-1, 1)


def test_moments_keep_copies_that_training_does_not_change():
    network = nn.Linear(1, 1)
    moments = scoring.Snapshots(network, Budget("x", 100, 1e9, 8), shares=(0.1, 0.5))
    for step in range(1, 101):
        with torch.no_grad():
            network.weight.fill_(step)
        moments.see({"step": step, "seconds": step / 4})
    assert moments.seconds == [0.0, 2.5, 12.5]
    assert [copy.weight.item() for copy in moments.networks][1:] == [10.0, 50.0]


def test_moments_follow_the_clock_where_it_is_faster_than_the_steps():
    moments = scoring.Snapshots(nn.Linear(1, 1), Budget("x", 10**6, 10.0, 8), shares=(0.5, 1.0))
    for step, seconds in ((1, 4.0), (2, 6.0), (3, 7.0), (4, 10.5)):
        moments.see({"step": step, "seconds": seconds})
    assert moments.seconds == [0.0, 6.0, 10.5]


def test_a_g_that_is_still_growing_is_brought_to_full_size():
    generator = family.build("progan", width=4).generator
    z = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    generator.grow_to(2)
    (full,) = scores.draw_full(generator, z, 32)
    assert full.shape == (3, 1, 32, 32)
    assert torch.equal(full[..., ::4, ::4], draw(generator, z)[-1])
    assert torch.equal(full[..., 3::4, 3::4], draw(generator, z)[-1])


def test_the_patch_score_is_the_mean_over_bands_and_knows_a_growing_g():
    generator, z = family.build("progan", width=4).generator, torch.zeros(20, 64)
    generator.grow_to(2)
    directions = [torch.Generator().manual_seed(0) for _ in range(2)]
    fake = scores.draw_full(generator, z, 32)[-1]
    bands = metrics.band_distances(images(20, 0), fake, directions[0])
    found = scores.patch_score(generator, z, images(20, 0), directions[1])
    assert found == pytest.approx(sum(bands.values()) / 4)


def test_all_scales_of_a_full_g_are_kept():
    generator = family.build("msggan", width=4).generator
    assert [x.shape[-1] for x in scores.draw_full(generator, torch.zeros(2, 64), 32)] == [
        4, 8, 16, 32,
    ]  # fmt: skip


def test_curves_hold_every_metric_at_every_count_and_real_is_nearer():
    curves = scoring.curves_by_count(
        images(80, 0), images(40, 1, level=0.2), [20, 40], torch.Generator().manual_seed(0)
    )
    assert len(curves) == 6
    for kinds in curves.values():
        assert list(kinds["real"]) == list(kinds["fake"]) == [20, 40]
    assert curves["Fréchet distance"]["real"][40] < curves["Fréchet distance"]["fake"][40]
    assert curves["SWD, 32x32 band"]["real"][40] < curves["SWD, 32x32 band"]["fake"][40]


def test_copies_are_the_closest_pairs():
    train, fresh = images(30, 0), images(12, 1)
    mixed = torch.cat([fresh[:9], train[4:7]])
    pairs, medians = scoring.closest_pairs({"G": mixed, "copies": train[:5]}, train)
    shown, nearest = pairs["G"]
    assert torch.equal(shown[:3], nearest[:3])
    assert {picture.numpy().tobytes() for picture in shown[:3]} == {
        picture.numpy().tobytes() for picture in train[4:7]
    }
    assert medians["copies"] < 1e-3 < medians["G"]


def test_medians_are_those_of_the_package():
    train, fresh = images(30, 0), images(12, 1)
    features = [metrics.image_features(part) for part in (fresh, train)]
    expected = metrics.nearest(*features)[0].median().item()
    assert scoring.closest_pairs({"x": fresh}, train)[1]["x"] == pytest.approx(expected)
