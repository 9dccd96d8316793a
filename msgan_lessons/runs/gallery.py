"""The gallery runs/index.html: what each lesson drew, how long it took, which claims held."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from urllib.parse import quote

from msgan_lessons.base.pages import render
from msgan_lessons.base.record import PARAMS, RunSummary, read_run
from msgan_lessons.base.whole_files import write_whole
from msgan_lessons.runs.folder import INDEX, locked

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
    shown = [_shown(run) for run in runs]
    return render("gallery.html.j2", counts=counts, runs=shown, damaged=damaged)


def _shown(run: RunSummary) -> dict[str, object]:
    """What the page says of a run."""
    params, where, lesson = run.params, quote(run.folder.name), run.params["lesson"]
    facts = [
        "failed" if run.failed else "done",
        f"in {_time(run.seconds)}",
        f"preset {params.get('preset')}",
        f"on {params.get('device')}",
        f"started {str(params.get('started', ''))[:16].replace('T', ' ')} UTC",
    ]
    links = [
        (f"{where}/{quote(lesson + end)}", label)
        for end, label in ((".html", "Read the lesson as it ran"), (".ipynb", "The notebook"))
        if (run.folder / f"{lesson}{end}").exists()
    ]
    return {
        "name": run.folder.name, "heading": _heading(run), "failed": run.failed,
        "failure": run.metrics.get("failure") if run.failed else None,
        "question": params.get("question", ""), "document": params.get("document"),
        "facts": facts, "links": links, "checks": run.checks,
        "figures": [_figure(f"{where}/figures", figure) for figure in run.figures],
        **_evaluation(run, where),
    }  # fmt: skip


def _heading(run: RunSummary) -> str:
    failed = " (failed)" if run.failed else ""
    beside = re.search(r"\.(\d+)(\.failed)?$", run.folder.name)  # it ran while another one did
    again = f", run {beside[1]}" if beside else ""
    lesson = run.params["lesson"]
    number = lesson[:2] if lesson[:2].isdigit() else lesson
    return f"{number} · {run.params.get('title', '')}{again}{failed}"


def _figure(where: str, figure: Mapping) -> dict[str, str]:
    return {
        "src": f"{where}/{quote(figure['file'])}",
        "alt": figure["alt"],
        "caption": figure["caption"],
    }


def _evaluation(run: RunSummary, where: str) -> dict[str, object]:
    """What `msgan evaluate` found, if it was called and its files are whole."""
    try:
        found = run.metrics["evaluation"]
        scores, figure = score_rows(found), _figure(where, found["figure"])
        whole = (run.folder / found["figure"]["file"]).is_file()
    except (KeyError, TypeError, ValueError, AttributeError):
        return {"scores": [], "evaluation": None}
    return {"scores": scores, "evaluation": figure if whole else None}


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def write_gallery(out: Path) -> Path:
    """Write index.html anew from the runs that are there."""
    target = out / INDEX
    with locked(out, INDEX):  # else an older page of another process could come last
        folders = sorted(p for p in out.iterdir() if p.is_dir() and not p.name.startswith("."))
        found = {p.name: read_run(p) for p in folders if (p / PARAMS).is_file()}
        damaged = [name for name, run in found.items() if run is None]
        runs = [run for run in found.values() if run is not None]
        write_whole(target, page(runs, damaged).encode())
    return target
