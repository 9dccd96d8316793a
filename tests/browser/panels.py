"""A live panel as a student handles it."""

import statistics
import time
from pathlib import Path

from jupyterlab import Lesson
from playwright.sync_api import Locator

PIXELS = """(canvas) => { const data = canvas.getContext('2d')
.getImageData(0, 0, canvas.width, canvas.height).data;
let sum = 7; for (let i = 0; i < data.length; i += 3) sum = (sum * 31 + data[i]) % 1000000007;
return sum; }"""


class PanelPage:
    """One panel of a lesson."""

    def __init__(self, lesson: Lesson, name: str) -> None:
        self.lesson, self.page, self.name = lesson, lesson.page, name
        self.root = self.page.locator(f".msgan-panel[data-name={name}]").last
        self.root.wait_for(timeout=30_000)
        self.root.scroll_into_view_if_needed()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def control(self, name: str) -> Locator:
        """A control; its fold is opened where it lies in one."""
        found = self.root.locator(f"[data-control={name}]")
        fold = self.root.locator(f"details:not([open]):has([data-control={name}]) > summary")
        if fold.count():
            fold.click()
        return found

    def unfold(self, title: str) -> None:
        summary = self.root.locator("details:not([open]) > summary", has_text=title)
        if summary.count():
            summary.click()

    def canvas(self, view: str) -> Locator:
        return self.root.locator(f"figure[data-view={view}] canvas")

    def pixels(self, view: str) -> int:
        """A number that changes with the picture."""
        self.canvas(view).scroll_into_view_if_needed()
        return self.canvas(view).evaluate(PIXELS)

    @property
    def status(self) -> str:
        return self.root.locator("span[role=status]").inner_text()

    @property
    def step(self) -> int:
        return int(self.status.split()[1].replace(",", ""))

    @property
    def alert(self) -> str:
        return self.root.locator("[role=alert]").text_content()

    @property
    def frames(self) -> int:
        return self.page.evaluate("(name) => window.__msgan.panels[name].frames", self.name)

    def play(self) -> None:
        if self.button("Play").count():
            self.button("Play").click()
        self.button("Pause").wait_for(timeout=5000)

    def pause(self) -> None:
        if self.button("Pause").count():
            self.button("Pause").click()
        self.button("Play").wait_for(timeout=5000)
        time.sleep(0.4)

    def frame_rate(self, seconds: float = 5.0) -> float:
        before, start = self.frames, time.monotonic()
        time.sleep(seconds)
        return (self.frames - before) / (time.monotonic() - start)

    def latencies(self, act, times: int = 20) -> dict[str, list[float]]:
        """Do something some times; ms from the touch to the answer, and to the new picture."""
        self.page.evaluate("() => { window.__msgan.answers = []; window.__msgan.draws = []; }")
        for _ in range(times):
            act()
            time.sleep(0.15)
        time.sleep(0.5)
        return {k: self.page.evaluate(f"() => window.__msgan.{k}") for k in ("answers", "draws")}

    def screenshot(self, path: Path) -> None:
        """Save the whole panel, in a window that is high enough for it."""
        size = self.page.viewport_size
        height = self.root.evaluate("(node) => node.scrollHeight")
        self.page.set_viewport_size({**size, "height": max(size["height"], height + 250)})
        self.root.scroll_into_view_if_needed()
        time.sleep(0.5)
        self.root.screenshot(path=path)
        self.page.set_viewport_size(size)

    def fits(self) -> bool:
        """Whether nothing has to be scrolled sideways."""
        return self.root.evaluate(
            "(node) => { const area = node.closest('.jp-OutputArea-output');"
            "return area.scrollWidth <= area.clientWidth + 1; }"
        )


def until(holds, seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.05)


def said(name: str, milliseconds: list[float]) -> str:
    """Median and 95th percentile in words."""
    ordered = sorted(milliseconds)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{name}: median {statistics.median(ordered):.0f} ms, 95th percentile {high:.0f} ms"
