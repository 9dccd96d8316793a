"""One parameter by itself, and parameters that must go together."""

import re
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from msgan_lessons.base.places import rooms
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.parameters import (
    PARAMETERS,
    Parameter,
    check_parameters,
    known_parameters,
    shown,
)


@pytest.mark.parametrize(
    ("allowed", "words"),
    [
        (Parameter(int, 1, 4), "an int from 1 to 4"),
        (Parameter(int, 1), "an int of at least 1"),
        (Parameter(float, high=0.5), "a number of at most 0.5"),
        (Parameter(float), "a number"),
        (Parameter(bool), "true or false"),
        (Parameter(int, 8, 256, power_of_two=True), "a power of two from 8 to 256"),
        (Parameter(str, choices=lambda: "ab"), "one of a, b"),
        (Parameter(str, choices=lambda: "ab", many=True), "a comma-separated list of a, b"),
        (Parameter(str, choices=lambda: "ab", folder=True), "one of a, b or folder:PATH"),
    ],
)
def test_a_parameter_says_what_is_allowed(allowed, words):
    assert allowed.words() == words


@pytest.mark.parametrize(
    ("allowed", "value"),
    [
        (Parameter(bool), True),
        (Parameter(float, 0, 1), 1),
        (Parameter(int, 1), 10**400),
        (Parameter(str, choices=lambda: "ab", many=True), "b,a"),
        (Parameter(str, choices=lambda: "ab", folder=True), "folder:a,b"),
    ],
    ids=range(5),
)
def test_a_right_value_passes(allowed, value):
    allowed.check("x", value)


@pytest.mark.parametrize(
    ("allowed", "value", "sentence"),
    [
        (Parameter(int, 0, 9), True, "x must be an int from 0 to 9, got True."),
        (Parameter(bool), 1, "x must be true or false, got 1."),
        (Parameter(float, 0, 1), float("nan"), "x must be a number from 0 to 1, got nan."),
        (Parameter(int, 0, 9), 10**5000, "x must be an int from 0 to 9, got 2**16609 or more."),
        (Parameter(int, 0, 9), -(2**300), "x must be an int from 0 to 9, got -2**300 or more."),
        (Parameter(str, choices=lambda: "ab", many=True), "a,a", "at most once, got 'a' twice."),
        (Parameter(str, choices=lambda: "ab", many=True), "a,", "list of a, b, got ''."),
        (Parameter(str, choices=lambda: "ab", folder=True), "folder:", "got 'folder:'."),
        (Parameter(str, choices=lambda: ["hinge"]), "hinje", "got 'hinje'; did you mean 'hinge'?"),
    ],
    ids=range(9),
)
def test_a_wrong_value_gets_its_sentence(allowed, value, sentence):
    with pytest.raises((TypeError, ValueError)) as caught:
        allowed.check("x", value)
    assert str(caught.value).endswith(sentence)


def test_a_long_value_is_shortened():
    assert shown("ab") == "'ab'"
    assert len(shown("a\n" * 5000)) == 63


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


def test_what_may_be_told_is_known_without_torch():
    code = "from msgan_lessons.runs import parameters; parameters.known_parameters(); import sys"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'torch' not in sys.modules"], check=True)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"resolution": 16, "n_scales": 4}, "n_scales must be at most 3 for resolution=16"),
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


def test_the_presets_batch_must_fit_into_a_folder_too(folder):
    check_parameters(data=folder, batch_size=12, preset="class")
    check_parameters(data=folder, batch_size=0, preset="smoke")
    with pytest.raises(ValueError, match="at most 12, .*, got 32, as the preset has it"):
        check_parameters(data=folder, batch_size=0, preset="class")
    with pytest.raises(ValueError, match="at most 12, .*, got 13."):
        check_parameters(data=folder, batch_size=13, preset="smoke")


def test_a_folder_that_is_there_is_what_its_bare_name_means(folder):
    path = folder.removeprefix("folder:")
    with pytest.raises(ValueError, match=re.escape(f"; did you mean {shown(folder)}?")):
        check_parameters(data=path)


def test_one_image_is_no_data(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    with pytest.raises(ValueError, match="data must hold at least 2 images, got 1 in 'folder:"):
        check_parameters(data=f"folder:{tmp_path}", batch_size=0, preset="smoke")


def test_a_path_that_the_system_refuses_is_refused_by_name():
    with pytest.raises(ValueError, match="data='folder:x.*' cannot be read: file name too long"):
        check_parameters(data="folder:" + "x" * 5000)
