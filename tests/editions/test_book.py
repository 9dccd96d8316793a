"""The book: a static site of two lessons, and what is refused."""

import base64
import importlib.util
import json
import re
import zlib
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from msgan_lessons.__main__ import main
from msgan_lessons.editions import book as book_module
from msgan_lessons.editions.book import Call, lesson_page, played_call, player_files
from msgan_lessons.runs.lessons import choose_lessons, find_lessons
from msgan_lessons.runs.recordings import TRACES, recorded_trace

pytest.importorskip("sphinx_book_theme", reason="the extra 'book' is not installed")
LESSONS = ("01_the_game", "05_minimax")
PAGES = {*LESSONS, "index", "glossary", "data", "search"}


class Page(HTMLParser):
    """The parts of a page that are looked at: headings, links, resources, pictures, ids."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.links, self.resources, self.pictures, self.ids = [], [], [], [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids.add(values.get("id"))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "a":
            self.links.append(values.get("href", ""))
        elif tag == "img":
            self.pictures.append(values)
        if tag != "a":
            self.resources += [values[k] for k in ("src", "href", "srcset") if values.get(k)]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book") / "site"
    assert main(["book", str(folder), "05", "01"]) == 0
    return folder


@pytest.fixture(scope="module")
def pages(built):
    return {path.stem: Page(path.read_text("utf-8")) for path in built.glob("*.html")}


def test_a_book_holds_its_lessons_in_order_other_pages_and_words_to_search(built, pages):
    assert set(pages) == PAGES
    order = re.findall(r'href="(\d\d_\w+|glossary|data)\.html"', (built / "index.html").read_text())
    assert list(dict.fromkeys(order)) == [*LESSONS, "glossary", "data"]
    assert (built / ".msgan_export").is_file()
    assert not [path for path in built.parent.iterdir() if path != built]
    index = (built / "searchindex.js").read_text("utf-8")
    assert all(f'"{word}"' in index or f"{word}:" in index for word in ("manifold", "logsigmoid"))


def test_no_page_needs_anything_from_outside(built, pages):
    for page in pages.values():
        assert not [r for r in page.resources if re.match("(https?:)?//", r)]
    for path in built.rglob("*.css"):
        assert not re.search(r"(url\(|@import )\W?(https?:)?//", path.read_text("utf-8"))
    scripts = [r for page in pages.values() for r in page.resources if ".js" in r]
    assert not [r for r in scripts if re.search("mathjax|require", r, re.IGNORECASE)]


def test_links_lead_somewhere_and_headings_skip_no_rank(pages):
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or not (parts.path or parts.fragment):
                continue
            target = parts.path.removesuffix(".html") or name
            assert target in pages, f"{name}: {link}"
            assert not parts.fragment or unquote(parts.fragment) in pages[target].ids, link
        ranks = page.headings
        assert ranks[0] == 1, name
        assert ranks.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(ranks)), name


def test_formulas_are_mathml_with_numbers_and_columns_have_names(built):
    text = (built / "05_minimax.html").read_text("utf-8")
    assert text.count("<math ") > 20
    assert re.search(r'<div class="formula"><math .*?</math><span>\(3\)</span></div>', text, re.S)
    assert not re.search(r"\$\$|\\tag", text)
    assert "msgan run 05 -p NAME=VALUE" in re.sub("<[^>]*>", "", text)
    heads = re.findall("<th [^>]*>(.*?)</th>", (built / "data.html").read_text("utf-8"), re.S)
    assert heads
    assert all(re.sub("<[^>]*>", "", head).strip() for head in heads)


def test_figures_have_the_alt_texts_of_the_notebook(pages):
    for lesson in choose_lessons(LESSONS, find_lessons()):
        stored = lesson.path.read_text("utf-8")
        alts = [picture.get("alt") for picture in pages[lesson.name].pictures]
        assert stored.count("<figure") == len(alts) > 0
        assert all(alts)


def test_a_player_stands_around_its_static_picture(built):
    text = (built / "01_the_game.html").read_text("utf-8")
    found = re.findall(r'<div class="msgan-player" data-trace="(\w+)" data-caption="[^"]', text)
    assert found == ["collapse"]
    assert re.search(r'<div class="msgan-player"[^>]*><figure', text)
    assert "msgan-player" not in (built / "05_minimax.html").read_text("utf-8")
    names = {path.name for path in (built / "_static" / "players").iterdir()}
    assert names == {"panel.js", "collapse.js"}


@pytest.mark.parametrize("name", TRACES)
def test_a_players_file_holds_every_moment_and_the_rows_of_the_trace(name):
    text = player_files([name])[f"{name}.js"]
    trace, content = recorded_trace(name), json.loads(text.partition(" = ")[2].rstrip("\n;"))
    assert len(text) < 4_000_000
    assert len(content["steps"]) == len(content["status"]) == len(trace)
    for key, array in content["arrays"].items():
        packed = zlib.decompress(base64.b64decode(array["data"]))
        values = np.frombuffer(packed, array["type"]).reshape(len(trace), *array["shape"])
        assert np.array_equal(values[-1], trace.frame(-1)[key], equal_nan=True)
    shown = {view["name"] for view in content["panel"]["views"]}
    assert {key.partition(".")[0] for key in [*content["arrays"], *content["curves"]]} == shown
    if name == "collapse":
        rows = [row for row in trace.rows if row["d_loss"] is not None]
        curve = content["curves"]["losses.d_loss"]
        assert curve[::2] == [row["step"] for row in rows]
        assert curve[1::2] == pytest.approx([row["d_loss"] for row in rows], rel=1e-4)


def test_a_call_of_replay_is_read_and_not_executed():
    for opened in ('recorded_trace("collapse")', 'recordings.recorded_trace("collapse")'):
        source = f'trace = {opened}\nfilm = widgets.replay(trace, caption="Where?")'
        assert played_call(source) == Call("collapse", "Where?")
    for other in ("widgets.replay(trace)", 'recorded_trace("collapse")', "%time replay()"):
        assert played_call(other) is None


def test_links_to_lessons_that_are_left_out_become_words():
    lesson = choose_lessons(["00"], find_lessons())[0]
    text, played = lesson_page(lesson, {"00_start_here", "05_minimax"})
    assert "(05_minimax.ipynb)" in text
    assert "(01_the_game.ipynb)" not in text
    assert played == set()


def test_others_files_and_missing_packages_are_refused_in_a_sentence(tmp_path, capsys, monkeypatch):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["book", str(tmp_path), "05"]) == 2
    assert "DIR must be empty, new or an earlier export" in capsys.readouterr().err
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["book", str(tmp_path / "new"), "05"]) == 2
    said = capsys.readouterr().err
    assert "a book needs sphinx, myst_nb, sphinx_book_theme; install with: " in said
    assert "python -m pip install sphinx myst-nb sphinx-book-theme" in said
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_warning_of_sphinx_stops_the_book_and_keeps_the_earlier_one(tmp_path, monkeypatch):
    target = tmp_path / "site"
    target.mkdir()
    monkeypatch.setattr(book_module, "glossary_page", lambda: "# Glossary\n\n[](nowhere.md)\n")
    with pytest.raises(ValueError, match="the book could not be built; Sphinx warns: "):
        book_module.write_book(target, choose_lessons(["05"], find_lessons()))
    assert not list(target.iterdir())
    assert list(tmp_path.iterdir()) == [target]
