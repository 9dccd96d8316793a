"""Live panels in a real browser: pictures a second, what drawing costs, how fast a slider is."""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from benchmarks.report import Entry, table
from benchmarks.timing import of_rounds

__all__ = ["details", "entries", "measure"]

HELPERS = Path(__file__).parents[1] / "tests" / "browser"
SUBJECTS = {  # name: how a lesson makes it, and the goal in frames a second
    "the_game": (
        "from msgan_lessons.lessons.l01_the_game.game import PlaneGame\nmake = PlaneGame",
        8,
        "g_lr",
    ),
    "scale_lab": (
        "from msgan_lessons import datasets\n"
        "from msgan_lessons.lessons.l08_multiscale_gan.lab import ScaleLab\n"
        "data = datasets.open_images('fashion_mnist', resolution=32)\n"
        "make = lambda: ScaleLab(data)",
        3, "g_lr",
    ),
}  # fmt: skip
PLAIN = """import time
rows, count, start = make().rows(), 0, time.perf_counter()
while time.perf_counter() - start < {seconds}:
    count += next(rows) is not None  # None: a rest within a step
print(count / (time.perf_counter() - start))"""
COUNT = "print(shown.player.moves)"


def measure(quick: bool, **_options: object) -> dict:
    """Let the panel play and a plain loop run in turns, in the kernel that `msgan lab` starts."""
    sys.path.insert(0, str(HELPERS))  # what drives JupyterLab stands with the tests
    from jupyterlab import find_browser, running_browser, running_lab

    if find_browser() is None:
        return {}
    rounds, seconds = (2, 3) if quick else (5, 8)
    with tempfile.TemporaryDirectory() as folder:
        lessons = Path(folder) / "source"
        lessons.mkdir()
        for name, (code, _, _) in SUBJECTS.items():
            _write(lessons / f"{name}.ipynb", code)
        log = Path(folder) / "server.log"
        home = Path(folder) / "home"
        with running_lab(home, lessons, log, "class") as server, running_browser() as new_page:
            return {name: _one(server, new_page(), name, rounds, seconds) for name in SUBJECTS}


def entries(result: dict) -> list[Entry]:
    """Lines of the one table."""
    lines = []
    for name, found in result.items():
        kept = [a / b for a, b in zip(found["playing"], found["plain"], strict=True)]
        goal = f">= {SUBJECTS[name][1]}"
        lines += [
            Entry(f"live, {name}", "frames a second in the browser", found["frames"], goal),
            Entry(f"live, {name}", "steps a second, playing over a plain loop", kept, ">= 0.8"),
        ]
    return lines or [Entry("live", "", [], note="no Chromium")]


def details(result: dict) -> str:
    """Steps a second and latencies."""
    lines = []
    for name, found in result.items():
        pace = [f"{of_rounds(found[key])[0]:.1f}" for key in ("plain", "playing", "frames")]
        slider = [_median_and_95th(found[key]) for key in ("answers", "draws")]
        lines.append([name, *pace, *slider])
    heads = [
        "panel", "plain loop, steps/s", "playing, steps/s", "frames/s",
        "slider to the kernel's answer, median and 95th percentile, ms",
        "slider to the next picture, ms",
    ]  # fmt: skip
    return "### Live panels\n\n" + table(heads, lines) if lines else ""


def _one(server, page, name: str, rounds: int, seconds: float) -> dict:
    from jupyterlab import Lesson
    from panels import PanelPage

    lesson = Lesson(page, server, name)
    try:
        return _in_turns(lesson, PanelPage, name, rounds, seconds)
    finally:
        lesson.close()


def _in_turns(lesson, panel_page, name: str, rounds: int, seconds: float) -> dict:
    """The panel plays, then a plain loop runs, again and again; then a slider is moved."""
    lesson.run_all()
    panel = panel_page(lesson, name)
    panel.play()
    time.sleep(3)
    found: dict[str, list[float]] = {"playing": [], "plain": [], "frames": []}
    for _ in range(rounds):
        panel.play()
        before, start = int(lesson.ask(COUNT)), time.perf_counter()
        found["frames"].append(panel.frame_rate(seconds))
        moved = int(lesson.ask(COUNT)) - before
        found["playing"].append(moved / (time.perf_counter() - start))
        panel.pause()
        found["plain"].append(float(lesson.ask(PLAIN.format(seconds=seconds))))
    panel.play()
    slider = panel.control(SUBJECTS[name][2])
    slider.focus()
    touched = panel.latencies(lambda: lesson.page.keyboard.press("ArrowLeft"), times=8 * rounds)
    return {**found, **touched}


def _median_and_95th(milliseconds: list[float]) -> str:
    high = statistics.quantiles(milliseconds, n=20)[-1]
    return f"{statistics.median(milliseconds):.0f} and {high:.0f}"


def _write(path: Path, code: str) -> None:
    """A notebook with one panel, played as a lesson plays it."""
    shown = (
        "from msgan_lessons.classroom import widgets\nshown = widgets.live(make(), steps=10)\nshown"
    )
    cells = [nbformat.v4.new_code_cell(text) for text in (code, shown)]
    spec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    metadata = {"kernelspec": spec}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
