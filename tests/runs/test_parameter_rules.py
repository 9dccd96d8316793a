"""One parameter by itself, and parameters that must go together."""

import re
from importlib import import_module

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.fingerprints import calls
from msgan_lessons.base import streams
from msgan_lessons.base.places import rooms
from msgan_lessons.base.streams import Streams, choose_device
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.parameters import (
    BUDGETS,
    PARAMETERS,
    Budget,
    Parameter,
    budget,
    check_parameters,
    known_parameters,
    nearest,
    resolve_preset,
    shown,
    start_lesson,
)


@pytest.mark.parametrize(
    ("allowed", "words", "right"),
    [
        (Parameter(int, 1, 4), "an int from 1 to 4", 4),
        (Parameter(int, 1), "an int of at least 1", 10**400),
        (Parameter(float, high=0.5), "a number of at most 0.5", 0),
        (Parameter(float), "a number", 1),
        (Parameter(bool), "true or false", True),
        (Parameter(int, 8, 256, power_of_two=True), "a power of two from 8 to 256", 64),
        (Parameter(str, choices=lambda: "ab"), "one of a, b", "a"),
        (Parameter(str, choices=lambda: "ab", many=True), "a comma-separated list of a, b", "b,a"),
        (
            Parameter(str, choices=lambda: "ab", folder=True),
            "one of a, b or folder:PATH",
            "folder:a,b",
        ),
    ],
    ids=range(9),
)
def test_a_parameter_says_what_is_allowed_and_takes_it(allowed, words, right):
    assert allowed.words() == words
    allowed.check("x", right)


