import pytest
import torch

from msgan_lessons.classroom import judge_plots
from msgan_lessons.document import DocumentDiscriminator
from msgan_lessons.patch import PatchDiscriminator, receptive_field


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize(("row", "column"), [(3, 4), (4, 3)])
def test_patch_is_where_the_gradient_of_one_logit_is(n, row, column):
    torch.manual_seed(0)
    judge = PatchDiscriminator(channels=(4,) * n)
    x = torch.randn(1, 1, 64, 64, requires_grad=True)
    judge(x)[0, 0, row, column].backward()
    touched = x.grad[0, 0].abs() > 0
    top, left, side = judge_plots.patch_of(judge, row, column)
    rows = touched.any(1).nonzero().flatten().tolist()
    columns = touched.any(0).nonzero().flatten().tolist()
    assert rows == list(range(max(top, 0), min(top + side, 64)))
    assert columns == list(range(max(left, 0), min(left + side, 64)))


def test_side_of_the_patch_is_the_receptive_field():
    body = DocumentDiscriminator().body
    assert judge_plots.patch_of(body, 0, 0)[2] == receptive_field(body)[0] == 46


def test_neighbouring_patches_are_one_step_apart():
    judge = PatchDiscriminator(channels=(1, 1))
    here, there = judge_plots.patch_of(judge, 1, 1), judge_plots.patch_of(judge, 2, 1)
    assert there[0] - here[0] == receptive_field(judge)[1]
    assert there[1:] == here[1:]


def test_dimming_leaves_the_patch_and_darkens_the_rest():
    image = torch.rand(3, 8, 8)
    seen = judge_plots.patch_seen(image, -2, 3, 4)
    assert torch.equal(seen[:, :2, 3:7], image[:, :2, 3:7])
    torch.testing.assert_close(seen[:, 2:], (image[:, 2:] + 1) / 4 - 1)


def test_a_patch_outside_the_image_dims_all_of_it():
    assert judge_plots.patch_seen(torch.ones(1, 4, 4), -9, 0, 4).max() == -0.5


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_patch_picture_says_what_is_seen_at_every_place(place):
    picture = judge_plots.patch_under(torch.zeros(3, 32, 32), 2, place, place)
    assert "18x18 patch" in picture.alt
    assert f"({min(int(place * 8), 7)}, {min(int(place * 8), 7)}) of 8x8" in picture.alt


def test_patch_picture_refuses_what_cannot_be_halved_or_is_no_place():
    image = torch.zeros(1, 8, 8)
    with pytest.raises(ValueError, match="halve 8x8 evenly, got 4"):
        judge_plots.patch_under(image, 4, 0.5, 0.5)
    with pytest.raises(ValueError, match="n_convolutions must be at least 1"):
        judge_plots.patch_under(image, 0, 0.5, 0.5)
    with pytest.raises(ValueError, match=r"across and down must be from 0 to 1, got 1.5 and 0.5"):
        judge_plots.patch_under(image, 1, 1.5, 0.5)


def test_bars_tell_every_number_in_words():
    picture = judge_plots.accuracy_bars({"blurred": [0.5, 0.98]}, [16, 32])
    assert "blurred: 16x16 50%, 32x32 98%" in picture.alt


def test_bars_refuse_a_missing_scale():
    with pytest.raises(ValueError, match="must hold 2 numbers for each damage, got 1 for 'b'"):
        judge_plots.accuracy_bars({"b": [0.5]}, [16, 32])
