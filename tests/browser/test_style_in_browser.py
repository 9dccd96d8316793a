"""Lesson 10: a drawing and an uploaded image are turned into another style."""

import pytest
from panels import PanelPage, said, until
from PIL import Image


@pytest.fixture(scope="module")
def bench(run_lesson):
    lesson = run_lesson("10_style_transfer")
    yield PanelPage(lesson, "style")
    assert lesson.complaints() == []


@pytest.fixture
def files(tmp_path):
    Image.new("RGB", (90, 60), (240, 200, 40)).save(tmp_path / "yellow.png")
    Image.new("RGB", (2, 2)).save(tmp_path / "tiny.png")
    (tmp_path / "words.png").write_text("no image")
    return tmp_path


def upload(bench, path):
    with bench.page.expect_file_chooser() as chooser:
        bench.page.get_by_role("button", name="Upload an image").last.click()
    chooser.value.set_files(path)


def answer(bench, role):
    """What stands beside the upload button."""
    return bench.page.locator(f".jp-OutputArea-output span[role={role}]").last


def test_another_emoji_and_the_other_direction_change_the_picture(bench, out, note):
    before = bench.pixels("turned")
    bench.control("image").focus()
    found = bench.latencies(lambda: bench.page.keyboard.press("ArrowRight"), times=10)
    note(said("style of 10, a slider to the next picture", found["draws"]))
    until(lambda: bench.pixels("turned") != before)
    there = bench.pixels("turned")
    bench.control("into").select_option("Noto")
    until(lambda: bench.pixels("turned") != there)
    bench.screenshot(out / "10_style_transfer_emoji.png")
    assert bench.fits()


def test_a_drawing_is_turned_and_clear_takes_it_away(bench, out):
    before = bench.pixels("given")
    bench.control("start").select_option("white page")
    until(lambda: bench.pixels("given") != before)
    page = bench.pixels("given")
    bench.canvas("given").scroll_into_view_if_needed()
    box = bench.canvas("given").bounding_box()
    middle = box["y"] + box["height"] / 2
    bench.page.mouse.move(box["x"] + 60, middle)
    bench.page.mouse.down()
    bench.page.mouse.move(box["x"] + 180, middle, steps=8)
    bench.page.mouse.up()
    until(lambda: bench.pixels("given") != page)
    bench.screenshot(out / "10_style_transfer_drawn.png")
    bench.control("clear").click()
    until(lambda: bench.pixels("given") == page)


def test_an_uploaded_image_is_turned_and_wrong_files_get_a_sentence(bench, out, files):
    page = bench.pixels("given")
    upload(bench, files / "yellow.png")
    until(lambda: "yellow.png: taken" in answer(bench, "status").text_content())
    until(lambda: bench.pixels("given") != page)
    taken = bench.pixels("given")
    bench.screenshot(out / "10_style_transfer_uploaded.png")
    for name, sentence in (("tiny.png", "at least 8x8 pixels, got 2x2"),
                           ("words.png", "the file must be an image")):  # fmt: skip
        upload(bench, files / name)
        until(lambda said=sentence: said in answer(bench, "alert").text_content())
        assert bench.pixels("given") == taken
