"""msgan report on made-up runs, and every wrong call in one sentence."""

import html.parser
import re
import socket
from types import SimpleNamespace

import pytest
from made_runs import make_run, make_sweep
from tiny_lessons import write_lesson

from msgan_lessons.__main__ import main
from msgan_lessons.commands import with_grid_words
from msgan_lessons.runs import sweep


def parsed(page):
    found = {"tags": [], "text": []}
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found["tags"].append((tag, dict(attributes)))
    parser.handle_data = found["text"].append
    parser.feed(page)
    return found


def reported(capsys, *arguments):
    status = main(["report", *map(str, arguments)])
    return status, capsys.readouterr()


def test_a_report_holds_means_plots_every_run_and_what_is_the_same(tmp_path, capsys):
    results = [({"loss": x, "seed": s, "rate": 3}, s) for x in ("a", "b") for s in range(3)]
    make_sweep(tmp_path, results, threads=1)
    failed = {"failure": {"cell": 2, "line": "", "cause": "ValueError: no"}}
    make_run(tmp_path / "x", status="failed", metrics=failed, loss="a", seed=3)
    (make_run(tmp_path / "y", loss="a", seed=4) / "metrics.json").write_text("{")
    status, said = reported(capsys, tmp_path)
    assert (status, said.err) == (0, "")
    assert [line.split(": ")[0] for line in said.out.splitlines()] == ["written", "written"]
    html = (tmp_path / "table.html").read_text()
    page = parsed(html)
    text = " ".join(page["text"])
    assert "6 done · 1 failed · 1 damaged" in text
    assert "cell 2: ValueError: no" in text
    assert "metrics.json is damaged: it is not JSON" in text
    assert text.count("1.0 ± 2.5") == 2
    (image,) = [a for tag, a in page["tags"] if tag == "img"]
    assert image["alt"].startswith("frechet against loss, mean over seeds: loss=a: 1.0 ± 2.5")
    assert image["src"].startswith("data:image/png")
    assert sum(tag == "tr" for tag, _ in page["tags"]) == 3 + 9
    assert not re.search("http|<link", html)
    assert "prefers-color-scheme: dark" in html


def test_nothing_that_a_run_says_becomes_markup(tmp_path, capsys):
    evil = "<script>alert(1)</script>\"&'"
    failure = {"cell": 1, "line": evil, "cause": evil}
    metrics = {evil: 1, "failure": failure}
    for i, status in enumerate(("done", "failed", evil)):
        run = make_run(tmp_path / str(i), evil.replace("/", ""), status=status, metrics=metrics,
                       loss=evil + str(i), seed=i)  # fmt: skip
        assert run.exists()
    make_run(tmp_path / "4", evil.replace("/", ""), metrics={evil: 2}, loss=evil, seed=9)
    assert reported(capsys, tmp_path)[0] == 0
    page = (tmp_path / "table.html").read_text()
    assert page.count("<script") == page.count("</script") == 1
    assert "alert(1)" not in page[page.rindex("<script") :]
    own = {"html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "main",
           "article", "details", "summary", "ul", "li", "b", "span", "div", "table", "thead",
           "tbody", "tr", "th", "td", "figure", "img", "figcaption", "a", "dl", "dt", "dd",
           "script"}  # fmt: skip
    assert {tag for tag, _ in parsed(page)["tags"]} <= own


