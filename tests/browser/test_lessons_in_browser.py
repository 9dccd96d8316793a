"""Every lesson runs from the first cell to the last in a student's JupyterLab."""

import re
from pathlib import Path

import pytest

from msgan_lessons.base.places import notebooks_folder

LESSONS = sorted(p.stem for p in notebooks_folder().glob("[0-9]*.ipynb"))
OTHERS = [p.read_text("utf-8") for p in Path(__file__).parent.glob("test_*.py")]
RUN_BY_OTHERS = {name for text in OTHERS for name in re.findall(r'run_lesson\("(\w+)"\)', text)}


@pytest.fixture(scope="module")
def desk(open_lesson):
    return open_lesson(LESSONS[0])


@pytest.mark.parametrize("name", [name for name in LESSONS if name not in RUN_BY_OTHERS])
def test_all_cells_run_without_an_error_anywhere(desk, out, name):
    desk.change_to(name)
    desk.run_all()
    assert desk.complaints() == []
    desk.screenshot(out / f"{name}.png")


def test_other_tests_run_lessons_of_the_course():
    assert {"01_the_game", "08_multiscale_gan"} <= RUN_BY_OTHERS <= set(LESSONS)
