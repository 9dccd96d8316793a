"""Lesson 01: the game is played, paused, stepped, drawn for, slowed down, and lives on."""

import time

import pytest
from panels import PanelPage, said, until

NAME = "01_the_game"
LOOPS = """import asyncio
print(sum(t.get_name() == 'player of the_game' and not t.done() for t in asyncio.all_tasks()))"""
ASK_FOR_MORE = """() => void window.jupyterapp.shell.currentWidget.context.sessionContext.session
.kernel.requestExecute({code: 'panel.play_to(10**9)'})"""
RERUN = """() => { const content = window.jupyterapp.shell.currentWidget.content;
content.activeCellIndex = content.widgets.findIndex(
(cell) => cell.model.type === 'code' && cell.model.sharedModel.source.includes('widgets.live('));
void window.jupyterapp.commands.execute('notebook:run-cell'); }"""


@pytest.fixture(scope="module")
def lesson(run_lesson):
    return run_lesson("01_the_game")


@pytest.fixture
def game(lesson):
    """The panel, started anew; nothing may have gone wrong when a test is over."""
    panel = PanelPage(lesson, "the_game")
    panel.pause()
    panel.unfold("Steps and speed")
    panel.button("Reset").click()
    until(lambda: panel.step == 0)
    yield panel
    assert lesson.complaints() == []


def test_play_moves_the_picture_pause_holds_it_and_step_is_one_step(game, note):
    game.play()
    picture, step = game.pixels("plane"), game.step
    until(lambda: game.step > step + 10 and game.pixels("plane") != picture)
    note(f"game of 01: {game.frame_rate():.1f} frames/s while it trains")
    game.pause()
    picture, step = game.pixels("plane"), game.step
    time.sleep(0.8)
    assert (game.pixels("plane"), game.step) == (picture, step)
    game.button("Step").click()
    until(lambda: game.step == step + 1)
    time.sleep(0.4)
    assert game.step == step + 1


def test_one_side_alone_moves_alone(game):
    game.pause()
    sums = "print([round(sum(p.sum().item() for p in n.parameters()), 6) for n in {}])"
    ask = sums.format("(panel.subject.game.generator, panel.subject.game.discriminator)")
    before = game.lesson.ask(ask)
    game.control("d_only").click()
    until(lambda: game.lesson.ask(ask) != before)
    g, d = eval(game.lesson.ask(ask)), eval(before)
    assert g[0] == d[0]
    assert g[1] != d[1]


def test_a_distribution_is_drawn_with_the_mouse(game):
    game.pause()
    game.canvas("plane").scroll_into_view_if_needed()
    picture = game.pixels("plane")
    box = game.canvas("plane").bounding_box()
    x, y, side = box["x"], box["y"], box["width"]
    game.page.mouse.move(x + 0.25 * side, y + 0.25 * side)
    game.page.mouse.down()
    for k in range(20):
        game.page.mouse.move(x + (0.25 + 0.025 * k) * side, y + 0.25 * side)
    game.page.mouse.up()
    until(lambda: game.root.locator("[data-control=target]").input_value() == "drawn")
    until(lambda: game.pixels("plane") != picture)
    assert game.alert == ""
    game.play()
    until(lambda: game.step > 20)


def test_a_slider_answers_and_the_keyboard_is_enough(game, note):
    game.play()
    slider = game.control("g_lr")
    before = slider.input_value()
    slider.focus()
    found = game.latencies(lambda: game.page.keyboard.press("ArrowLeft"), times=30)
    assert slider.input_value() != before
    rate = float(game.lesson.ask("print(panel.subject.game.config.g_lr)"))
    assert abs(rate - 10 ** float(slider.input_value())) < 1e-4 * rate + 1e-9
    note(said("game of 01, a slider to the kernel's answer", found["answers"]))
    note(said("game of 01, a slider to the next picture", found["draws"]))
    assert max(found["answers"]) < 5000
    game.button("Pause").focus()
    game.page.keyboard.press("Space")
    game.button("Play").wait_for(timeout=5000)
    game.page.keyboard.press("Tab")
    focused = "document.activeElement.textContent"
    assert game.page.evaluate(focused) == "Step"
    game.page.keyboard.press("Shift+Tab")
    assert game.page.evaluate(focused) == "Play"
    game.page.keyboard.press("Space")
    game.button("Pause").wait_for(timeout=5000)


def test_slow_motion_lights_the_line_that_is_played(game):
    game.pause()
    game.control("slow").click()
    lit = game.root.locator("figure[data-view=code] li.current")
    game.button("Step").click()
    lit.wait_for(timeout=5000)
    first = lit.inner_text()
    game.button("Step").click()
    until(lambda: lit.inner_text() != first)
    assert lit.locator("math").count() + lit.locator("code").count() >= 1


def test_a_second_run_of_the_cell_leaves_one_loop_and_other_cells_run(game):
    game.play()
    start = time.monotonic()
    assert game.lesson.ask("print(6 * 7)") == "42"
    assert time.monotonic() - start < 5
    step = game.step
    until(lambda: game.step > step)
    game.page.evaluate(RERUN)
    time.sleep(1.5)
    assert game.lesson.ask(LOOPS) == "1"
    again = PanelPage(game.lesson, "the_game")
    again.play()
    step = again.step
    until(lambda: again.step > step)


def test_the_recorded_collapse_is_scrubbed(lesson, out):
    film = PanelPage(lesson, "the_collapse")
    first = film.pixels("plane")
    film.control("moment").focus()
    film.page.keyboard.press("End")
    until(lambda: film.pixels("plane") != first)
    film.screenshot(out / f"{NAME}_collapse.png")
    assert lesson.complaints() == []


def test_the_game_outlives_the_page_and_an_interrupt(game):
    game.lesson.command("docmanager:save")
    time.sleep(1)
    game.lesson.open(fresh=False)
    again = PanelPage(game.lesson, "the_game")
    again.play()
    step = again.step
    until(lambda: again.step > step)
    game.page.evaluate(ASK_FOR_MORE)  # a cell that plays on, until it is interrupted
    time.sleep(1)
    game.lesson.command("notebook:interrupt-kernel")
    assert game.lesson.ask("print(panel.player.playing)") == "False"
    again.play()
    step = again.step
    until(lambda: again.step > step)
    assert game.lesson.ask(LOOPS) == "1"


def test_it_fits_at_1280_pixels_in_light_and_dark(game, open_lesson, server, out):
    game.play()
    time.sleep(4)
    assert game.fits()
    game.screenshot(out / f"{NAME}_game_light.png")
    game.pause()
    server.set_theme("dark")
    lesson = open_lesson(NAME)  # in the same kernel: the first panel's loop ends
    server.set_theme("light")
    lesson.run_all()
    dark = PanelPage(lesson, "the_game")
    dark.play()
    time.sleep(4)
    assert dark.fits()
    dark.screenshot(out / f"{NAME}_game_dark.png")
    assert lesson.complaints() == []
