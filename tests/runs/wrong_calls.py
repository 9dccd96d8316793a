"""Strategies for wrong calls of the command line, made from the course's own parameters."""

import re

from hypothesis import strategies as st

from benchmarks.fingerprints import (
    APART,
    NO_FOLDERS,
    NO_INTS,
    NO_NUMBERS,
    NO_WORDS,
    outside,
)
from benchmarks.fingerprints import misspelt as slips_of
from msgan_lessons.runs import lessons
from msgan_lessons.runs.parameters import known_parameters
from msgan_lessons.runs.train import EXTRA_PARAMETERS

LESSONS = lessons.find_lessons()
TOGETHER = {names: rows for names, rows in APART.items() if len(names) > 1}


def misspelt(word, draw):
    """A word one slip away: a letter dropped, doubled, swapped, or in the other case."""
    return draw(st.sampled_from(slips_of(word)))


def fits(allowed, text):
    """Whether a text is right after all: written anew here, not asked of the code under test."""
    if allowed.kind is str:
        words = text.split(",") if allowed.many else [text]
        return len(set(words)) == len(words) and set(words) <= set(allowed.choices())
    try:
        number = allowed.kind(text)
    except ValueError:
        return False
    power = not allowed.power_of_two or number in {2**k for k in range(20)}
    return allowed.low <= number <= allowed.high and power


def wrong_value(allowed, draw):
    """A text that a parameter must not take."""
    if allowed.kind in (int, float):
        known = NO_INTS if allowed.kind is int else NO_NUMBERS
        between = ["3", "12", "33", "255"] if allowed.power_of_two else []
        texts = st.sampled_from([*known, *outside(allowed), *between]) | st.text(max_size=12)
    else:
        words = sorted(allowed.choices())
        word = draw(st.sampled_from(words))
        listed = [f"{word},{word}", f"{word},", f",{word}", f"{word};{word}", f"{word},x"]
        folders = NO_FOLDERS if allowed.folder else []
        texts = st.sampled_from([*NO_WORDS, *listed, misspelt(word, draw), *folders]) | st.text()
        texts = texts.filter(lambda t: not t.startswith("folder:") or t in NO_FOLDERS)
    return draw(texts.filter(lambda t: not fits(allowed, t)))


def wrong_pairs(lesson, draw):
    """Return a kind of mistake, its pairs, and what the sentence has to name."""
    names = [p.name for p in lesson.parameters]
    name = draw(st.sampled_from(names))
    default = f"{name}={lesson.defaults[name]}"
    mistakes = ["value"] * 4 + ["name", "twice", "no =", "no name", "preset", "two presets"]
    contradictions = [pair for pair in TOGETHER if set(pair) <= set(names)]
    mistake = draw(st.sampled_from(mistakes + ["together"] * (2 if contradictions else 0)))
    if mistake == "value":
        return mistake, ["-p", f"{name}={wrong_value(known_parameters()[name], draw)}"], name
    if mistake == "name":
        text = draw(st.just(misspelt(name, draw)) | st.text(min_size=1, max_size=20))
        text = text.replace("=", "").strip()
        wrong = "x" if not text or text in names else text
        return mistake, ["-p", f"{wrong}=1"], "is not a parameter"
    if mistake == "twice":
        return mistake, ["-p", default, "-p", default], f"-p {name} is given twice"
    if mistake == "no =":
        text = draw(st.text().filter(lambda t: "=" not in t))
        return mistake, ["-p", text], "-p must be NAME=VALUE"
    if mistake == "no name":
        return mistake, ["-p", draw(st.sampled_from(["=", "=1", " =1", "\t="]))], "-p must be NAME"
    if mistake == "preset":
        wrong = wrong_value(known_parameters()["preset"], draw)
        return mistake, ["--preset", wrong or "x"], "--preset"
    if mistake == "two presets":
        return mistake, ["--preset", "smoke", "-p", "preset=class"], "--preset"
    pair = draw(st.sampled_from(contradictions))
    values = draw(st.sampled_from(TOGETHER[pair]))
    pairs = [x for n, v in zip(pair, values, strict=True) for x in ("-p", f"{n}={v}")]
    return mistake, pairs, re.compile("|".join(pair))


@st.composite
def wrong_runs(draw):
    """A call of `msgan run` with exactly one mistake, among other parameters that are right."""
    lesson = draw(st.sampled_from(LESSONS))
    mistake, wrong, named = wrong_pairs(lesson, draw)
    used = {text.partition("=")[0] for text in wrong}
    right = ["-p", "seed=7"] if "seed" in lesson.defaults and "seed" not in used else []
    first = draw(st.booleans())
    call = ["run", lesson.name, *(right if first else []), *wrong, *([] if first else right)]
    return mistake, call, named


@st.composite
def wrong_trainings(draw):
    """A call of `msgan train` with one wrong option."""
    names = ["model", "data", "resolution", "loss", "steps", "batch_size", "seed", "g_lr", "d_lr"]
    name = draw(st.sampled_from([*names, "width", "max_seconds"]))
    allowed = EXTRA_PARAMETERS.get(name) or known_parameters()[name]
    off = {"loss": ("",), "g_lr": ("0", "-0"), "d_lr": ("0", "-0")}.get(name, ())
    text = wrong_value(allowed, draw)
    while text in off or (off and text.strip("-0. ") == ""):
        text = "x"
    option = f"--{name.replace('_', '-')}"
    return name, ["train", f"{option}={text}"], re.compile(f"{name}|{option}")