@pytest.mark.parametrize(
    ("allowed", "value", "sentence"),
    [
        (Parameter(int, 0, 9), True, "x must be an int from 0 to 9, got True."),
        (Parameter(int, 0, 9), "0", "x must be an int from 0 to 9, got '0'."),
        (Parameter(int, 8, 256, power_of_two=True), 33, "a power of two from 8 to 256, got 33."),
        (Parameter(bool), 1, "x must be true or false, got 1."),
        (Parameter(float, 0, 1), float("nan"), "x must be a number from 0 to 1, got nan."),
        (Parameter(int, 0, 9), 10**5000, "x must be an int from 0 to 9, got 2**16609 or more."),
        (Parameter(int, 0, 9), -(2**300), "x must be an int from 0 to 9, got -2**300 or more."),
        (Parameter(str, choices=lambda: "ab", many=True), "a,a", "at most once, got 'a' twice."),
        (Parameter(str, choices=lambda: "ab", many=True), "a,", "list of a, b, got ''."),
        (Parameter(str, choices=lambda: "ab", folder=True), "folder:", "got 'folder:'."),
        (Parameter(str, choices=lambda: ["hinge"]), "hinje", "got 'hinje'; did you mean 'hinge'?"),
    ],
    ids=range(11),
)
def test_a_wrong_value_gets_its_sentence(allowed, value, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        allowed.check("x", value)
    assert str(caught.value).endswith(sentence)
    assert (shown("ab"), len(shown("a\n" * 5000))) == ("'ab'", 63)
    assert nearest("zzzz", ["hinge"]) == ""


def test_every_entry_of_the_table_says_what_it_allows_and_refuses_what_is_of_no_kind():
    for name, allowed in known_parameters().items():
        assert allowed.kind in (int, float, str, bool)
        assert allowed.words()
        with pytest.raises(TypeError, match=f"{name} must be .*, got None"):
            allowed.check(name, None)


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.name)
def test_a_room_holds_only_what_its_own_lesson_is_told_and_no_other_table_holds(lesson):
    face = import_module(rooms()[lesson.name[:2]])
    own = getattr(face, "PARAMETERS", {})
    assert own.keys() <= lesson.defaults.keys()
    assert not own.keys() & PARAMETERS.keys()
    assert all(known_parameters()[name] is own[name] for name in own)
    for names, _ in getattr(face, "RULES", ()):
        assert own.keys() & set(names)
        assert set(names) <= lesson.defaults.keys()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"resolution": 16, "n_scales": 4}, "n_scales must be at most 3 for resolution=16"),
        ({"resolution": 33}, "resolution must be a power of two from 8 to 256, got 33"),
        ({"max_seconds": float("nan")}, "max_seconds must be a number from 0 to 1,000,000, got"),
        ({"batch_size": 1}, "batch_size must be 0 (the preset's choice) or at least 2"),
        ({"frames": 16, "resolution": 16}, "resolution must be at least 32 for frames=16"),
        ({"resolution": 16, "juries": "one scale"}, "resolution must be 32 or 64 for the juries"),
        ({"data": "emoji", "resolution": 128, "features": "classifier"},
         "resolution must be at most the 64 pixels a side of data=emoji"),
        ({"data": "emoji", "resolution": 16, "features": "classifier"},
         "resolution must be at least 32 for features=classifier"),
        ({"data": "emoji", "resolution": 32, "features": "vgg19"},
         "resolution must be at least 64 for features=vgg19"),
        ({"data": "cifar10", "variants": "full"},
         "data must be fashion_mnist or fashion_mnist_full for variants"),
        ({"data": "emoji_noto", "batch_size": 649}, "at most 648, the training images of"),
    ],
)  # fmt: skip
def test_values_that_do_not_go_together_are_refused(values, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        check_parameters(**values)


@pytest.mark.parametrize("more", [{}, {"frames": 8}])
def test_clips_are_looked_at_whether_their_length_is_told_or_not(more):
    with pytest.raises(FileNotFoundError, match="clips=folder:/none: there is no such folder"):
        check_parameters(clips="folder:/none", **more)


@pytest.fixture
def folder(tmp_path):
    for number in range(12):
        Image.fromarray(np.full((32, 32, 3), number, np.uint8)).save(tmp_path / f"{number}.png")
    (tmp_path / ".hidden.png").write_bytes(b"")
    return f"folder:{tmp_path}"


def test_a_folder_must_be_named_as_one_and_hold_the_presets_batch_too(folder):
    path = folder.removeprefix("folder:")
    check_parameters(data=folder, batch_size=12, preset="class")
    check_parameters(data=folder, batch_size=0, preset="smoke")
    for told, sentence in [
        ({"data": folder, "batch_size": 0}, "at most 12, .*, got 32, as the preset has it"),
        ({"data": folder, "batch_size": 13}, "at most 12, .*, got 13."),
        ({"data": path}, re.escape(f"; did you mean {shown(folder)}?")),
        ({"data": "folder:" + "x" * 5000}, "data='folder:x.*' cannot be read: file name too long"),
    ]:
        with pytest.raises(ValueError, match=sentence):
            check_parameters(**told, preset="class")


def test_auto_fits_the_machine_and_the_environment_overrides_auto_alone(monkeypatch):
    monkeypatch.delenv("MSGAN_PRESET", raising=False)
    assert resolve_preset("auto") == "class"
    assert resolve_preset("auto", has_gpu=True) == "gpu"
    monkeypatch.setenv("MSGAN_PRESET", "smoke")
    assert resolve_preset("auto", has_gpu=True) == "smoke"
    assert resolve_preset("class") == "class"
    monkeypatch.setenv("MSGAN_PRESET", "smok")
    with pytest.raises(ValueError, match="MSGAN_PRESET must be auto, .*, gpu, got 'smok'"):
        resolve_preset("auto")


def test_zero_leaves_the_presets_choice_and_everything_else_overrides_it():
    assert budget("smoke") == BUDGETS["smoke"]
    changed = budget("smoke", steps=3, max_seconds=1.5, batch_size=4)
    assert (changed.steps, changed.max_seconds, changed.batch_size) == (3, 1.5, 4)
    assert start_lesson(preset="smoke", batch_size=4, unknown="x").batch_size == 4
    with pytest.raises(ValueError, match="steps must be >= 0"):
        budget("smoke", steps=-1)


def test_ticks_stop_at_the_clock():
    assert list(Budget("x", 10**9, 0.0, 8).ticks()) == [1]
    assert list(Budget("x", 4, 60.0, 8).ticks()) == [1, 2, 3, 4]


def test_streams_are_independent_of_each_other_and_equal_for_a_seed():
    a, b = Streams(5), Streams(5)
    a.latents(100, 3)
    torch.rand(7, generator=a["augmentation"])
    assert torch.equal(a.fixed_latents(4, 8), b.fixed_latents(4, 8))
    assert torch.equal(torch.rand(3, generator=a["data"]), torch.rand(3, generator=b["data"]))
    seeds = {Streams(s).fresh(n).initial_seed() for s in range(50) for n in streams.STREAMS}
    assert len(seeds) == 50 * len(streams.STREAMS)
    assert choose_device("cpu") == (torch.device("cpu"), torch.float32)


def test_one_image_is_no_data(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="data must hold at least 2 images, got 1 in 'folder:"):
        check_parameters(data=f"folder:{tmp_path}", batch_size=0, preset="smoke")


RIGHT = re.compile(  # blanks around a name, no preset, a lesson with a trace, a cure
    r'"(\\_)?\w+(\\_)?"=1|--preset ""|a trace|cure=.*'
)


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.name)
def test_each_of_hundreds_of_wrong_parameters_of_a_lesson_is_named_in_one_sentence(lesson):
    wrong, broken = dict(calls(lesson)), {}
    assert len(wrong) > 250
    for name, call in wrong.items():
        try:
            said = "" if RIGHT.fullmatch(name) else (call(), "taken")[1]
        except (TypeError, ValueError, FileNotFoundError) as error:
            text, names = str(error), re.findall(r"(\w+)=", name)
            named = name[0] in '-"' or not names or any(n in text for n in names)
            ends = re.search(r"([.?]|with: msgan download \w+)$", text)
            said = "" if named and ends and len(text) < 1000 else text
        if said:
            broken[name] = said
    assert broken == {}
