import pytest
import torch

from msgan_lessons.lessons.l15_stability.pictures import (
    modes_figure,
    modes_table,
    stacked_table,
)
from msgan_lessons.lessons.l15_stability.stacked import PUBLISHED_RESULTS


def runs(**cures):
    return {
        "ring of 8": {
            name: [{"modes": m, "high_quality": q} for m, q in found]
            for name, found in cures.items()
        }
    }


BOTH = runs(R1=[(7, 0.5), (8, 0.75)], minimax=[(1, 0.993)])


def test_the_table_holds_mean_and_range():
    lines = modes_table(BOTH).splitlines()
    assert lines[1].split() == ["R1", "2", "7.5", "(7", "to", "8)", "62.5", "(50.0", "to", "75.0)"]
    assert lines[2].split() == ["minimax", "1", "1.0", "99.3"]
    assert max(map(len, lines)) <= 100


def test_the_figure_says_what_it_shows():
    picture = modes_figure(BOTH, "How many?")
    assert "R1 7.5 modes and 62 %" in picture.alt
    assert picture.caption == "How many?"
    assert picture.png.startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="runs must hold at least one cure for each target"):
        modes_figure({"ring of 8": {}}, "?")


def test_stacked_modes_stand_beside_the_papers_which_are_on_digits():
    text = stacked_table(
        {"real": {"modes": 1000, "kl": 0.1}, "ours": {"modes": 9, "kl": 5.0, "step": 1500}},
        PUBLISHED_RESULTS,
    )
    assert "from papers, on stacked digits:" in text
    assert text.splitlines()[2].split() == ["ours", "1,500", "9", "5.000"]
    assert "0.08" in text
    assert torch.tensor([len(line) for line in text.splitlines()]).max() <= 110
