"""Every lesson runs from the first cell to the last in a student's JupyterLab."""

import pytest

from msgan_lessons.base.places import notebooks_folder

LESSONS = sorted(p.stem for p in notebooks_folder().glob("[0-9]*.ipynb"))


@pytest.mark.parametrize("name", LESSONS)
def test_all_cells_run_without_an_error_anywhere(open_lesson, out, name):
    lesson = open_lesson(name)
    lesson.run_all()
    assert lesson.complaints() == []
    lesson.screenshot(out / f"{name}.png")
