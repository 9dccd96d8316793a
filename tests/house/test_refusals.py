"""One law for every refusal: a sentence that names the argument, what is allowed, what came."""

import re

import pytest

from benchmarks import fingerprints as wrong

LAW = re.compile(  # name, what is allowed, value; or a name and value, and why not
    r"[A-Za-z_][\w ]*(=\S+)? must \S.*, got .+\.|[a-z][\w ]* \d[\w ]* (must|cannot) \S.*\."
    r"|\w+ must stay as it is while the game goes on; start it anew\."
)
OTHERS = {  # what a file, a download or a click of the mouse lacks, said in their own words
    "plane target=1": "first, with the mouse.",
    **dict.fromkeys(["plane plane=5", "plane plane=6"], "must be two numbers."),
    "js negative": "must be finite and >= 0 everywhere.",
    "classifier": "restore it with: git checkout",
    "shipped": "restore it with: git checkout",
    "data cifar10": "download it with: msgan download cifar10",
    "data celeba": "download it with: msgan download celeba",
    "data folder": "it holds no images",
    "clips folder": "it holds no clips; it needs",
    "speech folder": "it must hold at least two sound files",
    **dict.fromkeys(["data folder:/no", "clips gone", "speech gone"], "there is no such folder."),
}
RIGHT = re.compile(  # not refused: fewer rows on one side, a loss that the game checks, ...
    r"\w+ shape|nearest (k=10|one)|connected 16|TrainConfig loss=.*|plane latent_dim=12"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("wrong")
        patch.setattr(wrong, "PLACE", folder)
        patch.setenv("MSGAN_DOWNLOADS", str(folder / "none"))
        yield folder


@pytest.mark.parametrize("table", ["networks_refused", "games_refused", "data_refused"])
def test_every_wrong_call_is_refused_in_a_sentence_with_name_rule_and_value(place, table):
    calls = getattr(wrong, table)()
    assert len(calls) > 50
    broken = {}
    for name, call in calls.items():
        try:
            said = "" if RIGHT.fullmatch(name) else (call(), "taken")[1]
        except (TypeError, ValueError, FileNotFoundError) as error:
            text = str(error)
            holds = OTHERS[name] in text if name in OTHERS else LAW.fullmatch(text)
            said = "" if holds and text.isprintable() and len(text) < 500 else text
        if said:
            broken[name] = said
    assert broken == {}
