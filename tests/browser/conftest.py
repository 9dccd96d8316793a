"""One server and one browser for all tests; what was measured is printed at the end."""

from pathlib import Path

import pytest
from jupyterlab import Lesson, find_browser, running_browser, running_lab

from msgan_lessons.base.places import notebooks_folder

OUT = Path(__file__).parents[2] / "runs" / "browser"
measured: list[str] = []


@pytest.fixture(scope="session")
def out():
    OUT.mkdir(parents=True, exist_ok=True)
    return OUT


@pytest.fixture(scope="session")
def server(tmp_path_factory, out):
    home = tmp_path_factory.mktemp("lab")
    with running_lab(home, notebooks_folder(), out / "server.log") as server:
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


@pytest.fixture(scope="session")
def note(out):
    """A function that keeps a measured figure for the end of the report."""

    def keep(line):
        measured.append(line)

    return keep


def pytest_terminal_summary(terminalreporter):
    if measured:
        terminalreporter.section("measured in the browser")
        terminalreporter.write_line("\n".join(measured))
        (OUT / "report.txt").write_text("\n".join(measured) + "\n")
