"""Right and wrong answers to the exercises of lesson 07."""

from fractions import Fraction

import numpy as np
import torch


def as_written(average, new, step, ema_decay):
    decay = min(ema_decay, (1 + step) / (10 + step))
    return decay * average + (1 - decay) * new


def by_difference(average, new, step, ema_decay):
    return average + max(1 - ema_decay, 9 / (10 + step)) * (new - average)


def by_lerp(average, new, step, ema_decay):
    decay = min(ema_decay, (1 + step) / (10 + step))
    return torch.lerp(torch.tensor(average), torch.tensor(new), 1 - decay)


def by_if(average, new, step, ema_decay):
    warming = (1 + step) / (10 + step)
    if warming < ema_decay:
        return (average * (1 + step) + new * 9) / (10 + step)
    return average * ema_decay + new - new * ema_decay


def by_numpy(average, new, step, ema_decay):
    decay = np.minimum(ema_decay, np.divide(1 + step, 10 + step))
    return np.average([average, new], weights=[decay, 1 - decay])


def by_fractions(average, new, step, ema_decay):
    decay = min(Fraction(ema_decay), Fraction(1 + step, 10 + step))
    return decay * Fraction(average) + (1 - decay) * Fraction(new)


def without_warm_up(average, new, step, ema_decay):
    return ema_decay * average + (1 - ema_decay) * new


def warm_up_alone(average, new, step, ema_decay):
    decay = (step + 1) / (step + 10)
    return decay * average + (1 - decay) * new


def swapped(average, new, step, ema_decay):
    return as_written(new, average, step, ema_decay)


def larger(average, new, step, ema_decay):
    decay = max((1 + step) / (10 + step), ema_decay)
    return average * decay + new * (1 - decay)


def without_brackets(average, new, step, ema_decay):
    decay = min(ema_decay, 1 + step / 10 + step)
    return decay * average + (1 - decay) * new


def with_half_the_brackets(average, new, step, ema_decay):
    decay = min(ema_decay, (1 + step) / 10 + step)
    return decay * average + (1 - decay) * new


def from_one(average, new, step, ema_decay):
    return as_written(average, new, step + 1, ema_decay)


def from_minus_one(average, new, step, ema_decay):
    decay = min(ema_decay, step / (9 + step))
    return decay * average + (1 - decay) * new


def upside_down(average, new, step, ema_decay):
    decay = (10 + step) / (1 + step)
    return decay * average + (1 - decay) * new


def new_in_full(average, new, step, ema_decay):
    return min(ema_decay, (1 + step) / (10 + step)) * average + new


def old_in_full(average, new, step, ema_decay):
    return average + (1 - min(ema_decay, (1 + step) / (10 + step))) * new


def away(average, new, step, ema_decay):
    decay = min(ema_decay, (1 + step) / (10 + step))
    return average + (1 - decay) * (average - new)


def decay_alone(average, new, step, ema_decay):
    return min(ema_decay, (1 + step) / (10 + step))


def over_all_steps(average, new, step, ema_decay):
    return average + (new - average) / (step + 1)


def both_decays(average, new, step, ema_decay):
    decay = ema_decay * (1 + step) / (10 + step)
    return decay * average + (1 - decay) * new


def a_pair(average, new, step, ema_decay):
    return as_written(average, new, step, ema_decay), step + 1


RIGHT = {
    "07.1": ["D", "d", " D. ", "discriminator", "the discriminator", "D's step"],
    "07.2": [1600, 1600.0, 100 * 16, torch.tensor(1600), np.int64(1600), Fraction(1600)],
    "07.3": [as_written, by_difference, by_lerp, by_if, by_numpy, by_fractions],
}
WRONG = {
    "07.1": [
        ("G", "G gets no gradient at all"),
        ("generator", "G gets no gradient at all"),
        ("g_step", "G gets no gradient at all"),
        ("Both", "G would never learn"),
        ("neither", "only an exhibit"),
        ("none", "only an exhibit"),
        ("real", "real images hang on no network"),
        ("Adam", "one of 'D', 'G'"),
        (1, "one of 'D', 'G'"),
    ],
    "07.2": [
        (2 * 1600, "generated images are not counted"),
        (100, "the number of steps"),
        (16, "that is one batch"),
        (101 * 16, "not 101"),
        (99 * 16, "the first step"),
        (800, "it is not split"),
        (100 + 16, "multiply"),
        (100 / 16, "multiply"),
        (64 * 100, "batches of 64"),
        (20000, "the size of the data set"),
        (20_000 * 16, "set `steps` to 100"),
        ("1600", "without quotes"),
    ],
    "07.3": [
        (without_warm_up, "the warm-up is missing"),
        (warm_up_alone, "the largest decay is missing"),
        (swapped, "have changed places"),
        (larger, "the smaller of the two"),
        (without_brackets, "the warm-up is missing"),
        (with_half_the_brackets, "look at the brackets"),
        (from_one, "not as t + 1"),
        (from_minus_one, "not as t - 1"),
        (upside_down, "the fraction is turned"),
        (new_in_full, "new counts 1 - d"),
        (old_in_full, "the old average counts d"),
        (away, "the sign is turned"),
        (lambda average, new, step, ema_decay: new + average, "a plain sum"),
        (decay_alone, "that is the decay d"),
        (lambda average, new, step, ema_decay: (average + new) / 2, "keeps a tenth"),
        (over_all_steps, "keeps a tenth"),
        (both_decays, "keeps a tenth"),
        (lambda average, new, step, ema_decay: new, "keeps a tenth"),
        (a_pair, "nothing must change"),
    ],
}
