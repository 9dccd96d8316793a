import pytest
import torch
from seeded import images

from msgan_lessons.base.streams import Streams
from msgan_lessons.classroom import widgets
from msgan_lessons.classroom.widgets.panel import WIDGET_VIEW


@pytest.fixture(autouse=True)
def someone_is_there(monkeypatch):
    monkeypatch.delenv("MSGAN_HEADLESS", raising=False)


def pictures(level, count=30):
    """Images that nobody confuses: real ones are bright, generated ones are dark."""
    return (level + 0.1 + 0.1 * images(count, 1, 8, 8, seed=count)).clamp(-1, 1)


def new_game(rounds=20, **more):
    return widgets.real_or_fake(
        pictures(0.5), pictures(-0.7), Streams(0).fresh("game"), rounds, **more
    )


def play(game, answers):
    for real in answers:
        (game.real if real else game.fake).click()


def test_a_seed_deals_every_image_once_from_the_side_the_coin_chose():
    game, again = (new_game(rounds=30) for _ in range(2))
    assert game.shown.shape == (30, 1, 8, 8)
    assert torch.equal(game.shown.mean((1, 2, 3)) > 0, game.truth)
    assert len({image.numpy().tobytes() for image in game.shown}) == 30
    assert 5 < game.truth.sum() < 25
    assert torch.equal(game.shown, again.shown)
    assert torch.equal(game.machine, again.machine)


def test_nothing_is_told_before_the_end_and_the_end_tells_accuracy_interval_and_machine():
    game = new_game()
    answers = [*game.truth.tolist()[:14], *(~game.truth).tolist()[14:]]
    for number, answer in enumerate(answers, 1):
        assert f"Image {number} of 20" in game.status.value
        assert f'alt="Image {number} of 20"' in game.view.value
        assert "right" not in game.status.value
        play(game, [answer])
    assert game.right == 14
    assert "You: 14 of 20 right, 70% (48% to 85% at 95% confidence)." in game.status.value
    assert "The machine, on the same images: 20 of 20 right, 100%" in game.status.value
    assert game.real.disabled
    assert game.fake.disabled
    assert "sorted by truth and answer" in game.view.value
    play(game, [True])  # one too many changes nothing
    assert len(game.answers) == 20


def test_new_images_start_a_new_game():
    game = new_game(rounds=5)
    before = game.shown
    play(game, game.truth.tolist())
    game.again.click()
    assert "Image 1 of 5" in game.status.value
    assert not game.real.disabled
    assert not torch.equal(game.shown, before)
    play(game, game.truth.tolist())
    assert game.right == 5


def test_the_machine_judges_by_the_features_it_is_given():
    def blind(shown):
        return torch.arange(len(shown)).float()[:, None]  # a real and a generated row on each spot

    assert new_game().machine_right == 20
    assert new_game(features=blind).machine_right == 0  # each row's nearest is of the other kind


def test_without_a_front_end_a_sheet_stands_with_its_answers_hidden(monkeypatch):
    game = new_game(rounds=15)
    assert WIDGET_VIEW in game._repr_mimebundle_()
    monkeypatch.setenv("MSGAN_HEADLESS", "1")
    bundle = game._repr_mimebundle_()
    assert WIDGET_VIEW not in bundle
    sheet, answers = bundle["text/html"].split("<details>")
    assert "15 images in rows of 10" in sheet
    names = ["real" if truth else "generated" for truth in game.truth]
    assert f"<li>{', '.join(names[:10])}</li><li>{', '.join(names[10:])}</li>" in answers
    assert "The machine, on the same images: 15 of 15 right" in answers
    assert not any(name in bundle["text/plain"] for name in ("called", "machine"))


@pytest.mark.parametrize(
    ("count", "rounds", "sentence"),
    [
        (5, 4, r"same shape .* got \(4, 1, 8, 8\) and \(5, 1, 8, 8\)"),
        (4, 20, "rounds must be from 1 to the 4 images, got 20"),
        (4, 0, "got 0"),
    ],
)
def test_what_cannot_be_played_is_refused(count, rounds, sentence):
    with pytest.raises(ValueError, match=sentence):
        widgets.real_or_fake(pictures(0, 4), pictures(0, count), torch.Generator(), rounds)
