"""How much do the tests catch? Small faults are put in one at a time, and the tests run on each.

    python -m benchmarks.mutants --out after.json                     # a sample, this checkout
    python -m benchmarks.mutants --root OTHER --out before.json       # another checkout
    python -m benchmarks.mutants --same before.json --out same.json   # the faults tried there

A mutant is known by its file, function, line, operator and count, and the sample is drawn by a
hash of these: two versions of the code get the same mutants wherever both have the line.
Each runs in a fork that serves the changed source of one module; what tests start as a process
of its own sees the code as it is. Only the quickest of the test files that name the module or
the function are asked, so 'survived' may also mean that a slow test would have seen it.
"""

import argparse
import ast
import contextlib
import gc
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

TARGETS = {  # the files, and how many mutants of each
    "pyramid": 16, "blocks": 10, "generator": 16, "discriminator": 18, "objective": 12,
    "losses": 24, "steps": 14, "training": 30, "task_game": 14, "family": 12,
    "metrics/checks": 8, "metrics/contest": 10, "metrics/distances": 14, "metrics/features": 14,
    "metrics/images": 12, "metrics/neighbours": 14, "metrics/scores": 14, "metrics/signals": 10,
    "classroom/exercises": 20, "classroom/answers": 12,
    "base/keeping": 22, "base/whole_files": 20, "runs/folder": 16, "runs/checkpoints": 6,
}  # fmt: skip
WARM = [
    "torch", "torchvision", "numpy", "scipy.stats", "scipy.linalg", "sklearn.neighbors",
    "matplotlib.pyplot", "PIL.Image", "safetensors.torch", "nbformat", "nbclient", "ipywidgets",
    "anywidget", "click", "pandas", "jinja2", "pytest", "torchmetrics.functional.image",
    "torch.utils.flop_counter", "torch._dynamo", "hypothesis.strategies", "_pytest.doctest",
]  # fmt: skip
LEFT_OUT = re.compile(r"docs|floors|safety|notebooks|benchmarks|processes|nbgrader|browser|book")
MOST_FILES = 5
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
PLUGINS = [f"-pno:{name}" for name in (
    "cacheprovider", "unraisableexception", "xdist", "nbval", "anyio", "pytest_cov",
)]  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "mean": "sum", "sum": "mean",
         "amin": "amax", "amax": "amin"}  # fmt: skip
BROKEN = "the trial itself failed: "
TIME = "time"  # what killed a mutant that did not come to an end


class Mutant(NamedTuple):
    """One fault: its key, and the bytes of the source that it replaces."""

    file: str
    function: str
    line: str
    operator: str
    count: int
    start: int
    end: int
    text: str

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """What names it in two versions of a file."""
        return self[:5]


def changes(node: ast.AST) -> Iterator[tuple[str, ast.AST, str]]:
    """Yield (operator, what is replaced, new text) of the faults that can be made at a node."""
    text = ast.unparse
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPS:
        other = ast.Compare(node.left, [SWAPS[type(node.ops[0])]()], node.comparators)
        yield "comparison", node, f"({text(other)})"
    if isinstance(node, ast.BinOp) and type(node.op) in SWAPS:
        other = ast.BinOp(node.left, SWAPS[type(node.op)](), node.right)
        yield "arithmetic", node, f"({text(other)})"
    if isinstance(node, ast.BoolOp):
        yield "and or", node, f"({text(ast.BoolOp(SWAPS[type(node.op)](), node.values))})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        yield "sign or not dropped", node, f"({text(node.operand)})"
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "truth", node, str(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield "constant", node, f"({node.value!r} + 1)"
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition", node.test, f"(not ({text(node.test)}))"
    if isinstance(node, ast.Return) and node.value and text(node.value) != "None":
        yield "return", node.value, "None"
    calls = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if calls or isinstance(node, ast.AugAssign | ast.Raise):
        yield "statement dropped", node, "pass"
    if isinstance(node, ast.Slice):
        low, high, step = node.lower, node.upper, node.step
        if low:
            yield "slice", node, text(ast.Slice(None, high, step))
        if high:
            yield "slice", node, text(ast.Slice(low, None, step))
    if isinstance(node, ast.Call):
        yield from _call_changes(node)


def _call_changes(node: ast.Call) -> Iterator[tuple[str, ast.AST, str]]:
    name = node.func
    if isinstance(name, ast.Name) and name.id in NAMES:
        yield "name", name, NAMES[name.id]
    if isinstance(name, ast.Attribute) and name.attr in NAMES:
        yield "name", name, f"({ast.unparse(name.value)}).{NAMES[name.attr]}"
    for i, keyword in enumerate(node.keywords):
        if keyword.arg:
            left = node.keywords[:i] + node.keywords[i + 1 :]
            yield "keyword dropped", node, ast.unparse(ast.Call(name, node.args, left))


def mutants(file: str, source: str) -> list[Mutant]:
    """Find all faults that can be made in a source; annotations, texts and errors are left."""
    lines = source.encode().splitlines(keepends=True)
    begins = [sum(map(len, lines[:i])) for i in range(len(lines))]
    found, seen = [], Counter()

    def visit(node: ast.AST, inside: str) -> None:
        for operator, old, text in changes(node):
            line = lines[old.lineno - 1].decode().strip()
            place = (file, inside, line, operator)
            start = begins[old.lineno - 1] + old.col_offset
            end = begins[old.end_lineno - 1] + old.end_col_offset
            found.append(Mutant(*place, seen[place], start, end, text))
            seen[place] += 1
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            inside = f"{inside}.{node.name}".strip(".")
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "exc") or isinstance(value, ast.JoinedStr):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                    visit(child, inside)

    visit(ast.parse(source), "")
    return found


