"""The book in Chromium, opened from the disk as by a double click: no server, no kernel."""

import time

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from panels import PIXELS, until

from msgan_lessons.editions.book import write_book
from msgan_lessons.runs.lessons import find_lessons
from msgan_lessons.runs.recordings import recorded_trace

PLAYERS = {"01_the_game": "collapse", "08_multiscale_gan": "long_training"}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURFUL = {  # every kind of output is on one of them
    "index", "search", "glossary", "data", "00_start_here", "06_losses", "12_video", "13_speech",
    "16_evaluation", *PLAYERS,
}  # fmt: skip
SETTLED = """(theme) => document.documentElement.dataset.theme === theme
&& !document.getAnimations().some((a) => a instanceof CSSTransition
&& a.playState === 'running')"""  # colours fade over
CODE = "06_losses"  # code has the same colours on every page: half of the slow rule's time
AXE = """async ([tags, colours, without]) => (await axe.run({include: [document],
exclude: without}, {preload: false,
resultTypes: ['violations'], runOnly: {type: 'tag', values: tags},
rules: {'color-contrast': {enabled: colours}}})).violations.map((v) => v.id + ': '
+ v.nodes.map((n) => n.target.join(' ')).join(', '))"""


@pytest.fixture(scope="module")
def book(tmp_path_factory, note):
    folder, start = tmp_path_factory.mktemp("book") / "site", time.monotonic()
    size = write_book(folder, find_lessons())
    seconds = time.monotonic() - start
    note(f"the book: {size.pages} pages, {size.size / 1e6:.1f} MB, built in {seconds:.0f} s")
    return folder


@pytest.fixture
def page(new_page):
    page = new_page()
    page.set_default_timeout(10_000)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(f"page: {error}"))
    page.on("request", lambda r: _outside(r.url) and page.complaints.append(f"asked for {r.url}"))
    page.on("requestfailed", lambda r: page.complaints.append(f"failed: {r.url}"))
    page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    yield page
    page.close()
    assert page.complaints == []


def _outside(url):
    return not url.startswith(("file:", "data:", "blob:"))


def open_player(page, book, lesson):
    page.goto((book / f"{lesson}.html").as_uri())
    page.locator(".msgan-player").scroll_into_view_if_needed()
    page.locator(".msgan-player.is-live").wait_for(timeout=10_000)
    return page.locator(".msgan-player .msgan-panel")


@pytest.mark.parametrize(("width", "themes"), [(1280, ("light", "dark")), (390, ("light",))])
def test_axe_finds_nothing_on_any_page(book, page, note, width, themes):
    page.set_viewport_size({"width": width, "height": 900})
    found, names = {}, sorted(path.stem for path in book.glob("*.html"))
    for name in names:
        if name in PLAYERS:
            open_player(page, book, name)
        else:
            page.goto((book / f"{name}.html").as_uri())
        page.evaluate(AXE_SCRIPT)
        for theme in themes if name in COLOURFUL else themes[:1]:
            page.emulate_media(color_scheme=theme)
            page.wait_for_function(SETTLED, arg=theme)
            colours = name in COLOURFUL and width > 1000  # the slow rule
            without = [] if name == CODE or not colours else [[".highlight"]]
            if violations := page.evaluate(AXE, [TAGS, colours, without]):
                found[name, theme] = violations
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} is {wide} pixels wider than the window"
    note(f"axe, {width} pixels: {len(names)} pages, {len(found)} with violations")
    assert found == {}


@pytest.mark.parametrize("lesson", PLAYERS)
def test_a_recorded_training_plays_stops_and_is_scrubbed_with_keys(book, page, out, lesson):
    panel = open_player(page, book, lesson)
    status = panel.locator("span[role=status]")
    slider = panel.get_by_role("slider", name="moment", exact=True)
    first, canvas = status.inner_text(), panel.locator("canvas").first
    trace = recorded_trace(PLAYERS[lesson])
    end = str(len(trace) - 1)
    assert not page.locator(".msgan-player > figure").is_visible()
    assert slider.get_attribute("max") == end
    painted = canvas.evaluate(PIXELS)
    page.wait_for_timeout(600)
    assert status.inner_text() == first  # nothing moves by itself
    panel.get_by_role("button", name="Play").click()
    until(lambda: slider.input_value() > "2", 5)
    until(lambda: status.get_attribute("aria-live") == "off", 5)
    panel.get_by_role("button", name="Pause").click()
    until(lambda: status.get_attribute("aria-live") == "polite", 5)
    assert canvas.evaluate(PIXELS) != painted
    here = int(slider.input_value())
    slider.focus()
    page.keyboard.press("ArrowRight")
    until(lambda: int(slider.input_value()) == here + 1, 5)
    page.keyboard.press("End")
    until(lambda: slider.input_value() == end, 5)
    panel.get_by_role("button", name="Step").press("Enter")
    page.wait_for_timeout(200)
    assert slider.input_value() == end  # the film ends at its last moment
    assert status.inner_text().startswith(f"step {trace.row(-1)['step']} ·")
    panel.screenshot(path=out / f"book_{lesson}.png")


def test_speed_is_set_while_it_plays_and_reset_goes_back(book, page):
    panel = open_player(page, book, "01_the_game")
    slider = panel.get_by_role("slider", name="moment", exact=True)
    panel.get_by_text("Steps and speed").click()
    speed = panel.get_by_role("slider", name="speed")
    assert speed.input_value() == "8"
    speed.focus()
    page.keyboard.press("End")
    panel.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1000)
    assert int(slider.input_value()) > 15  # of 30 in a second
    panel.get_by_role("button", name="Reset").click()
    until(lambda: slider.input_value() == "0", 5)
    assert panel.get_by_role("button", name="Play").is_visible()


def test_without_scripts_the_static_picture_stays(book, page):
    context = page.context.browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto((book / "01_the_game.html").as_uri())
    assert plain.locator(".msgan-player > figure img").is_visible()
    context.close()


def test_a_word_is_found_without_a_server(book, page):
    page.goto((book / "index.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("logsigmoid")
    page.keyboard.press("Enter")
    results = page.locator("#search-results li a")
    results.first.wait_for(timeout=10_000)
    assert any("05" in text for text in results.all_inner_texts())
    results.filter(has_text="05").first.click()
    assert page.locator("h1").inner_text().startswith("05")


def test_a_phone_opens_the_list_of_lessons(book, page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto((book / "index.html").as_uri())
    page.locator(".bd-header-article .primary-toggle").click()
    page.get_by_role("link", name="05").locator("visible=true").click()
    page.wait_for_url("**/05_minimax.html")


def test_the_keyboard_reaches_content_menu_and_wide_code(book, page):
    page.goto((book / "01_the_game.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Skip to main content"
    page.wait_for_function("document.querySelector('pre[tabindex]')")
    missed = page.evaluate(
        "[...document.querySelectorAll('pre')].filter((n) => n.scrollWidth > n.clientWidth"
        " && n.tabIndex < 0).length"
    )
    assert missed == 0
