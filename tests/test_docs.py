"""Everything public is described; the README knows every lesson."""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import pytest

import msgan_lessons
from msgan_lessons.runs.places import notebooks_folder

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


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
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
