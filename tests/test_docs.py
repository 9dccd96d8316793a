"""Everything public is described; the README knows every lesson."""

import importlib
import inspect
import os
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest
import yaml

import msgan_lessons
from msgan_lessons.__main__ import cli
from msgan_lessons.base.places import notebooks_folder
from msgan_lessons.editions.table import EDITIONS

ROOT = Path(__file__).parents[1]
LESSONS = sorted(p.stem for p in notebooks_folder().glob("[0-9]*.ipynb"))
NAMES = [m.name for m in pkgutil.walk_packages(msgan_lessons.__path__, "msgan_lessons.")]
NAMES = [n for n in NAMES if not n.endswith("__main__")]


def public():
    for name in NAMES:
        module = importlib.import_module(name)
        for key in getattr(module, "__all__", []):
            value = getattr(module, key)
            if callable(value) and getattr(value, "__module__", "") == name:
                yield pytest.param(value, id=f"{name}.{key}")


@pytest.mark.parametrize("name", NAMES)
def test_every_module_says_what_it_is_and_what_is_public(name):
    module = importlib.import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    if not hasattr(module, "__path__") or name.endswith("widgets"):
        assert module.__all__, f"{name} has no __all__"


@pytest.mark.parametrize("thing", public())
def test_every_public_thing_has_its_parameters_and_errors_described(thing):
    doc = inspect.getdoc(thing)
    assert doc, "it has no docstring"
    target = thing.__init__ if inspect.isclass(thing) else thing
    names = [
        p for p in inspect.signature(target).parameters if p not in ("self", "include", "exclude")
    ]
    missing = [
        n for n in names if not re.search(rf"^\*?\*?{n}\b|[,*] ?{n}\b.* :|, {n}\n", doc, re.M)
    ]
    described = "As for" in doc or "as for" in doc
    assert not missing or described, f"{missing} are not described"
    if names and not described:
        assert "Parameters\n" in doc
    source = inspect.getsource(thing)
    own = re.sub(r"\n    def (?!__init__)(.|\n)*?(?=\n    def |\Z)", "", source)
    if re.search(r"^\s+raise \w", own if inspect.isclass(thing) else source, re.M):
        assert "Raises\n" in doc, "it raises and does not say so"


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
