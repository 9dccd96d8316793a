"""Right and wrong answers to the exercises of lesson 07."""

from fractions import Fraction

import numpy as np
import torch


def warm_up(step):
    return (1 + step) / (10 + step)


def mixed(average, new, decay):
    return decay * average + (1 - decay) * new


def as_written(average, new, step, ema_decay):
    decay = min(ema_decay, (1 + step) / (10 + step))
    return decay * average + (1 - decay) * new


def by_lerp(average, new, step, ema_decay):
    decay = min(ema_decay, (1 + step) / (10 + step))
    return torch.lerp(torch.tensor(average), torch.tensor(new), 1 - decay)


def by_numpy(average, new, step, ema_decay):
    decay = np.minimum(ema_decay, np.divide(1 + step, 10 + step))
    return np.average([average, new], weights=[decay, 1 - decay])


def by_fractions(average, new, step, ema_decay):
    return mixed(
        Fraction(average), Fraction(new), min(Fraction(ema_decay), Fraction(warm_up(step)))
    )


RIGHT = {
    "07.1": ["D", "d", " D. ", "discriminator", "the discriminator", "D's step"],
    "07.2": [1600, 1600.0, 100 * 16, torch.tensor(1600), np.int64(1600), Fraction(1600)],
    "07.3": [
        as_written,
        lambda old, new, t, most: old + max(1 - most, 9 / (10 + t)) * (new - old),
        by_lerp,
        by_numpy,
        by_fractions,
    ],
}
WRONG = {
    "07.1": [
        ("generator", "G gets no gradient at all"),
        ("g_step", "G gets no gradient at all"),
        ("Both", "G would never learn"),
        ("none", "only an exhibit"),
        ("Adam", "one of 'D', 'G'"),
        (1, "one of 'D', 'G'"),
    ],
    "07.2": [
        (2 * 1600, "generated images are not counted"),
        (101 * 16, "not 101"),
        (99 * 16, "the first step"),
        (100 + 16, "multiply"),
        (100 / 16, "multiply"),
        (64 * 100, "batches of 64"),
        (20_000 * 16, "set `steps` to 100"),
        ("1600", "without quotes"),
    ],
    "07.3": [
        (lambda old, new, t, most: mixed(old, new, most), "the warm-up is missing"),
        (lambda old, new, t, most: mixed(old, new, warm_up(t)), "largest decay is missing"),
        (lambda old, new, t, most: as_written(new, old, t, most), "have changed places"),
        (lambda old, new, t, most: mixed(old, new, max(warm_up(t), most)), "smaller of the two"),
        (lambda old, new, t, most: mixed(old, new, min(most, 1 + t / 10 + t)), "is missing"),
        (lambda old, new, t, most: mixed(old, new, min(most, (1 + t) / 10 + t)), "the brackets"),
        (lambda old, new, t, most: as_written(old, new, t + 1, most), "not as t + 1"),
        (lambda old, new, t, most: as_written(old, new, t - 1, most), "not as t - 1"),
        (lambda old, new, t, most: mixed(old, new, 1 / warm_up(t)), "the fraction is turned"),
        (lambda old, new, t, most: min(most, warm_up(t)) * old + new, "new counts 1 - d"),
        (lambda old, new, t, most: old + (1 - min(most, warm_up(t))) * new, "average counts d"),
        (lambda old, new, t, most: 2 * old - as_written(old, new, t, most), "the sign is turned"),
        (lambda old, new, t, most: new + old, "a plain sum"),
        (lambda old, new, t, most: min(most, warm_up(t)), "that is the decay d"),
        (lambda old, new, t, most: (old + new) / 2, "keeps a tenth"),
        (lambda old, new, t, most: old + (new - old) / (t + 1), "keeps a tenth"),
        (lambda old, new, t, most: mixed(old, new, most * warm_up(t)), "keeps a tenth"),
        (lambda old, new, t, most: new, "keeps a tenth"),
        (lambda old, new, t, most: (as_written(old, new, t, most), t + 1), "nothing must change"),
    ],
}