def test_other_folders_another_place_and_a_second_report(tmp_path, capsys):
    make_sweep(tmp_path / "a", [({"seed": 0, "rate": 3}, 1)])
    make_sweep(tmp_path / "b", [({"seed": 1, "rate": 3}, 2)])
    out = tmp_path / "new/report"
    told = [tmp_path / "a", tmp_path / "b", "--out", out, "--metric", "wall_seconds"]
    assert reported(capsys, *told)[0] == reported(capsys, *told)[0] == 0
    assert "../../a/point0/07_training" in (out / "table.csv").read_text()
    page = (out / "table.html").read_text()
    assert "wall_seconds, mean over seeds" in page
    assert "rate" in page[page.index("The same in all runs") :]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["{runs}", "--metric", "frechett"], "did you mean 'frechet'?"),
        (["{runs}/none"], "none is not a folder."),
        (["{empty}"], "holds no runs."),
        (["{runs}", "--out", "{mine}"], "table.html is there and is not a report; move it."),
        (["{runs}", "--out", "{yours}"], "table.csv is there and is not a report; move it."),
        ([], "Missing argument 'DIR...'."),
    ],
)
def test_a_wrong_report_is_refused_in_one_sentence(tmp_path, capsys, arguments, sentence):
    make_sweep(tmp_path / "runs", [({"seed": 0}, 1)])
    for name, file in (("empty", ""), ("mine", "table.html"), ("yours", "table.csv")):
        (tmp_path / name).mkdir()
        if file:
            (tmp_path / name / file).write_text("a,b")
    places = {name: tmp_path / name for name in ("runs", "empty", "mine", "yours")}
    status, said = reported(capsys, *(a.format(**places) for a in arguments))
    assert (status, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "spelled"),
    [
        ("7 --grid a=1 b=2 c=3", "7 --grid a=1 --grid b=2 --grid c=3"),
        ("--grid a=1 b=2 7", "--grid a=1 --grid b=2 7"),
        ("--grid=a=1 b=2", "--grid=a=1 --grid b=2"),
        ("--grid a=1 --grid b=2 c=3", "--grid a=1 --grid b=2 --grid c=3"),
        ("7 --grid a=1 -p b=2 --out c=3", "7 --grid a=1 -p b=2 --out c=3"),
        ("7 a=1", "7 a=1"),
        ("7 --grid a b=1", "7 --grid a b=1"),
    ],
)
def test_the_words_behind_grid_are_its_own(words, spelled):
    assert with_grid_words(words.split()) == spelled.split()


@pytest.mark.parametrize(
    ("call", "sentence"),
    [  # wrong grids: test_grid.py
        ("1", "--grid must name at least one parameter, got nothing."),
        ("1 --grid steps=1,x", "steps must be an int"),
        ("1 --grid steps=1 seed", "unexpected extra argument (seed)"),
        ("all --grid steps=1", "a sweep takes one lesson, got 'all'."),
        ("9 --grid steps=1", "lesson '9' is unknown"),
        ("1 --grid steps=1 --workers 0", "--workers must be an int from 1 to 4096, got 0."),
        ("1 --grid steps=1 --threads 5000", "--threads must be an int from 1 to 4096, got 5000."),
        ("1 --grid steps=1 --workers 2 --scheduler tcp://x:1", "--workers is for this machine"),
        ("1 --grid steps=1 --scheduler nonsense://x", "--scheduler must be an address as in tcp:"),
        ("1 --grid steps=1 --scheduler tcp://127.0.0.1:{port}", "cannot be reached within 1 s."),
    ],
)
def test_a_wrong_sweep_is_refused_in_one_sentence(tmp_path, monkeypatch, capsys, call, sentence):
    write_lesson(tmp_path / "nb", "01_good", "x = 1")
    write_lesson(tmp_path / "nb", "02_other", "x = 1")
    monkeypatch.setenv("MSGAN_NOTEBOOKS", str(tmp_path / "nb"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sweep, "CONNECT_SECONDS", 1)
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # a port where nobody listens
        status = main(["sweep", *call.format(port=held.getsockname()[1]).split()])
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("points", "gpus", "memory", "workers"),
    [(100, (), 2**36, 8), (3, (), 2**36, 3), (100, ("0", "1"), 2**36, 2), (100, (), 2**33, 4),
     (100, (), 0, 1)],
)  # fmt: skip
def test_workers_are_as_many_as_cores_gpus_and_memory_allow_and_no_more_than_points(
    monkeypatch, points, gpus, memory, workers
):
    monkeypatch.setattr(sweep, "usable_cores", lambda: 8)
    free = SimpleNamespace(available=memory)
    monkeypatch.setattr(sweep.psutil, "virtual_memory", lambda: free)
    assert sweep.default_workers(points, gpus) == workers


@pytest.mark.parametrize(("given", "workers", "threads"), [("", 2, 4), ("", 9, 1), ("3", 8, 3)])
def test_points_share_the_cores_unless_the_user_says_otherwise(
    monkeypatch, given, workers, threads
):
    monkeypatch.setattr(sweep, "usable_cores", lambda: 8)
    monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert sweep.threads_per_point(workers) == threads


@pytest.mark.parametrize(
    ("given", "count", "names"), [(None, 2, ("0", "1")), ("3,5", 2, ("3", "5")), ("", 0, ())]
)
def test_gpus_are_those_that_the_user_left_visible(monkeypatch, given, count, names):
    monkeypatch.setattr(sweep.torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(sweep.torch.cuda, "device_count", lambda: count)
    if given is None:
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    else:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert sweep.usable_gpus() == names
