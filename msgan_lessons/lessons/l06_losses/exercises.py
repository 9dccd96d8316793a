"""Exercises of lesson 06_losses."""

import math

import torch
from torch.nn.functional import logsigmoid

from msgan_lessons import losses
from msgan_lessons.classroom.answers import agrees, answers_agree, gives_shape, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value

_real, _fake = torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.25, 0.75])


def _hinge_of_either(real, fake):
    return torch.cat([1 - real, 1 + fake]).relu()


BANK: dict[str, Value | Function] = {
    "06.1": Value(
        9.0,
        "the slopes are -(1 - D) = -0.9 and -D = -0.1.",
        {
            1: "they agree at D = 1/2 alone; put D = 0.1 into both slopes.",
            0.9: "that is the size of one slope; divide it by the other.",
            0.1: "that is the size of one slope; divide the other by it.",
            1 / 9: "turned round: the non-saturating slope is the larger one here.",
            -9: "both slopes point down, so their ratio is above 0.",
            0.8: "that is the difference of the slopes; how many times as steep is asked.",
            10: "that is 1 / D; the steeper slope is 1 - D = 0.9, not 1.",
            1 / 0.9: "that is 1 / (1 - D); divide one slope by the other.",
            math.log(0.1) / math.log(0.9): "that is the ratio of the losses, not of their slopes.",
            0.9**2 / 0.1**2: "that is the ratio of the squares; the slopes themselves are asked.",
            math.log(9): "that is the logarithm of the ratio; the ratio itself is asked.",
        },
        clues=(
            "Formula (5a) has both slopes as functions of D alone.",
            "Put D = 0.1 into each. Then divide the slope of `non_saturating` by that of "
            "`minimax`.",
        ),
        solution="-(1 - 0.1) / -0.1",
    ),
    "06.2": Value(
        1.0,
        "G's loss is (score - 1)^2 / 2; above 1 its slope even turns G back.",
        {
            0: "the slope at 0 is -1; look for the place where the orange line crosses zero.",
            0.5: "half-way between D's two targets, but G aims at the 'real' one.",
            -1: "that is the slope at logit 0, not the logit where the slope is 0.",
            2: "there the slope is +1, and turns G back.",
            1 / (1 + math.exp(-1)): "LSGAN knows no sigmoid: the score itself is asked.",
            math.inf: "that is where `non_saturating` flattens; LSGAN's parabola has a bottom.",
            -math.inf: "that is where `minimax` flattens; LSGAN's parabola is steepest there.",
            "nowhere": "widen the range: the orange line of slopes crosses zero once.",
            "none": "widen the range: the orange line of slopes crosses zero once.",
        },
        clues=(
            "The right-hand picture under Explore: G's slope is the orange line.",
            "LSGAN's loss of G is a parabola in the score, given below the table of the three "
            "losses of G. Where is the bottom of that parabola?",
        ),
    ),
    "06.3": Function(
        losses.hinge_discriminator,
        [(_real, _fake), (torch.tensor([0.0, 4.0]), torch.tensor([0.5, -0.5]))],
        {
            "labels swapped: real logits belong above 1, fake ones below -1.": lambda r, f: (
                losses.hinge_discriminator(f, r)
            ),
            "take the mean over the batch, not the sum.": lambda r, f: _hinge_of_either(r, f).sum(),
            "the max with 0 is missing: a logit beyond the margin must cost nothing.": (
                lambda r, f: (1 - r).mean() + (1 + f).mean()
            ),
            "take the max with 0 for each logit, then the mean.": lambda r, f: (
                (1 - r).mean().relu() + (1 + f).mean().relu()
            ),
            "the margin is missing: it is max(0, 1 - D(x)), not max(0, -D(x)).": lambda r, f: (
                (-r).relu().mean() + f.relu().mean()
            ),
            "the sign is turned: this is a loss, D makes it small.": lambda r, f: (
                -losses.hinge_discriminator(r, f)
            ),
            "the max with 0, not the min.": lambda r, f: (
                -(r - 1).relu().mean() - (-1 - f).relu().mean()
            ),
            "two means are added; that is the mean of both.": lambda r, f: _hinge_of_either(
                r, f
            ).mean(),
            "the second mean is added: fake logits beyond the margin cost D too.": lambda r, f: (
                (1 - r).relu().mean() - (1 + f).relu().mean()
            ),
            "the fake half is missing.": lambda r, f: (1 - r).relu().mean(),
            "the real half is missing.": lambda r, f: (1 + f).relu().mean(),
            "a sign is wrong: a real logit below 1 must cost, so it is 1 - D(x).": lambda r, f: (
                (1 + r).relu().mean() + (1 + f).relu().mean()
            ),
            "a sign is wrong: a fake logit above -1 must cost, so it is 1 + D(G(z)).": (
                lambda r, f: (1 - r).relu().mean() + (1 - f).relu().mean()
            ),
            "logits go in as they are: no sigmoid.": lambda r, f: losses.hinge_discriminator(
                r.sigmoid(), f.sigmoid()
            ),
            "no square: the hinge is straight below the margin.": lambda r, f: (
                (1 - r).relu().square().mean() + (1 + f).relu().square().mean()
            ),
            "that is formula (5), cross-entropy.": lambda r, f: (
                -logsigmoid(r).mean() - logsigmoid(-f).mean()
            ),
            "that is G's hinge loss; D's is asked.": lambda r, f: -f.mean(),
            "max with 0 of each logit, not the largest of the batch.": lambda r, f: (
                (1 - r).max() + (1 + f).max()
            ),
        },
        clues=(
            "The formula in the exercise: two means, each of a max with 0. `hinge` in Explore "
            "shows the shape.",
            "`(1 - real_logits).clamp(min=0)` is the max of each real logit. Do the same for the "
            "fake ones, with their sign, and add the two means.",
        ),
        laws={
            "one number for a batch: take the mean of each half.": gives_shape((), _real, _fake),
            "logits beyond the margin, real above 1 and fake below -1, must cost nothing.": (
                lambda answer: answers_agree(answer(_real.abs() + 1, -_fake.abs() - 1), 0.0)
            ),
            "an undecided D, all logits 0, must cost 1 + 1.": lambda answer: answers_agree(
                answer(torch.zeros(3), torch.zeros(3)), 2.0
            ),
            "the order of a batch must not matter.": agrees(
                (_real, _fake), (_real.flip(0), _fake.roll(1))
            ),
            "no gradient reaches both batches of logits: .item(), .tolist(), .detach() or NumPy "
            "cut the graph, and D could not learn.": gradient_reaches(_real, _fake),
            "real and generated batches may differ in size: a mean for each.": agrees(
                (_real, _fake), (_real, _fake.repeat(2))
            ),
        },
        solution=(
            "def my_hinge(real_logits, fake_logits):\n"
            "    real, fake = (1 - real_logits).clamp(min=0), (1 + fake_logits).clamp(min=0)\n"
            "    return real.mean() + fake.mean()"
        ),
    ),
}
