"""What is public is described; what is named exists; the README knows every lesson."""

import ast
import importlib
import inspect
import io
import json
import os
import pkgutil
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import msgan_lessons
from msgan_lessons.__main__ import cli
from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.editions import EDITIONS

ROOT = Path(__file__).parents[2]
LESSONS = sorted(p.stem for p in notebooks_folder().glob("[0-9]*.ipynb"))
NAMES = [m.name for m in pkgutil.walk_packages(msgan_lessons.__path__, "msgan_lessons.")]
NAMES = [n for n in NAMES if not n.endswith("__main__")]


def used(source: str) -> set[str]:
    """The names of the package that Python code uses, from 'msgan_lessons.' on."""
    tree = ast.parse(re.sub(r"^\s*[%!].*", "", source, flags=re.M))  # without Jupyter's magics
    known = {}
    for node in ast.walk(tree):
        home = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        if isinstance(node, ast.Import | ast.ImportFrom):
            known |= {a.asname or a.name: home + a.name for a in node.names}

    def dotted(node: ast.AST) -> str:
        if isinstance(node, ast.Attribute) and (home := dotted(node.value)):
            return f"{home}.{node.attr}"
        return known.get(node.id, "") if isinstance(node, ast.Name) else ""

    found = set(known.values()) | {dotted(node) for node in ast.walk(tree)}
    return {name for name in found if name.startswith("msgan_lessons.")}


def told(text: str) -> set[str]:
    """The names that a text's inline code tells, such as `losses.LOSSES` and `Game(...)`."""
    found = set()
    for code in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text):
        name = re.match(r"[A-Za-z_][\w.]*\b(?!/|\.py\b)", code)
        home, _, key = name[0].rpartition(".") if name else ("", "", "")
        home = home and f".{home}"
        if home or not key.islower() or code[len(key) :].startswith("("):
            places = {m: vars(importlib.import_module(m)) for m in NAMES if f".{m}".endswith(home)}
            found |= {f"{m}.{key}" for m, held in places.items() if key in held
                      and getattr(held[key], "__module__", m) == m}  # fmt: skip
    return found


def thing(name: str) -> object:
    """What a dotted name means: something that a module holds, or else a module."""
    home, _, key = name.rpartition(".")
    if home and hasattr(thing(home), key):
        return getattr(thing(home), key)
    if home and name not in NAMES:
        raise AttributeError(f"{home} has no {key}")
    return importlib.import_module(name)


def faces() -> Iterator[str]:
    for name in NAMES:
        module = importlib.import_module(name)
        if hasattr(module, "__path__"):
            yield from (f"{name}.{key}" for key in getattr(module, "__all__", []))


def shown() -> dict[str, str]:
    """Every name that is public, and who names it: a face, a notebook, README or CONTRIBUTING."""
    found = dict.fromkeys(faces(), "its folder")
    for path in sorted(notebooks_folder().glob("[0-9]*.ipynb")):
        cells = json.loads(path.read_text())["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        found |= dict.fromkeys(used("\n".join(code)), path.name)
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text()
        for block in re.findall(r"^```python\n(.*?)^```", text, re.M | re.S):
            found |= dict.fromkeys(used(block), name)
        found |= dict.fromkeys(told(text), name)
    return found


def public() -> dict[str, object]:
    """The functions and classes of the package that are public, by the module that holds them."""
    found = {}
    for name in shown():
        try:
            value = thing(name)
        except AttributeError:  # the test of what is there says so
            continue
        home = getattr(value, "__module__", None) or ""
        if home in NAMES and getattr(value, "__qualname__", ".").isidentifier():  # no method
            found[f"{home}:{value.__qualname__}"] = value
    return found


def faults(value: object) -> list[str]:
    """What the docstring of a public function or class leaves out."""
    doc = inspect.getdoc(value) or ""
    target = value.__init__ if inspect.isclass(value) else value
    wanted = set(inspect.signature(target).parameters) - {"self", "include", "exclude", "caption"}
    found = [
        f"{name} is not described"
        for name in sorted(wanted)
        if not re.search(rf"^\*?\*?{name}\b|[,*] ?{name}\b.* :|, {name}\n", doc, re.M)
    ]
    if wanted and "Parameters\n" not in doc:
        found.append("there is no section Parameters")
    if re.search(r"\bas for\b", doc, re.I):  # where others have said it
        found = []
    source = inspect.getsource(value)
    if inspect.isclass(value):  # of its methods the constructor alone
        source = re.sub(r"\n    def (?!__init__)(.|\n)*?(?=\n    def |\Z)", "", source)
    if re.search(r"^\s+raise \w", source, re.M) and "Raises\n" not in doc:
        found.append("it raises and does not say so")
    return found if doc else ["it has no docstring"]


def unsaid(name: str, source: str) -> list[str]:
    """What of a module, itself included, has no docstring that begins with a sentence."""
    tree = ast.parse(source)
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    open_ones = [n for n in tree.body if isinstance(n, kinds) and not n.name.startswith("_")]
    firsts = {f"{name}:{n.name}": (ast.get_docstring(n) or "").split("\n")[0] for n in open_ones}
    firsts[name] = (ast.get_docstring(tree) or "").split("\n")[0]
    return [name for name, first in firsts.items() if not re.fullmatch(r".*\S \S.*[.?!]", first)]


def test_every_public_thing_has_its_parameters_and_errors_described():
    found = {name: faults(value) for name, value in public().items()}
    assert len(found) > 200
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_everything_else_says_in_a_sentence_what_it_is():
    sources = {name: inspect.getsource(importlib.import_module(name)) for name in NAMES}
    assert [line for name, source in sources.items() for line in unsaid(name, source)] == []


def test_what_faces_notebooks_readme_and_contributing_name_is_there():
    missing = []
    for name, where in shown().items():
        try:
            thing(name)
        except AttributeError:
            missing.append(f"{name}, named by {where}")
    assert missing == []


QUOTED = {  # the document's, which do not exist, and a library's
    "binary_crossentropy", "discriminator.step", "interact", "nz",
}  # fmt: skip


def cells(kind: str) -> Iterator[str]:
    for path in sorted(notebooks_folder().glob("[0-9]*.ipynb")):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == kind:
                yield "".join(cell["source"])


def words_of_code(sources: Iterator[str]) -> set[str]:
    """What is a name in code, and the words of its short strings, such as keys."""
    found = set()
    for source in sources:
        code = re.sub(r"^[%!].*", "", source, flags=re.M)
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            short = token.type == tokenize.STRING and len(token.string) < 60
            found |= set(re.findall(r"\w+", token.string)) if short else set()
            found |= {token.string} if token.type == tokenize.NAME else set()
    return found


def lost(text: str, words: set[str]) -> list[str]:
    """The names in a text's inline code of which a part is no word of the code."""
    names = re.findall(r"(?<![`\w])`([A-Za-z_]\w+(?:\.\w+)*)(?:\(.*?\)|\[.*?\])?`(?!`)", text)
    files = r"\.(py|ipynb|md|js|jsonl?|npz|html|csv|png|toml|txt|safetensors|sha256|flac)$"
    return [n for n in names if n not in QUOTED and not re.search(files, n)
            and not words.issuperset(n.split("."))]  # fmt: skip


def test_names_in_backticks_of_the_package_and_of_the_lessons_are_names_of_the_code():
    package = {name: inspect.getsource(importlib.import_module(name)) for name in NAMES}
    words = words_of_code([*package.values(), *cells("code")])
    texts = [*package.items(), *(("a lesson", text) for text in cells("markdown"))]
    assert [f"{n}, in {where}" for where, text in texts for n in lost(text, words)] == []


def test_a_name_that_is_gone_is_seen():
    words = words_of_code(["import torch\ndef new(x, *, key='a b'): torch.relu"])
    assert lost("`new(x)` and `torch.relu`, `b`; `old`, `torch.old(1)`", words) == [
        "old",
        "torch.old",
    ]


def bare(x):
    raise ValueError(x)


def half(x, y):
    """Half of it.

    Parameters
    ----------
    x : int
        One half.
    """
    raise ValueError(x + y)


class Whole:
    """All of it.

    Parameters
    ----------
    x : int
        All.
    """

    def __init__(self, x, *, more=0):
        if more:
            raise ValueError(x)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (bare, ["it has no docstring"]),
        (half, ["y is not described", "it raises and does not say so"]),
        (Whole, ["more is not described", "it raises and does not say so"]),
    ],
)
def test_a_docstring_that_leaves_something_out_is_seen(value, expected):
    assert faults(value) == expected