def sample(root: Path, seed: int, share: float) -> list[Mutant]:
    """Draw the mutants of each file that come first by the hash of seed and key."""
    chosen = []
    for name, count in TARGETS.items():
        path = root / "msgan_lessons" / f"{name}.py"
        if path.exists():
            every = mutants(name, path.read_text("utf-8"))
            every.sort(key=lambda m: hashlib.sha256(f"{seed} {m.key}".encode()).digest())
            chosen += every[: max(1, round(count * share))]
    return sorted(chosen, key=lambda m: hashlib.sha256(f"{seed} {m.key}".encode()).digest())


class _Served(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: bytes) -> None:
        super().__init__(name, path)
        self.source = source

    def get_code(self, fullname: str) -> object:
        return self.source_to_code(self.source, self.path)


class _Finder(importlib.abc.MetaPathFinder):
    """Serve one module from a changed source."""

    def __init__(self, name: str, path: Path, source: bytes) -> None:
        self.name, self.path, self.source = name, str(path), source

    def find_spec(self, name: str, path: object = None, target: object = None) -> object:
        if name != self.name:
            return None
        loader = _Served(name, self.path, self.source)
        return importlib.util.spec_from_file_location(name, self.path, loader=loader)


class _Watch:
    """A plugin of pytest: the first test that failed."""

    failed = ""

    def pytest_runtest_logreport(self, report: object) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: object) -> None:
        if report.failed and not self.failed:
            self.failed = f"import: {report.nodeid}"


class Tests:
    """The test files of a checkout: which of them to ask, what they cost, and one trial."""

    def __init__(self, root: Path, most_seconds: float = 8) -> None:
        self.root, self.most_seconds = root, most_seconds
        paths = sorted((root / "tests").rglob("test_*.py"))
        names = {p: str(p.relative_to(root)) for p in paths}
        self.texts = {n: p.read_text("utf-8") for p, n in names.items() if not LEFT_OUT.search(n)}
        self.cost: dict[str, float | None] = {}  # None: it fails or is slow as it is

    def asked(self, mutant: Mutant) -> list[str]:
        """Return the quickest of the test files that name the module or what is changed in it."""
        module = mutant.file.replace("/", ".")
        parent, _, stem = f"msgan_lessons.{module}".rpartition(".")
        imports = re.compile(rf"{parent}\.{stem}\b|from {parent} import [^\n]*\b{stem}\b")
        top = mutant.function.split(".")[0]
        names = re.compile(rf"\b{top}\b") if top else None
        ranks = {}
        for name, text in self.texts.items():
            by_name = bool(names and not top.startswith("_") and names.search(text))
            rank = 2 * by_name + bool(imports.search(text)) + (stem in Path(name).stem)
            if rank:
                ranks[name] = rank
        first = sorted(ranks, key=lambda name: (-ranks[name], len(self.texts[name])))[:MOST_FILES]
        found, together = [], 0.0
        for name in (f"msgan_lessons/{mutant.file}.py", *first):
            seconds = self.seconds(name)
            if seconds is not None and together + seconds <= 1.5 * self.most_seconds:
                found.append(name)
                together += seconds
        return sorted(found, key=lambda name: (-ranks.get(name, 9), self.cost[name]))

    def seconds(self, name: str) -> float | None:
        """Run a file on the code as it is, once; None if it fails or takes too long."""
        if name not in self.cost:
            failed, used = self.trial([name], {name: self.most_seconds})
            self.cost[name] = None if failed else used
            print(f"    {name}: {used:.1f} s {failed}", flush=True)
        return self.cost[name]

    def trial(
        self, names: list[str], limits: dict[str, float], mutant: Mutant | None = None
    ) -> tuple[str, float]:
        """Run test files in a fork, within seconds of a processor: (what failed, seconds)."""
        temp = Path(tempfile.mkdtemp(prefix="mutant_"))
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _be_the_child(self.root, names, limits, mutant, temp, writing)
        os.close(writing)
        status, used = _waited(child)
        with os.fdopen(reading) as pipe:
            said = pipe.read()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what a test may have left running
        shutil.rmtree(temp, ignore_errors=True)
        return (TIME if status and not said else said.strip()), used


