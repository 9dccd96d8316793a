import pytest
import torch
from matplotlib.colors import to_rgb

from msgan_lessons.base.pictures import COLOURS
from msgan_lessons.lessons.l04_discriminator import pictures


def test_dimming_leaves_the_patch_and_darkens_the_rest():
    image = torch.rand(3, 8, 8)
    seen = pictures.dim_outside(image, -2, 3, 4)
    assert torch.equal(seen[:, :2, 3:7], image[:, :2, 3:7])
    torch.testing.assert_close(seen[:, 2:], (image[:, 2:] + 1) / 4 - 1)
    assert pictures.dim_outside(torch.ones(1, 4, 4), -9, 0, 4).max() == -0.5  # nothing is inside


def test_a_cut_out_holds_the_pixels_and_a_light_checkerboard_beyond_the_border():
    image = -torch.rand(1, 6, 6) / 2
    cut = pictures.crop_patch(image, -2, 3, 5)
    assert cut.shape == (3, 5, 5)
    assert torch.equal(cut[:, 2:, :3], image[:, :3, 3:].expand(3, -1, -1))
    outside = torch.cat([cut[:, :2].flatten(), cut[:, :, 3:].flatten()])
    assert sorted(set(outside.tolist())) == pytest.approx([0.6, 0.9])


def test_a_frame_is_drawn_inside_the_square_and_nowhere_else():
    image = torch.zeros(1, 4, 4)
    large = pictures.framed(image, 1, 0, 2, "real", 40)
    drawn = (large != 0).any(0)
    rows, columns = drawn.any(1).nonzero().flatten(), drawn.any(0).nonzero().flatten()
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (10, 29, 0, 19)
    assert not drawn[10 + pictures.LINE, pictures.LINE]
    blue = torch.tensor(to_rgb(COLOURS["real"])) * 2 - 1
    assert torch.allclose(large[:, 10, 5], blue)


def test_a_frame_that_leaves_the_image_runs_along_its_border():
    drawn = (pictures.framed(torch.zeros(3, 4, 4), -9, -9, 99, "fake", 16) != 0).any(0)
    line = pictures.LINE
    assert drawn[:line].all()
    assert drawn[:, -line:].all()
    assert not drawn[line:-line, line:-line].any()


def test_no_frame_only_enlarges_by_repeating_pixels():
    image = torch.rand(1, 2, 2)
    large = pictures.framed(image, 0, 0, 0, "sixth", 6)
    assert torch.equal(large[0], image[0].repeat_interleave(3, 0).repeat_interleave(3, 1))


def test_logits_are_blue_for_real_orange_for_fake_and_white_in_between():
    shades = pictures.colour_logits(torch.tensor([[-50.0, 0.0, 50.0]]))
    for k, colour in enumerate((COLOURS["fake"], "white", COLOURS["real"])):
        assert torch.allclose(shades[:, 0, k], torch.tensor(to_rgb(colour)) * 2 - 1)
    halfway = pictures.colour_logits(torch.tensor([[1.0]]))
    assert (halfway > shades[:, :, 2:]).all()
