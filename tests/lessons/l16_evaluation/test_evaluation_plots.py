import pytest
import torch

from msgan_lessons.base.pictures import Picture
from msgan_lessons.lessons.l16_evaluation import damages, pictures


def scores(level):
    return {
        "frechet": 10.0 * level, "swd": {4: 0.1 * level, 8: 0.2}, "precision": 0.5, "recall": 0.25,
        "coverage": 0.75, "ms_ssim": 0.3, "mode_kl": 0.2, "consistency": {4: 0.1}, "modes": 9,
    }  # fmt: skip


def floor():
    return {key: value for key, value in scores(0.1).items() if key != "consistency"}


def test_score_curves_tell_start_end_floor_and_best():
    picture = pictures.score_curves(
        [0.0, 5.0, 9.0], [scores(9), scores(1), scores(2)], floor(), 1, "look"
    )
    assert isinstance(picture, Picture)
    assert "goes from 90 to 20.0 (real against real 1.0)" in picture.alt
    assert "lowest value 10.0 after 5 seconds" in picture.alt
    assert "precision is 0.50, recall 0.25, coverage 0.75" in picture.alt


def test_score_curves_show_a_g_of_one_scale_too():
    alone = {key: value for key, value in scores(1).items() if key != "consistency"}
    assert pictures.score_curves([0.0, 1.0], [alone, alone], floor(), 0, "look").png


@pytest.mark.parametrize(("seconds", "found"), [([], []), ([1.0, 2.0], [scores(1)])])
def test_score_curves_refuse_moments_without_scores(seconds, found):
    with pytest.raises(ValueError, match=f"each of the {len(seconds)} moments, got {len(found)}"):
        pictures.score_curves(seconds, found, floor(), 0, "look")


@pytest.mark.parametrize("n", [1, 3, 4])
def test_count_curves_tell_both_ends_of_every_curve(n):
    one = {"real": {100: 3.0, 200: 1.0}, "fake": {100: 9.0, 200: 8.0}}
    picture = pictures.count_curves({f"metric {i}": one for i in range(n)}, "look")
    assert "from 100 to 200 images a side" in picture.alt
    assert f"metric {n - 1}, real and generated: 9 to 8" in picture.alt
    assert "metric 0, real and real: 3 to 1" in picture.alt


def test_count_curves_refuse_nothing():
    with pytest.raises(ValueError, match="curves must hold at least one metric"):
        pictures.count_curves({}, "look")


def test_nearest_pairs_stand_one_above_the_other():
    images = torch.zeros(3, 1, 8, 8)
    picture = pictures.nearest_pairs({"G": (images, images), "held out": (images, images)})
    assert "each above its nearest training images: G, held out" in picture.alt


def test_score_lines_set_columns_side_by_side_and_mark_what_is_missing():
    lines = pictures.score_lines({"best": scores(1), "real": floor()}).splitlines()
    assert lines[0].split() == ["best", "real"]
    assert ["Fréchet", "distance", "10", "1"] in [line.split() for line in lines]
    assert ["band", "8x8", "0.2", "0.2"] in [line.split() for line in lines]
    assert ["scale", "4x4", "0.1", "-"] in [line.split() for line in lines]
    assert len({len(line) for line in lines}) == 1


def test_bars_and_table_tell_who_notices_and_who_praises():
    excess = {"Fréchet distance": 40.2, "precision": -5.0, "recall": -0.2}
    bars = damages.damage_bars(torch.zeros(20, 1, 8, 8), excess, "blur, strength 0.3")
    words = "Noticed by Fréchet distance (40); better than real for precision."
    assert bars.alt == f"Real images, damage: blur, strength 0.3. {words}"
    table = damages.damage_table({"blur": excess, "noise": {**excess, "recall": 9}}, 0.3)
    assert table.alt.startswith(f"A table at strength 0.3. blur: {words} noise: Noticed by")
    assert "recall (9)" in table.alt


def test_a_table_of_nothing_is_refused():
    with pytest.raises(ValueError, match="found must hold at least one damage"):
        damages.damage_table({}, 0.5)


def test_none_is_said_where_nothing_is_noticed():
    assert damages.told({"recall": 2.9}) == "Noticed by none."
