"""A guess in a student's JupyterLab: named for a screen reader, worked by keyboard, locked."""

import time

FOCUSED = "() => document.activeElement.value || document.activeElement.textContent"


def wait_for(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_guess_is_named_worked_by_keyboard_and_locked(run_lesson, out):
    lesson = run_lesson("05_minimax")
    page = lesson.page
    group = page.locator("fieldset.msgan-choice").first
    group.wait_for()
    question = group.locator("legend").inner_text()
    assert group.aria_snapshot().startswith(f'- group "{question}"')
    shown = page.get_by_text("Not shown yet: lock your guess")
    assert shown.count() == 1

    radios = group.locator("input")
    radios.first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")  # JupyterLab would move to another cell
    second = radios.nth(1).get_attribute("value")
    assert page.evaluate(FOCUSED) == second
    assert radios.nth(1).is_checked()
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Lock my guess"
    page.keyboard.press("Enter")
    wait_for(lambda: group.locator("[role=status]").inner_text() == f"Locked: {second}")
    assert radios.first.is_disabled()
    assert page.evaluate(FOCUSED) == f"Locked: {second}"  # the focus is not lost with the button
    group.screenshot(path=out / "guess.png")

    asked = "import msgan_lessons.classroom.guesses as g; print(g.locked_guess('05_minimax').guess)"
    assert lesson.ask(asked) == second
    told = lesson.ask("widgets.reveal('05_minimax', 'a', 'b.')")
    assert told == f"You guessed: {second}. Seen: a. b."
    assert lesson.complaints() == []
