"""Lesson 08: the lab plays, obeys its switches, and the recorded training is scrubbed."""

import time

import pytest
from panels import PanelPage, said, until

NAME = "08_multiscale_gan"
ROW = "figure[data-view=gradients] tr:has(th.row:text-is('4x4')) td"


@pytest.fixture(scope="module")
def lesson(run_lesson):
    return run_lesson("08_multiscale_gan")


def test_the_lab_plays_and_a_closed_scale_teaches_nobody(lesson, out, note):
    lab = PanelPage(lesson, "scale_lab")
    lab.play()
    before, step = lab.pixels("scale_32"), lab.step
    until(lambda: lab.step > step + 5 and lab.pixels("scale_32") != before)
    assert lab.fits()
    until(lambda: lab.root.locator(ROW).first.inner_text() != "")
    lab.control("connect_4").click()
    until(lambda: lab.root.locator(ROW).all_inner_texts() == [""] * 4)
    lab.control("connect_4").click()
    until(lambda: lab.root.locator(ROW).first.inner_text() != "")
    note(f"lab of 08 (preset smoke): {lab.frame_rate():.1f} frames/s while it trains")
    lab.screenshot(out / f"{NAME}_lab_light.png")
    slider = lab.control("g_lr")
    slider.focus()
    found = lab.latencies(lambda: lab.page.keyboard.press("ArrowLeft"))
    note(said("lab of 08, a slider to the kernel's answer", found["answers"]))
    note(said("lab of 08, a slider to the next picture", found["draws"]))
    assert float(lesson.ask("print(scale_lab.game.config.g_lr)")) < 1e-3
    lab.pause()
    assert lesson.complaints() == []


def test_what_cannot_be_closed_is_said_and_the_switch_goes_back(lesson):
    lab = PanelPage(lesson, "scale_lab")
    lab.control("model").select_option("dcgan")
    until(lambda: lesson.ask("print(scale_lab.model)") == "dcgan")
    lab.control("connect_4").click()
    until(lambda: "no connection at 4" in lab.alert)
    until(lambda: lab.control("connect_4").is_checked())


def test_the_recorded_training_is_scrubbed_with_the_keyboard_and_played(lesson, out):
    film = PanelPage(lesson, "long_training")
    first, step = film.pixels("scale_32"), film.step
    film.control("moment").focus()
    for _ in range(3):
        film.page.keyboard.press("ArrowRight")
        time.sleep(0.2)
    until(lambda: film.step > step and film.pixels("scale_32") != first)
    film.page.keyboard.press("End")
    until(lambda: film.step > 100)
    film.screenshot(out / f"{NAME}_replay.png")
    there = film.step
    film.play()
    until(lambda: film.step != there)
    film.pause()
    still = film.step
    time.sleep(0.5)
    assert film.step == still
    assert lesson.complaints() == []


def test_the_lab_fits_in_the_dark_theme(lesson, out):
    lesson.set_theme("dark")
    lab = PanelPage(lesson, "scale_lab")
    lab.play()
    step = lab.step
    until(lambda: lab.step > step + 5)
    assert lab.fits()
    lab.screenshot(out / f"{NAME}_lab_dark.png")
    assert lesson.complaints() == []
