"""Exercises of lesson 07_training."""

from msgan_lessons.classroom.answers import answers_agree
from msgan_lessons.classroom.exercises import Function, Value

_NOT_G = "G's step needs the path through its images: without it G gets no gradient at all."
_NOT_BOTH = "G's step needs the path through its images; detached there too, G would never learn."
_NOT_NEITHER = "in one step the images are only an exhibit, and G would collect gradients there."


def _decay(step, ema_decay):
    return min(ema_decay, (1 + step) / (10 + step))


def _blend(average, new, decay):
    return decay * average + (1 - decay) * new


BANK: dict[str, Value | Function] = {
    "07.1": Value(
        "D",
        "in D's step the fakes are a fixed exhibit; G would else collect gradients that help D.",
        {
            "G": _NOT_G,
            "generator": _NOT_G,
            "the generator": _NOT_G,
            "G's step": _NOT_G,
            "g_step": _NOT_G,
            "both": _NOT_BOTH,
            "neither": _NOT_NEITHER,
            "none": _NOT_NEITHER,
            "real": "real images hang on no network; in whose step are the generated ones cut off?",
        },
        clues=(
            "The two steps under In code: one of them has the word.",
            "Under formulas (6) and (7): in which of them are G's images data, and in which must "
            "the gradient go back through them?",
        ),
        also=("discriminator", "the discriminator", "D's", "D's step", "in D's step", "d_step"),
        choices=("D", "G"),
    ),
    "07.2": Value(
        1600,
        "one step shows D one batch of real images: 100 steps of 16.",
        {
            3200: "generated images are not counted in n_images, and a batch holds 16, not 32.",
            100: "that is the number of steps; each shows a whole batch.",
            16: "that is one batch; there are 100 steps.",
            1616: "the last of 100 steps has shown 100 batches, not 101.",
            1584: "the first step shows a batch too: 100 batches in all.",
            800: "a batch holds 16 real images and as many fakes; it is not split between them.",
            116: "multiply: each of the 100 steps shows 16 images.",
            100 / 16: "multiply: each of the 100 steps shows 16 images.",
            6400: "that is with batches of 64, or of 32 with the generated images counted.",
            20_000: "that is the size of the data set; 100 steps show only a part of it.",
            320_000: "that is with the preset's 20,000 steps; set `steps` to 100.",
        },
        clues=(
            "Under Symbols: what `n_images` counts, and what one step is.",
            "How many real images does D see in one step, and how many steps are there? One of the "
            "claims of the last check says the same.",
        ),
        solution="100 * 16",
    ),
    "07.3": Function(
        lambda average, new, step, ema_decay: (
            average + (1 - min(ema_decay, (1 + step) / (10 + step))) * (new - average)
        ),
        [
            (1.0, 3.0, 0, 0.9),
            (1.0, 3.0, 5, 0.9),
            (2.0, -1.0, 1000, 0.99),
            (0.5, 2.0, 80, 0.95),
            (1.0, 3.0, 79, 0.9),
            (1.0, 3.0, 81, 0.9),
        ],
        {
            "the warm-up is missing: at step t the decay is min(ema_decay, (1 + t) / (10 + t)).": (
                lambda average, new, step, d: _blend(average, new, d)
            ),
            "the largest decay is missing: the warm-up ends at ema_decay.": (
                lambda average, new, step, d: _blend(average, new, (1 + step) / (10 + step))
            ),
            "average and new have changed places.": lambda average, new, step, d: _blend(
                new, average, _decay(step, d)
            ),
            "take the smaller of the two decays, not the larger.": lambda average, new, step, d: (
                _blend(average, new, max(d, (1 + step) / (10 + step)))
            ),
            "look at the brackets: (1 + t) / (10 + t) is one fraction.": (
                lambda average, new, step, d: _blend(average, new, min(d, (1 + step) / 10 + step))
            ),
            "t counts from 0 and goes in as it is, not as t + 1.": lambda average, new, step, d: (
                _blend(average, new, _decay(step + 1, d))
            ),
            "t counts from 0 and goes in as it is, not as t - 1.": lambda average, new, step, d: (
                _blend(average, new, _decay(step - 1, d))
            ),
            "the fraction is turned: (1 + t) / (10 + t) is below 1.": (
                lambda average, new, step, d: _blend(average, new, (10 + step) / (1 + step))
            ),
            "new counts 1 - d, or the weights sum to more than 1.": lambda average, new, step, d: (
                _decay(step, d) * average + new
            ),
            "the old average counts d, or the weights sum to more than 1.": (
                lambda average, new, step, d: average + (1 - _decay(step, d)) * new
            ),
            "the sign is turned: the average moves towards new, not away.": (
                lambda average, new, step, d: average - (1 - _decay(step, d)) * (new - average)
            ),
            "both terms carry a weight; that is a plain sum.": lambda average, new, step, d: (
                average + new
            ),
            "that is the decay d; blend average and new with it.": lambda average, new, step, d: (
                _decay(step, d)
            ),
        },
        clues=(
            "Formula (8) has two parts: the blend, and the decay d that it needs first.",
            "Work out d as the smaller of `ema_decay` and the fraction in t. The old average keeps "
            "the share d; the rest belongs to the new value.",
        ),
        laws={
            "where new equals the average, nothing must change.": lambda answer: answers_agree(
                answer(2.0, 2.0, 3, 0.9), 2.0
            ),
            "at step 0 the old average keeps a tenth: (1 + 0) / (10 + 0).": lambda answer: (
                answers_agree(answer(1.0, 0.0, 0, 0.9), 0.1)
            ),
            "late in a training the old average keeps ema_decay, and no more.": lambda answer: (
                answers_agree(answer(1.0, 0.0, 10**6, 0.5), 0.5)
            ),
            "the result must lie between the average and new.": lambda answer: (
                1 < answer(1.0, 3.0, 7, 0.9) < 3
            ),
        },
        solution=(
            "def my_average(average, new, step, ema_decay):\n"
            "    decay = min(ema_decay, (1 + step) / (10 + step))\n"
            "    return decay * average + (1 - decay) * new"
        ),
    ),
}
