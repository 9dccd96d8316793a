"""The gallery runs/index.html: what each lesson drew, how long it took, which claims held."""

import html
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from urllib.parse import quote

from msgan_lessons.base.record import PARAMS, RunSummary, read_run
from msgan_lessons.runs.slots import locked

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #f6f7f9;
  --card: #ffffff; --line: #d5dae0; --link: #0a5a94; --good: #00704f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #a5afba; --paper: #14171b;
  --card: #1d2127; --line: #363d46; --link: #7cc0f0; --good: #4fd0a5; --bad: #ff8f85; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
header, main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 1rem 0 0.3rem; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 0 0 0.3rem; }
p { margin: 0.3rem 0; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; padding: 0; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem 1.2rem; margin: 0 0 1.2rem; overflow-wrap: anywhere; }
article.failed { border-left: 6px solid var(--bad); }
.meta, figcaption { color: var(--soft); font-size: 0.92rem; }
.cause { color: var(--bad); }
.links a { display: inline-block; margin-right: 1.2rem; }
.figures { display: grid; gap: 1rem; margin: 0.8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
.figures:empty { display: none; }
figure { margin: 0; }
img { display: block; width: 100%; max-width: 46rem; height: auto; background: #ffffff;
  border: 1px solid var(--line); border-radius: 6px; }
details ul { padding-left: 1.1rem; margin: 0.4rem 0; }
summary { cursor: pointer; }
li.holds b { color: var(--good); }
li.fails b { color: var(--bad); }
code { font: 0.92em ui-monospace, "DejaVu Sans Mono", Consolas, monospace; }
@media print { article { break-inside: avoid; } nav { display: none; } }
"""


HEADINGS = ("", "G", "real", "better")
PLAIN = {  # key in the scores: name, which way is better
    "frechet": ("Fréchet distance, classifier", "lower"),
    "precision": ("precision", "higher"),
    "recall": ("recall", "higher"),
    "coverage": ("coverage", "higher"),
    "ms_ssim": ("MS-SSIM between pairs", "like real"),
}


def score_rows(evaluation: Mapping) -> list[tuple[str, str, str, str]]:
    """Return an evaluation's rows: name, figure of G, of real against real, which way is better."""
    fake, real = evaluation["scores"], evaluation["noise_floor"]["mean"]
    rows = [
        (name, _short(fake[key]), _short(real[key]), better)
        for key, (name, better) in PLAIN.items()
        if key in fake and key in real  # an older evaluation knows fewer
    ]
    bands = [_short(fmean(scores["swd"].values())) for scores in (fake, real)]
    rows.insert(1, ("sliced Wasserstein, mean of bands", *bands, "lower"))
    if "modes" in fake:
        n_classes = len(fake["class_counts"])
        modes = f"{fake['modes']} of {n_classes}"
        rows.append(("classes drawn", modes, f"{real['modes']:.0f} of {n_classes}", "higher"))
        rows.append(("KL of classes, nats", _short(fake["mode_kl"]), _short(real["mode_kl"]),
                     "lower"))  # fmt: skip
    if "nearest" in fake:
        distances = fake["nearest"]
        rows.append(("to nearest training image", _short(distances["fake"]),
                     _short(distances["real"]), "like real"))  # fmt: skip
    if "consistency" in fake:
        worst = max(fake["consistency"].values())
        rows.append(("scales disagree by, RMS", _short(worst), "0", "lower"))
    return rows


def remarks(evaluation: Mapping) -> list[str]:
    """Say what was compared with what, one sentence each."""
    count, floor = evaluation["scores"]["count"], evaluation["noise_floor"]["count"]
    part = "test images" if evaluation["split"] == "test" else "images"
    size = "x".join([str(evaluation["resolution"])] * 2)
    lines = [
        f"G: {count['fake']:,} images against {count['real']:,} {part} of {evaluation['data']} "
        f"at {size}; real: {floor:,} of these against {floor:,} others."
    ]
    if floor != count["fake"]:
        lines.append("Figures at different counts differ by that alone: compare with care.")
    if not evaluation["features_fit"]:
        lines.append(
            "The features are those of a classifier of Fashion-MNIST, which never saw such "
            "images: compare runs on the same data alone."
        )
    if evaluation["skipped"]:
        lines.append(f"Left out, because they cannot be read: {len(evaluation['skipped'])} files.")
    return lines


def _short(value: float | None) -> str:
    """Three digits that mean something."""
    if value is None:
        return "-"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


MARK = '<meta name="generator" content="msgan_lessons">'


def page(runs: Sequence[RunSummary], damaged: Sequence[str] = ()) -> str:
    """Return the gallery's page as HTML: runs in this order, and folders that cannot be read."""
    failed = sum(run.failed for run in runs)
    checks = [check for run in runs for check in run.checks]
    counts = [
        f"{len(runs) - failed} lesson{'' if len(runs) - failed == 1 else 's'} done",
        *([f"{failed} failed"] if failed else []),
        f"{sum(c['holds'] for c in checks)} of {len(checks)} checks hold",
        f"{_time(sum(run.seconds for run in runs))} in all",
    ]
    contents = "".join(
        f'<li><a href="#{_text(run.folder.name)}">{_text(_heading(run))}</a></li>' for run in runs
    )
    body = "".join(map(_article, runs)) or "<p>No lesson has run here yet.</p>"
    body += "".join(f'<p class="cause">{_text(name)} is damaged.</p>' for name in damaged)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">{MARK}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Multi-scale GANs: the lessons as they ran</title><style>{STYLE}</style></head>
<body><header><h1>Multi-scale GANs: the lessons as they ran</h1>
<p class="meta">{" · ".join(counts)}</p><nav aria-label="Lessons"><ul>{contents}</ul></nav></header>
<main>{body}</main></body></html>
"""


def _article(run: RunSummary) -> str:
    params, where = run.params, quote(run.folder.name)
    facts = [
        "failed" if run.failed else "done",
        f"in {_time(run.seconds)}",
        f"preset {params.get('preset')}",
        f"on {params.get('device')}",
        f"started {str(params.get('started', ''))[:16].replace('T', ' ')} UTC",
    ]
    links = [
        f'<a href="{where}/{quote(params["lesson"] + end)}">{label}</a>'
        for end, label in ((".html", "Read the lesson as it ran"), (".ipynb", "The notebook"))
        if (run.folder / f"{params['lesson']}{end}").exists()
    ]
    document = f" Document: {params['document']}." if params.get("document") else ""
    return f"""
<article id="{_text(run.folder.name)}"{' class="failed"' if run.failed else ""}>
<h2>{_text(_heading(run))}</h2>
<p>{_text(params.get("question", ""))}</p>
<p class="meta">{_text(" · ".join(facts))}.{_text(document)}</p>
{_cause(run)}<p class="links">{" ".join(links)}</p>
<div class="figures">{"".join(_figure(f"{where}/figures", f) for f in run.figures)}</div>
{_evaluation(run, where)}{_checks(run.checks)}</article>"""


def _heading(run: RunSummary) -> str:
    failed = " (failed)" if run.failed else ""
    beside = re.search(r"\.(\d+)(\.failed)?$", run.folder.name)  # it ran while another one did
    again = f", run {beside[1]}" if beside else ""
    lesson = run.params["lesson"]
    number = lesson[:2] if lesson[:2].isdigit() else lesson
    return f"{number} · {run.params.get('title', '')}{again}{failed}"


def _cause(run: RunSummary) -> str:
    failure = run.metrics.get("failure")
    if not run.failed or not failure:
        return ""
    line = f", <code>{_text(failure['line'])}</code>" if failure["line"] else ""
    cell = f"Cell {failure['cell']}{line}: " if failure["cell"] else ""
    return f'<p class="cause">{cell}{_text(failure["cause"])}</p>\n'


def _figure(where: str, figure: dict) -> str:
    source = f"{where}/{quote(figure['file'])}"
    image = f'<img loading="lazy" src="{source}" alt="{_text(figure["alt"])}">'
    return (
        f'<figure><a href="{source}">{image}</a>'
        f"<figcaption>{_text(figure['caption'])}</figcaption></figure>"
    )


def _evaluation(run: RunSummary, where: str) -> str:
    """Show what `msgan evaluate` found, if it was called and its files are whole."""
    try:
        found = run.metrics["evaluation"]
        rows, figure = score_rows(found), found["figure"]
        picture = _figure(where, figure) if (run.folder / figure["file"]).is_file() else ""
    except (KeyError, TypeError, ValueError, AttributeError):
        return ""
    figures = " · ".join(f"{name} {fake} (real {real})" for name, fake, real, _ in rows)
    return f"""<h3>How good is G</h3>
<p class="meta">{_text(figures)}</p><div class="figures">{picture}</div>
"""


def _checks(checks: list[dict]) -> str:
    if not checks:
        return '<p class="meta">No checks.</p>'
    held = sum(c["holds"] for c in checks)
    items = "".join(
        f'<li class="{word}"><b>{word}</b> {_text(c["claim"])}</li>'
        for c in checks
        for word in ["holds" if c["holds"] else "fails"]
    )
    opened = "" if held == len(checks) else " open"
    summary = f"{held} of {len(checks)} checks hold"
    return f"<details{opened}><summary>{summary}</summary><ul>{items}</ul></details>"


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _text(text: object) -> str:
    return html.escape(str(text), quote=True)


INDEX = "index.html"


def write_gallery(out: Path) -> Path:
    """Write index.html anew from the runs that are there."""
    target, temporary = out / INDEX, out / f".{INDEX}.partial"
    with locked(out, INDEX):  # else an older page of another process could come last
        folders = sorted(p for p in out.iterdir() if p.is_dir() and not p.name.startswith("."))
        found = {p.name: read_run(p) for p in folders if (p / PARAMS).is_file()}
        damaged = [name for name, run in found.items() if run is None]
        runs = [run for run in found.values() if run is not None]
        temporary.write_text(page(runs, damaged), "utf-8")
        os.replace(temporary, target)
    return target


def is_gallery(path: Path) -> bool:
    """Tell whether a file is a gallery that `write_gallery` made."""
    try:
        return MARK in path.read_text("utf-8")[:1000]
    except (OSError, ValueError):
        return False