def test_a_function_without_a_sentence_is_seen():
    source = '"""What it is."""\ndef a(): "So be it."\ndef b(): 1\ndef c(): "c"\ndef _d(): 1'
    assert unsaid("m", source) == ["m:b", "m:c"]


def test_names_are_found_in_code_and_in_text():
    code = "%cd /\nfrom msgan_lessons import losses as l, steps\nl.LOSSES['hinge'].pairs; steps.x.y"
    found = {"losses", "losses.LOSSES", "steps", "steps.x", "steps.x.y"}
    assert used(code) == {f"msgan_lessons.{name}" for name in found}
    text = "`steps` of `train`, `family.msggan(...)`, `Game` in `training.py`, `msgan list`"
    found = {"msgan_lessons.family.msggan", "msgan_lessons.training.Game"}
    assert told(text) == found


def test_the_readmes_table_holds_every_lesson():
    readme = (ROOT / "README.md").read_text()
    missing = [name for name in LESSONS if f"notebooks/{name}.ipynb" not in readme]
    assert LESSONS
    assert missing == []


DOCS = ["README.md", "TEACHING.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"]


@pytest.mark.parametrize("name", DOCS)
def test_every_link_to_a_file_leads_somewhere(name):
    text = (ROOT / name).read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## (\S+)", changelog, re.M).group(1) == msgan_lessons.__version__


def test_constraints_pin_what_was_tested_and_environment_takes_it_from_there():
    pins = (ROOT / "constraints.txt").read_text()
    assert "torch==2.15.0\n" in pins
    assert "torchvision==0.29.2\n" in pins
    environment = (ROOT / "environment.yml").read_text()
    assert "constraints.txt" in environment


def test_a_hub_builds_from_the_environment_and_ends_the_build_where_something_is_missing():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, packages = environment["dependencies"]
    assert conda == ["python=3.11", "pip"]
    assert packages["pip"] == ["--constraint constraints.txt", "--editable ."]
    script = ROOT / "postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    lines = script.read_text().splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == "msgan doctor --try"


@pytest.mark.parametrize("name", ["README.md", "TEACHING.md", "data/README.md"])
def test_every_command_that_is_named_exists_with_its_options(name):
    text = (ROOT / name).read_text()
    called = re.findall(r"(?:^|`|bin/|Scripts.)msgan ((?:[a-z]+)[^`#\n]*)", text, re.M)
    assert called
    for call in called:
        command, *words = call.split()
        assert command in cli.commands, call
        known = {o for p in cli.commands[command].params for o in p.opts}
        known |= {o for c in getattr(cli.commands[command], "commands", {}).values()
                  for p in c.params for o in p.opts}  # fmt: skip
        assert {w for w in words if re.match(r"--?[a-z]", w)} <= known, call
        if command == "export":
            assert words[0] in EDITIONS, call
