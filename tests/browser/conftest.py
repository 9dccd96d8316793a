"""One server and one browser for all tests of a process; what was measured stands at the end."""

import os
from pathlib import Path

import pytest
from jupyterlab import Lesson, find_browser, running_browser, running_lab

from msgan_lessons.base.places import notebooks_folder

OUT = Path(__file__).parents[2] / "runs" / "browser"
MEASURED = OUT / "report.txt"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")  # of several processes, which one this is


def pytest_sessionstart():
    if not WORKER:
        MEASURED.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def out():
    OUT.mkdir(parents=True, exist_ok=True)
    return OUT


@pytest.fixture(scope="session")
def server(tmp_path_factory, out):
    home = tmp_path_factory.mktemp("lab")
    with running_lab(home, notebooks_folder(), out / f"server{WORKER}.log") as server:
        yield server


@pytest.fixture(scope="session")
def new_page():
    if find_browser() is None:
        pytest.fail("no browser: install one with: sudo apt-get install chromium")
    with running_browser() as open_page:
        yield open_page


@pytest.fixture(scope="module")
def open_lesson(new_page, server):
    """A function that opens a lesson; its kernel ends with the tests of a file."""
    opened = []

    def open_it(name):
        opened.append(Lesson(new_page(), server, name))
        return opened[-1]

    yield open_it
    for lesson in opened:
        lesson.close()


@pytest.fixture(scope="module")
def run_lesson(open_lesson, out):
    """A function that opens a lesson and runs all of its cells, which must not complain."""

    def run_it(name):
        lesson = open_lesson(name)
        lesson.run_all()
        assert lesson.complaints() == []
        lesson.screenshot(out / f"{name}.png")
        return lesson

    return run_it


@pytest.fixture(scope="session")
def note(out):
    """A function that keeps a measured figure for the end of the report."""

    def keep(line):
        with MEASURED.open("a") as report:
            report.write(f"{line}\n")

    return keep


def pytest_terminal_summary(terminalreporter):
    if MEASURED.exists():
        terminalreporter.section("measured in the browser")
        terminalreporter.write_line(MEASURED.read_text())
