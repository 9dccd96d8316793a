import pytest

from msgan_lessons.lessons.l08_multiscale_gan import pictures

FLOOR = {"frechet": 1.0, "swd": {4: 0.01, 8: 0.02}}
PAPER = {"none": 14.2, "all": 8.36}


def row(model, frechet, seed=0, step=1):
    swd = {4: frechet / 100, 8: frechet / 50}
    spent = {"step": step, "n_images": 32 * step, "seconds": 0.5 * step, "flops": 2e9 * step}
    return {"model": model, "seed": seed, "frechet": frechet, "swd": swd, **spent}


def rows():
    ends = {("slow", 0): 40.0, ("fast", 0): 10.0, ("slow", 1): 50.0, ("fast", 1): 20.0}
    return [r for (model, seed), end in ends.items()
            for r in (row(model, 90.0, seed), row(model, end, seed, step=2))]  # fmt: skip


def test_the_ranking_takes_the_end_of_each_seed_and_orders_by_the_mean():
    assert pictures.ranking(rows()) == {"fast": [10.0, 20.0], "slow": [40.0, 50.0]}
    assert list(pictures.last_rows(rows())) == ["slow", "fast"]
    assert [r["step"] for r in pictures.last_rows(rows())["slow"]] == [2, 2]


def test_one_seed_needs_no_name():
    unnamed = [{k: v for k, v in r.items() if k != "seed"} for r in rows()[:4]]
    assert pictures.ranking(unnamed) == {"fast": [10.0], "slow": [40.0]}
    assert "fast 10.00, slow 40.00" in pictures.duel_curves(unnamed, FLOOR, "Look.").alt


@pytest.mark.parametrize("unit", ["seconds", "images", "flops"])
def test_curves_tell_the_end_with_its_spread(unit):
    alt = pictures.duel_curves(rows(), FLOOR, "Look.", unit).alt
    assert "fast 15.00 (10.00 to 20.00), slow 45.00 (40.00 to 50.00); real images 1.00" in alt
    assert pictures.AXES[unit] in alt


def test_curves_take_as_many_bands_as_there_are():
    for sizes in ((4,), (4, 8, 16, 32, 64), (4, 8, 16, 32, 64, 128, 256)):
        bands = dict.fromkeys(sizes, 0.1)
        picture = pictures.duel_curves(
            [{**r, "swd": bands} for r in rows()], {"frechet": 1.0, "swd": bands}, "Look."
        )
        assert f"of {len(sizes)} bands" in picture.alt


def test_curves_refuse_nothing_to_draw_and_unknown_units():
    with pytest.raises(ValueError, match="rows must hold at least one moment, got none"):
        pictures.duel_curves([], FLOOR, "Look.")
    with pytest.raises(ValueError, match="unit must be one of seconds, images, flops, got 'steps'"):
        pictures.duel_curves(rows(), FLOOR, "Look.", "steps")


def test_the_table_has_one_line_a_model_and_the_floor_in_the_same_columns():
    head, first, second, real = pictures.duel_table(rows(), FLOOR).splitlines()
    assert head.split() == [
        "steps",
        "seconds",
        "GFLOPs",
        "Fréchet",
        "distance",
        *["SWD", "4", "SWD", "8"],
    ]
    assert first.split()[:4] == ["fast", "2", "1.0", "4"]
    assert "15.00 (10.00 to 20.00)   0.1500   0.3000" in first
    assert second.startswith("slow")
    assert real.split() == ["real", "images", "1.00", "0.0100", "0.0200"]
    assert len({len(line) for line in (head, first, second, real)}) == 1


def connections():
    return [row(word, d, seed) for seed, (a, b) in enumerate([(30, 10), (20, 14)])
            for word, d in (("none", a), ("all", b))]  # fmt: skip


def test_the_ablation_sets_ours_beside_the_papers():
    lines = pictures.connection_table(connections(), PAPER).splitlines()
    assert "25.00 (20.00 to 30.00)           2.00       14.20" in lines[1]
    assert lines[2].startswith("all ")
    alt = pictures.connection_dots(connections(), PAPER).alt
    assert "none 25.00 (20.00 to 30.00), paper 14.20; all 12.00 (10.00 to 14.00), paper 8.36" in alt


def test_the_ablation_refuses_words_that_the_paper_has_not():
    with pytest.raises(ValueError, match="rows must hold none, got none, all"):
        pictures.connection_dots(connections(), {"none": 14.2})
