import pytest
import torch

from msgan_lessons.lessons.l01_the_game.exercises import BANK, CROWD, MODES
from msgan_lessons.lessons.l01_the_game.game import PlaneGame
from msgan_lessons.lessons.l01_the_game.plane import GaussianMixture, mode_coverage
from msgan_lessons.objective import optimal_discriminator

HINTS = BANK["01.1"].hints


def test_the_numbers_follow_from_formula_3a():
    best = optimal_discriminator(torch.tensor(3.0), torch.tensor(1.0))
    assert best == BANK["01.1"].right
    named = {
        1 - best: "1 - D*",
        1 / best: "turned round",
        best.logit(): "the logit",
        best.log(): "log D*",
        torch.tensor(3.0).sigmoid(): "not a logit",
        optimal_discriminator(torch.tensor(1.0), torch.tensor(1.0)): "equally dense",
        optimal_discriminator(torch.tensor(1.0), torch.tensor(0.0)): "no fake points",
    }
    for value, words in named.items():
        assert any(words in HINTS[key] for key in HINTS if key == pytest.approx(value.item()))


def test_one_number_in_z_gives_a_line_of_points_and_two_give_a_net():
    shapes = [PlaneGame(seed=0, latent_dim=n).frame()["plane.manifold"].shape for n in (1, 2)]
    assert [min(rows, columns) > 1 for rows, columns, _ in shapes] == [False, True]


def test_one_point_of_sixty_is_a_mode_here_and_none_for_the_lesson():
    assert BANK["01.3"].reference(CROWD, MODES, 0.05) == 2
    assert mode_coverage(GaussianMixture(MODES, std=0.05, modes=MODES), CROWD)[0] == 1
