"""Lessons 02, 03 and 04: a touch is answered by another picture."""

from panels import PanelPage, said, until


def test_paint_on_a_band_changes_what_is_rebuilt_and_clear_takes_it_away(run_lesson, out, note):
    bench = PanelPage(run_lesson("02_scales"), "pyramid")
    before = bench.pixels("whole")
    box = bench.canvas("bands").bounding_box()
    x, y = box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2  # the finest band
    bench.page.mouse.move(x, y)
    bench.page.mouse.down()
    bench.page.mouse.move(x + 12, y + 6, steps=6)
    bench.page.mouse.up()
    until(lambda: bench.pixels("whole") != before)
    bench.screenshot(out / "02_scales_pyramid.png")
    bench.control("clear").click()
    until(lambda: bench.pixels("whole") == before)
    bench.control("reached").focus()
    found = bench.latencies(lambda: bench.page.keyboard.press("ArrowLeft"))
    note(said("pyramid of 02, a slider to the next picture", found["draws"]))
    assert bench.pixels("whole") != before
    assert bench.fits()
    assert bench.lesson.complaints() == []


def test_a_walk_moves_all_scales_and_a_muted_block_leaves_the_coarser_ones(run_lesson, out, note):
    walk = PanelPage(run_lesson("03_generator"), "latent_walk")
    before = walk.pixels("scales")
    walk.control("degrees").focus()
    found = walk.latencies(lambda: walk.page.keyboard.press("ArrowRight"))
    note(said("walk of 03, a slider to the next picture", found["draws"]))
    until(lambda: walk.pixels("scales") != before)
    there = walk.pixels("scales")
    walk.control("muted").select_option(index=2)
    until(lambda: walk.pixels("scales") != there)
    walk.screenshot(out / "03_generator_walk.png")
    assert walk.fits()
    assert walk.lesson.complaints() == []


def test_a_click_moves_the_patch_and_so_do_the_arrow_keys(run_lesson, out, note):
    patch = PanelPage(run_lesson("04_discriminator"), "patch_click")
    before = patch.pixels("seen")
    patch.canvas("seen").click(position={"x": 40, "y": 60})
    until(lambda: patch.pixels("seen") != before)
    there = patch.status
    found = patch.latencies(lambda: patch.page.keyboard.press("ArrowRight"), times=12)
    note(said("patch of 04, an arrow key to the next picture", found["draws"]))
    until(lambda: patch.status != there)
    patch.screenshot(out / "04_discriminator_patch.png")
    assert patch.fits()
    assert patch.lesson.complaints() == []
