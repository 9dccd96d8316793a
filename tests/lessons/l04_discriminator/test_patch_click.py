import pytest
import torch
from seeded import images

from msgan_lessons.discriminator import DiscriminatorEnsemble, PatchDiscriminator
from msgan_lessons.lessons.l04_discriminator.click import CELL, GAP, WHOLE, PatchClick
from msgan_lessons.lessons.l04_discriminator.pictures import patch_of, receptive_field
from msgan_lessons.pyramid import image_pyramid

PLACES = [(0.0, 0.0), (0.5, 0.4), (0.97, 0.2), (1.0, 1.0)]


@pytest.fixture
def real():
    return images(4, 1, 32, 32)


@pytest.fixture
def click(real):
    return PatchClick({"real": real}, n_scales=3)


def under(click, k):
    """Row and column of the logit at scale k, by the size of its map."""
    n = click.logits()[k].shape[-1]
    x, y = click.place
    return min(int(y * n), n - 1), min(int(x * n), n - 1)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("n", ["1", "2", "3"])
def test_patches_are_those_of_the_logits_below_the_pointer(click, n, place):
    click.set("convolutions", n)
    click.set("seen", place)
    side = receptive_field(click.judges[0])[0]
    for k, patch in enumerate(click.patches()):
        assert patch == patch_of(click.judges[k], *under(click, k))
        assert patch[2] == side == {"1": 8, "2": 18, "3": 38}[n]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("n", ["1", "2"])
def test_the_gradient_of_a_logit_is_zero_outside_its_patch(click, real, n, place):
    click.set("convolutions", n)
    click.set("seen", place)
    for k, (top, left, side) in enumerate(click.patches()):
        full = real[:1].clone().requires_grad_()
        (logits,) = click.judges[k](image_pyramid(full, 3)[k : k + 1])
        logits[0, 0][under(click, k)].backward()
        grown = 32 // click.sizes[k]
        outside = full.grad[0, 0].clone()
        rows = slice(max(top * grown, 0), max((top + side) * grown, 0))
        columns = slice(max(left * grown, 0), max((left + side) * grown, 0))
        assert outside[rows, columns].any()
        outside[rows, columns] = 0
        assert not outside.any()


def test_untrained_judges_are_the_same_each_time_and_leave_torchs_random_state(real):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second = PatchClick({"real": real}), PatchClick({"real": real})
    assert all(map(torch.equal, first.logits(), second.logits()))
    assert torch.equal(torch.get_rng_state(), before)


def test_trained_judges_are_shown_as_they_are(real):
    judges = DiscriminatorEnsemble(2, lambda: PatchDiscriminator(channels=(4,)))
    click = PatchClick({"real": real, "flipped": real.flip(-2)}, 2, judges)
    assert click.name == "patch_click_trained"
    assert [c.name for c in click.controls] == ["kind", "image"]
    click.set("image", 2)
    click.set("kind", "flipped")
    expected = judges([real[2:3].flip(-2)])
    for mine, theirs in zip(click.logits(), expected, strict=True):
        torch.testing.assert_close(mine, theirs[0, 0])
    alt = click.picture().alt
    assert f"real: 16x16 {judges([real[2:3]])[0].mean():.2f}" in alt
    assert f"flipped: 16x16 {expected[0].mean():.2f}, 32x32 {expected[1].mean():.2f}" in alt
    with torch.no_grad():
        judges.members[0].head.bias += 1
    assert not torch.allclose(click.logits()[0], judges([real[2:3].flip(-2)])[0][0, 0])


def test_the_status_tells_sides_steps_and_the_logits_below_the_pointer(click):
    status = click.status()
    assert "a logit sees 18x18 pixels of its scale, every 4 pixels" in status
    assert "in the full image 72, 36, 18 a side" in status
    here = [f"{m[under(click, k)].item():+.2f}" for k, m in enumerate(click.logits())]
    assert status.endswith(f"logits here {', '.join(here)}")


def test_the_frame_moves_with_the_pointer_and_the_picture_tells_the_place(click):
    before = click.frame()
    click.set("seen", (0.1, 0.9))
    after = click.frame()
    assert all((before[name] != after[name]).any() for name in before)
    assert "32x32: logit (7, 0) of 8x8, 18x18 pixels" in click.picture().alt


def test_an_image_with_one_kind_has_no_menu_of_kinds_and_colour_works():
    click = PatchClick({"real": torch.rand(1, 3, 16, 16)}, 3)
    assert [c.name for c in click.controls] == ["convolutions", "image"]
    assert click.controls[0].choices == ["1", "2"]
    frame = click.frame()
    assert frame["seen"].shape == (WHOLE, WHOLE, 3)
    assert frame["patches"].shape == frame["logits"].shape == (CELL, 3 * (CELL + GAP) - GAP, 3)
