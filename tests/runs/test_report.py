import html.parser
import json
import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from tiny_lessons import write_lesson

from msgan_lessons.base.pages import is_ours
from msgan_lessons.base.record import Run, read_run
from msgan_lessons.runs.gallery import write_gallery
from msgan_lessons.runs.html import WIDGET_VIEW, export_html, formula_to_mathml


def make_run(out, name, *, held=True, **metrics):
    folder = out / name
    folder.mkdir(parents=True)
    lesson = name.removesuffix(".failed")
    params = {"lesson": lesson, "title": "A <b> title", "question": "Why & how?", "preset": "smoke"}
    (folder / "params.json").write_text(json.dumps({**params, "device": "cpu"}))
    run = Run(folder)
    run.figure(b"png", 'a "dot"', "Look & see.")
    run.checked("one < two", held)
    run.metrics(**{"status": "done", "wall_seconds": 61.2, **metrics})
    (folder / f"{lesson}.html").write_text("")
    (folder / f"{lesson}.ipynb").write_text("")
    return folder


def tags(page):
    found = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(page)
    return found


def test_the_gallery_shows_each_run_with_its_files_and_needs_nothing_from_elsewhere(tmp_path):
    make_run(tmp_path, "05_minimax")
    failure = {"cell": 4, "line": "a < b", "cause": "ValueError: no"}
    make_run(tmp_path, "06_losses.failed", held=False, status="failed", failure=failure)
    page = write_gallery(tmp_path).read_text()
    for text in ("05 · A &lt;b&gt; title", "1 min 1 s", "preset smoke", "1 of 1 checks hold"):
        assert text in page
    assert "Cell 4, <code>a &lt; b</code>: ValueError: no" in page
    assert "<details open>" in page
    assert "0 of 1 checks hold" in page
    image = next(a for t, a in tags(page) if t == "img")
    assert (image["src"], image["alt"]) == ("05_minimax/figures/01.png", 'a "dot"')
    named = [a.get("src") or a.get("href") for _, a in tags(page)]
    files = [name for name in named if name and name[0] != "#"]
    assert {"05_minimax/05_minimax.html", "05_minimax/05_minimax.ipynb"} <= {*files}
    assert len(files) == 8
    assert all((tmp_path / name).is_file() for name in files)
    assert not re.search("http|<script", page)
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page


EVALUATION = {
    "scores": {"frechet": 17.9, "precision": 0.658, "recall": 0.2, "coverage": 0.4,
               "ms_ssim": 0.1, "swd": {"4": 0.02, "8": 0.04}},
    "figure": {"file": "evaluation.png", "alt": "Twelve <garments>", "caption": "Compare."},
}  # fmt: skip
EVALUATION["noise_floor"] = {"mean": EVALUATION["scores"]}


def test_the_gallery_shows_the_evaluation_of_a_run_unless_it_is_damaged(tmp_path):
    folder = make_run(tmp_path, "07_training", evaluation=EVALUATION)
    page = write_gallery(tmp_path).read_text()
    assert "How good is G" in page
    assert "Fréchet distance, classifier 17.9 (real 17.9)" in page
    assert "evaluation.png" not in page  # the file is not there
    (folder / "evaluation.png").write_bytes(b"png")
    image = [a for t, a in tags(write_gallery(tmp_path).read_text()) if t == "img"][-1]
    assert (image["src"], image["alt"]) == ("07_training/evaluation.png", "Twelve <garments>")
    for damaged in (None, [], {}, {**EVALUATION, "scores": None}):
        Run(folder).metrics(evaluation=damaged)
        page = write_gallery(tmp_path).read_text()
        assert "07 · A &lt;b&gt; title" in page
        assert "How good is G" not in page


def test_what_is_not_a_run_is_left_out_and_a_damaged_one_is_named(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "index.html").write_text("<html>mine</html>")
    assert not is_ours(tmp_path / "index.html")
    assert not is_ours(tmp_path)
    make_run(tmp_path, ".05_minimax.partial")
    (make_run(tmp_path, "06_losses") / "metrics.json").write_text("{")
    assert read_run(tmp_path / "06_losses") is None
    assert "No lesson has run here yet" in write_gallery(tmp_path).read_text()
    assert is_ours(tmp_path / "index.html")
    make_run(tmp_path, "05_minimax")
    page = write_gallery(tmp_path).read_text()
    assert "06_losses is damaged." in page
    assert "1 lesson done" in page


def test_the_html_of_a_lesson_loads_nothing_and_holds_its_formulas(tmp_path):
    lesson = write_lesson(tmp_path / "nb", "01_good")
    page = export_html(lesson, tmp_path / "a.html").read_text()
    assert not [t for t in tags(page) if t[0] in ("script", "link", "iframe")]
    assert not re.findall(r"@import|url\(['\"]?http", page)
    assert not [a for _, a in tags(page) if str(a.get("src", "")).startswith("http")]
    assert sum(t == "math" for t, _ in tags(page)) == 2
    assert "<span>(1)</span>" in page


def test_the_static_twin_is_shown_where_a_widget_was(tmp_path):
    data = {WIDGET_VIEW: {"model_id": "0", "version_major": 2}, "text/html": "<em>the twin</em>"}
    cell = new_code_cell("x", outputs=[new_output("display_data", data)])
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "a.ipynb")
    page = export_html(tmp_path / "a.ipynb", tmp_path / "a.html").read_text()
    assert "<em>the twin</em>" in page
    assert WIDGET_VIEW not in page


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\min_G V", "<munder><mo>min</mo><mi>G</mi></munder>"),
        (r"x \sim p", "<mo>&#x0223C;</mo>"),
        (r"\begin{aligned} a &= b \end{aligned}", "<mtable"),
        (r"a < b", 'alttext="a &lt; b"'),
        (r"\log^2 D", "<msup><mi>log</mi><mn>2</mn></msup>"),
    ],
)
def test_formulas_become_mathml(latex, expected):
    assert expected in formula_to_mathml(latex, display=True)
    unreadable = r"\left( a"
    assert formula_to_mathml(unreadable, display=False) == rf"<code>{unreadable}</code>"
