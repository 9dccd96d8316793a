"""Every slide of every lesson fits the screen, from a file, without a network."""

import pytest

from msgan_lessons.__main__ import main
from msgan_lessons.base.places import notebooks_folder

LESSONS = sorted(p.stem for p in notebooks_folder().glob("[0-9]*.ipynb"))
READY = "!!(window.Reveal && Reveal.isReady())"
LOOK = """() => {
  const slide = Reveal.getCurrentSlide(), box = slide.getBoundingClientRect();
  return {
    over: slide.scrollHeight > slide.clientHeight + 1 || slide.scrollWidth > slide.clientWidth + 1,
    off: box.top < -1 || box.left < -1 || box.bottom > innerHeight + 1,
    empty: !slide.innerText.trim() && !slide.querySelector("img, audio"),
    last: Reveal.isLastSlide(), words: slide.innerText.slice(0, 60),
  };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "slides"
    assert main(["export", "slides", str(folder)]) == 0
    return folder


@pytest.fixture
def new_slide_page(new_page):
    def open_it():
        page = new_page()
        page.set_viewport_size({"width": 1280, "height": 720})
        return page

    return open_it


def wait_until(page, condition):
    """Ask again and again; wait_for_function may use eval, which the slides forbid."""
    for _ in range(200):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"{condition} did not come true in 10 s")


@pytest.mark.parametrize("name", LESSONS)
def test_every_slide_fits_and_asks_nothing_of_the_network(folder, new_slide_page, out, name):
    page, asked, errors = new_slide_page(), [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((folder / f"{name}.slides.html").as_uri())
    wait_until(page, READY)
    seen = [page.evaluate(LOOK)]
    while not seen[-1]["last"]:
        page.keyboard.press("Space")
        seen.append(page.evaluate(LOOK))
        if len(seen) == 4:
            page.screenshot(path=out / f"{name}_slide.png")
    assert [s["words"] for s in seen if s["over"] or s["off"] or s["empty"]] == []
    assert 15 < len(seen) < 70
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


def test_the_speakers_view_follows_and_shows_the_minutes(folder, new_slide_page):
    page = new_slide_page()
    page.goto((folder / "05_minimax.slides.html").as_uri())
    wait_until(page, READY)
    with page.context.expect_page() as opened:
        page.keyboard.press("s")
    notes = opened.value.locator(".speaker-controls-notes")
    notes.wait_for(state="attached")
    page.wait_for_timeout(1000)
    page.keyboard.press("ArrowRight")
    said = "document.querySelector('.speaker-controls-notes').innerText.includes('minutes')"
    wait_until(opened.value, said)
    assert "Guess first" in notes.inner_text()
    opened.value.close()
    page.close()
