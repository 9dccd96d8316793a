"""Exercises of lesson 01_the_game."""

import math

import torch

from msgan_lessons.classroom.answers import agrees
from msgan_lessons.classroom.exercises import Function, Value

MODES = torch.tensor([[-0.8, 0.0], [0.8, 0.0], [0.0, 0.8]])
POINTS = torch.tensor([[-0.8, 0.1], [-0.8, -0.1], [0.8, 0.0], [0.1, 0.1]])
CROWD = torch.cat([MODES[:1].expand(59, 2), MODES[1:2]])  # one point of 60 at the second mode


def _near(points, modes, reach):
    return torch.cdist(points, modes) <= reach


def _within(points, modes, reach, p):
    return (torch.cdist(points, modes, p=p) <= reach).any(0).sum()


BANK: dict[str, Value | Function] = {
    "01.1": Value(
        0.75,
        "p / (p + q) = 3 / (3 + 1): of four points seen there, three are real.",
        {
            0.25: "that is 1 - D*, the probability of 'fake'.",
            3.0: "that is p / q; D* is a probability, p / (p + q).",
            1 / 3: "that is q / p; D* is p / (p + q).",
            4.0: "that is p + q in units of q; D* is p divided by it.",
            4 / 3: "turned round: that is (p + q) / p, and no probability is above 1.",
            0.5: "that is D* where both are equally dense.",
            1.0: "that is D* where there are no fake points at all; here one point of four is.",
            75: "that is in per cent; a probability is a number from 0 to 1.",
            math.log(3): "that is the logit of D*, log(p / q); its sigmoid is asked.",
            1 / (1 + math.exp(-3)): "3 is a ratio of densities, not a logit: no sigmoid.",
            math.log(0.75): "that is log D*; D* itself is asked.",
        },
        clues=(
            "Formula (3a), and the sentence below it: read it as a count.",
            "Take q as one and p as three. Of all the points seen at x, which share is real?",
        ),
        solution="3 / (3 + 1)",
    ),
    "01.2": Value(
        "curve",
        "G turns a line of numbers into a curve, however it bends; it cannot fill the plane.",
        {
            "sheet": "that is what two numbers give: z then lies in a plane.",
            "plane": "that is what two numbers give; with one, z lies on a line.",
            "surface": "that is what two numbers give; with one, z lies on a line.",
            "net": "the net is drawn for two numbers in z; with one, look at the pink line.",
            "point": "a point is G(z) for a single z; let z run through its values.",
            "points": "these are samples; the manifold is where all of them lie, for every z.",
            "circle": "that is how the data lie; G's manifold is the pink line.",
            "ring": "that is how the data lie; G's manifold is the pink line.",
            "both": "one z gives a point and all z together one shape: name that one.",
            1: "that is its dimension; what is a shape of dimension 1 called?",
        },
        clues=(
            "The pink line in the panel, drawn once more with one number in z.",
            "z is one number, so it runs along a line, and G is continuous. What becomes of a line "
            "that is bent, and not torn?",
        ),
        also=("a curve", "the curve", "line", "a line", "the line"),
        choices=("point", "curve", "sheet"),
    ),
    "01.3": Function(
        lambda points, modes, std: _near(points, modes, 3 * std).any(0).sum(),
        [
            (POINTS, MODES, 0.05),
            (torch.tensor([[0.0, 0.0], [0.0, 0.4], [0.0, 0.95]]), MODES, 0.06),
            (torch.tensor([[-0.7, 0.0], [0.7, 0.0], [0.0, 0.7], [0.02, 0.8]]), MODES, 0.04),
            (torch.tensor([[-0.75, 0.05], [0.89, 0.09], [0.3, 0.8]]), MODES, 0.03),
            (torch.tensor([[-0.725, 0.075], [0.89, 0.09]]), MODES, 0.04),
            (CROWD, MODES, 0.05),
            (MODES[:2] + torch.tensor([[0.0, 0.118], [0.0, -0.122]]), MODES, 0.04),
        ],
        {
            "count modes, not points: a mode with two points counts once.": lambda x, m, s: (
                _near(x, m, 3 * s).any(1).sum()
            ),
            "a mode reaches three standard deviations far, not one.": lambda x, m, s: (
                _near(x, m, s).any(0).sum()
            ),
            "a mode reaches three standard deviations far, not two.": lambda x, m, s: (
                _near(x, m, 2 * s).any(0).sum()
            ),
            "three times std, not three times its square.": lambda x, m, s: (
                _near(x, m, 3 * s**2).any(0).sum()
            ),
            "that compares the square of the distance; take the root, or square 3 std.": (
                lambda x, m, s: (torch.cdist(x, m) ** 2 <= 3 * s).any(0).sum()
            ),
            "the nearest mode of a point may still be far from it: compare the distance.": (
                lambda x, m, s: torch.tensor(len(torch.cdist(x, m).argmin(1).unique()))
            ),
            "you count the modes that were missed.": lambda x, m, s: (
                ~_near(x, m, 3 * s).any(0)
            ).sum(),
            "a distance is a root of squares; the sum of both coordinates is another one.": (
                lambda x, m, s: _within(x, m, 3 * s, p=1.0)
            ),
            "a circle around each mode, not a square: compare the distance, not each coordinate.": (
                lambda x, m, s: _within(x, m, 3 * s, p=math.inf)
            ),
            "one point within reach is enough; not all of them have to be there.": lambda x, m, s: (
                _near(x, m, 3 * s).all(0).sum()
            ),
            "a number of modes is asked, not a share of them.": lambda x, m, s: (
                _near(x, m, 3 * s).any(0).float().mean()
            ),
            "a tenth of the fair share is this lesson's own rule; here one point is enough.": (
                lambda x, m, s: (_near(x, m, 3 * s).sum(0) >= 0.1 * len(x) / len(m)).sum()
            ),
            "that says which modes were found; count them.": lambda x, m, s: _near(x, m, 3 * s).any(
                0
            ),
            "that only says whether any mode was found; count them.": lambda x, m, s: (
                _near(x, m, 3 * s).any().long()
            ),
        },
        clues=(
            "`torch.cdist(points, modes)` has a row for each point and a column for each mode.",
            "Compare it with three standard deviations. Then ask of each column whether there is "
            "any yes in it, and count the columns that have one.",
        ),
        laws={
            "a mode with a point right on it counts.": lambda answer: (
                float(answer(MODES, MODES, 0.01)) == 3
            ),
            "points far from every mode find none.": lambda answer: (
                float(answer(MODES + 9, MODES, 0.1)) == float(answer(MODES - 9, MODES, 0.1)) == 0
            ),
            "the same points twice find the same modes.": agrees(
                (POINTS, MODES, 0.05), (POINTS.repeat(2, 1), MODES, 0.05)
            ),
            "the order of the points must not matter.": agrees(
                (POINTS, MODES, 0.05), (POINTS.flip(0), MODES, 0.05)
            ),
            "the order of the modes must not matter.": agrees(
                (POINTS, MODES, 0.05), (POINTS, MODES.flip(0), 0.05)
            ),
            "moving points and modes together must change nothing.": agrees(
                (POINTS, MODES, 0.05), (POINTS + 2, MODES + 2, 0.05)
            ),
        },
        solution=(
            "def my_modes(points, modes, std):\n"
            "    near = torch.cdist(points, modes) <= 3 * std\n"
            "    return near.any(0).sum()"
        ),
    ),
}