def _waited(child: int) -> tuple[int, float]:
    """Wait for a fork's end, or kill it after four minutes in which it did not work at all."""
    used, since = 0.0, time.monotonic()
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            return status, usage.ru_utime + usage.ru_stime
        with contextlib.suppress(psutil.NoSuchProcess):
            now = sum(psutil.Process(child).cpu_times()[:2])
            if now > used:
                used, since = now, time.monotonic()
        if time.monotonic() - since > 240:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.05)


def _be_the_child(root, names, limits, mutant, temp, writing) -> None:
    try:
        os.setsid()
        log = os.open(temp / "log", os.O_CREAT | os.O_WRONLY)
        os.dup2(log, 1)
        os.dup2(log, 2)
        if mutant:
            path = root / "msgan_lessons" / f"{mutant.file}.py"
            old = path.read_bytes()
            new = old[: mutant.start] + mutant.text.encode() + old[mutant.end :]
            name = f"msgan_lessons.{mutant.file.replace('/', '.')}"
            sys.meta_path.insert(0, _Finder(name, path, new))
        os.write(writing, _first_failure(names, limits, temp).encode())
    except BaseException as error:
        os.write(writing, f"{BROKEN}{error!r}".encode())
    finally:
        os._exit(0)


def _first_failure(names: list[str], limits: dict[str, float], temp: Path) -> str:
    import pytest

    for i, name in enumerate(names):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        most = int(usage.ru_utime + usage.ru_stime + limits[name]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        watch = _Watch()
        options = ["-x", "-q", "--assert=plain", "--doctest-modules", "-o", "addopts=", *PLUGINS]
        code = pytest.main([*options, f"--basetemp={temp}/{i}", name], plugins=[watch])
        if watch.failed or code not in (0, 5):  # 5: a module without doctests
            return watch.failed or f"{name} ended with {code}"
    return ""


def main() -> int:
    """Try a sample of mutants and write who killed each; a run that was stopped goes on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--same", type=Path, help="only the mutants of this earlier result")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants of each file")
    parser.add_argument("--seconds", type=float, default=8, help="a slower test file is left out")
    parser.add_argument("--only", default="", help="mutants of files whose name holds this word")
    given = parser.parse_args()
    root, out = given.root.resolve(), given.out.resolve()
    before = {}
    if given.same:
        before = {tuple(x["key"]): x["killed_by"] for x in json.loads(given.same.read_text())}
    sys.path[:] = [str(root), *(p for p in sys.path if p not in ("", str(root)))]
    os.chdir(root)
    os.environ.update(OMP_NUM_THREADS="1", PYTHONPATH=str(root), MSGAN_HEADLESS="1")
    for name in WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _step_once()
    gc.freeze()
    chosen = _the_same(root, before) if given.same else sample(root, given.seed, given.share)
    results = json.loads(out.read_text()) if out.exists() else []
    done = {tuple(result["key"]) for result in results}
    tests = Tests(root, given.seconds)
    for mutant in chosen:
        if mutant.key in done or given.only not in mutant.file:
            continue
        names = tests.asked(mutant)
        limits = {name: 4 * tests.cost[name] + 8 for name in names}
        killer, seconds = tests.trial(names, limits, mutant)
        if killer.startswith(BROKEN):
            raise RuntimeError(killer)
        results.append({
            "key": mutant.key, "text": mutant.text, "killed_by": killer, "asked": names,
            "seconds": round(seconds, 1),
        })  # fmt: skip
        out.write_text(json.dumps(results, indent=1))
        print(f"{len(results)}/{len(chosen)} {killer or 'SURVIVED'}: {mutant.key}", flush=True)
    print(summary(results, before))
    return 0


def _step_once() -> None:
    """Let torch load what it loads at its first step, so that every fork has it."""
    import torch

    layer = torch.nn.Conv2d(1, 1, 3)
    layer(torch.zeros(1, 1, 8, 8)).sum().backward()
    torch.optim.Adam(layer.parameters()).step()


def _the_same(root: Path, before: dict) -> list[Mutant]:
    """Find the mutants of an earlier result: by the whole key, or by all but the file's name."""
    every = []
    for name in TARGETS:
        path = root / "msgan_lessons" / f"{name}.py"
        if path.exists():
            every += mutants(name, path.read_text("utf-8"))
    whole = {mutant.key: mutant for mutant in every}
    moved = {mutant.key[1:]: mutant for mutant in every}
    return [m for key in before if (m := whole.get(key) or moved.get(key[1:]))]


def summary(results: list[dict], before: dict) -> str:
    """Count the killed by file; with an earlier result, of the same mutants then and now."""
    then = {key[1:]: bool(killer) for key, killer in before.items()}
    lines = []
    for file in [*dict.fromkeys(r["key"][0] for r in results), ""]:
        mine = [r for r in results if file in ("", r["key"][0])]
        killed = sum(bool(r["killed_by"]) for r in mine)
        was = f" (before: {sum(then[tuple(r['key'][1:])] for r in mine)})" if before else ""
        lines.append(f"{file or 'all'}: {killed} of {len(mine)} killed{was}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
