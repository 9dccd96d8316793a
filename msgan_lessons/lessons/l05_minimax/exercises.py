"""Exercises of lesson 05_minimax."""

import math

import torch

from msgan_lessons import objective
from msgan_lessons.classroom.answers import agrees, gives_shape, gradient_reaches
from msgan_lessons.classroom.exercises import Function, Value

_real, _fake = torch.tensor([0.5, 0.9, 0.6]), torch.tensor([0.5, 0.2, 0.3])

BANK: dict[str, Value | Function] = {
    "05.1": Value(
        0.0,
        "JSD is log 2 there, and 2 log 2 - log 4 = 0: D is right every time.",
        {
            -math.log(4): "that is the value where both distributions are equal: there JSD is 0.",
            math.log(2): "that is the JSD; put it into formula (3b).",
            -math.log(2): "that is log 2 - log 4: the JSD counts twice in (3b).",
            2 * math.log(2): "that is 2 JSD; the - log 4 of (3b) is still to come.",
            math.log(4): "that is 2 JSD, or log 4 with its sign turned; (3b) subtracts log 4.",
            2 - math.log(4): "that takes a JSD of 1, which is its maximum in bits: in nats, log 2.",
            1.0: "that is a probability, D's answer on the data; V is a mean of its logarithm.",
            -math.inf: "D(x) = 1 and D(G(z)) = 0 there, and both logarithms are of 1, not of 0.",
        },
        clues=(
            "Formula (3b) has one unknown, the JSD. Its range stands under Symbols.",
            "Distributions that share nothing have the largest JSD there is. Put it into (3b), or "
            "ask what a D that is always right gets from each of the two logarithms of (3).",
        ),
        solution="2 * math.log(2) - math.log(4)",
    ),
    "05.2": Value(
        "scatter",
        "a batch estimates the expectation without bias; a smaller one is only noisier.",
        {
            "mean": "compare the means of the last fifty batches: they stay close, because a batch "
            "estimates the expectation without bias.",
            "both": "the means of the last fifty batches stay close: the bound does not know the "
            "size of a batch.",
            "neither": "look at the thin line of V: with 16 samples it jumps further.",
            "none": "look at the thin line of V: with 16 samples it jumps further.",
            "bound": "2 JSD - log 4 is made of the two densities; no batch enters it.",
            "bias": "the mean of a batch has no bias, whatever its size.",
        },
        clues=(
            "Run the lesson with both sizes and lay the two right-hand pictures side by side.",
            "V of a batch is a mean of independent terms: what does the number of terms do to the "
            "expectation of a mean, and what to its standard deviation?",
        ),
        also=("the scatter", "variance", "its scatter", "spread", "noise"),
        choices=("mean", "scatter"),
    ),
    "05.3": Function(
        lambda real, fake: objective.minimax_value(real.logit(), fake.logit()),
        [(_real, _fake), (torch.tensor([0.7]), torch.tensor([0.1])), (_fake[:2], _real[1:])],
        {
            "the sign is turned: V is what D maximises, not a loss.": lambda r, f: (
                -r.log().mean() - (1 - f).log().mean()
            ),
            "labels swapped: the first term belongs to the real images.": lambda r, f: (
                f.log().mean() + (1 - r).log().mean()
            ),
            "take the mean over the batch, not the sum.": lambda r, f: (
                r.log().sum() + (1 - f).log().sum()
            ),
            "the second term is log(1 - D(G(z))), not log D(G(z)).": lambda r, f: (
                r.log().mean() + f.log().mean()
            ),
            "the second term is added: log(1 - D(G(z))) is itself below 0.": lambda r, f: (
                r.log().mean() - (1 - f).log().mean()
            ),
            "these are probabilities already: no sigmoid before the logarithm.": lambda r, f: (
                objective.minimax_value(r, f)
            ),
            "the logarithm comes before the mean: E[log D], not log E[D].": lambda r, f: (
                r.mean().log() + (1 - f).mean().log()
            ),
            "both terms count in full: V is their sum, not their mean.": lambda r, f: (
                (r.log().mean() + (1 - f).log().mean()) / 2
            ),
            "the natural logarithm, not the one to base 2.": lambda r, f: (
                r.log2().mean() + (1 - f).log2().mean()
            ),
            "the natural logarithm, not the one to base 10.": lambda r, f: (
                r.log10().mean() + (1 - f).log10().mean()
            ),
            "the second term is missing.": lambda r, f: r.log().mean(),
            "the logarithms are missing: V is a mean of log-probabilities.": lambda r, f: (
                r.mean() + (1 - f).mean()
            ),
        },
        clues=(
            "Formula (3), left to right: two expectations, each the mean of a logarithm.",
            "`d_real.log()` is log D(x). The second logarithm is of one minus the probability. "
            "Take the mean of each, then add.",
        ),
        laws={
            "one number for a batch: take the mean of each term.": gives_shape((), _real, _fake),
            "no gradient reaches the probabilities: .item(), .tolist(), .detach() or NumPy cut "
            "the graph, and D could not learn.": gradient_reaches(_real, _fake),
            "the order of a batch must not matter.": agrees(
                (_real, _fake), (_real.flip(0), _fake.roll(1))
            ),
            "real and generated batches may differ in size: a mean for each.": agrees(
                (_real, _fake), (_real, _fake.repeat(2))
            ),
        },
        solution=(
            "def my_value(d_real, d_fake):\n"
            "    return d_real.log().mean() + (1 - d_fake).log().mean()"
        ),
    ),
}
