"""The gallery's page: what each lesson drew, how long it took, which claims held."""

import html
import re
from collections.abc import Sequence
from urllib.parse import quote

from msgan_lessons.base.record import RunSummary
from msgan_lessons.runs.evaluation_rows import main_figures
from msgan_lessons.runs.report_style import STYLE

__all__ = ["MARK", "page"]

MARK = '<meta name="generator" content="msgan_lessons">'


def page(runs: Sequence[RunSummary], damaged: Sequence[str] = ()) -> str:
    """Write the gallery's page.

    Parameters
    ----------
    runs : sequence of RunSummary
        In the order in which they are shown.
    damaged : sequence of str
        Folders of runs whose files cannot be read.

    Returns
    -------
    str
        HTML.
    """
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
        rows, figure = main_figures(found), found["figure"]
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
