import pytest
import torch

from msgan_lessons.discriminator import PatchDiscriminator
from msgan_lessons.lessons.l04_discriminator import pictures


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_patch_picture_says_what_is_seen_at_every_scale(place):
    scales = [torch.zeros(3, r, r) for r in (8, 32)]
    judge = PatchDiscriminator(img_channels=3, channels=(1, 1))
    picture = pictures.patches_under(scales, judge, place, place)
    for r, n in ((8, 2), (32, 8)):
        at = min(int(place * n), n - 1)
        assert f"{r}x{r}: logit ({at}, {at}) of {n}x{n}, 18x18 pixels" in picture.alt


def test_bars_tell_every_number_in_words():
    picture = pictures.accuracy_bars({"blurred": [0.5, 0.98]}, [16, 32])
    assert "blurred: 16x16 50%, 32x32 98%" in picture.alt


def test_bars_refuse_a_missing_scale():
    with pytest.raises(ValueError, match="must hold 2 numbers for each damage, got 1 for 'b'"):
        pictures.accuracy_bars({"b": [0.5]}, [16, 32])


def test_maps_of_logits_tell_their_means_and_a_missing_one_is_refused():
    images = {"real": torch.zeros(3, 8, 8), "blurred": torch.ones(3, 8, 8)}
    logits = {kind: [torch.full((r // 2, r // 2), 1.0 * r) for r in (4, 8)] for kind in images}
    picture = pictures.logit_maps(images, logits, [4, 8])
    assert "real: 4x4 4.00, 8x8 8.00; blurred: 4x4 4.00, 8x8 8.00" in picture.alt
    with pytest.raises(ValueError, match="must hold 2 maps for 'blurred', got 1"):
        pictures.logit_maps(images, {**logits, "blurred": logits["real"][:1]}, [4, 8])
