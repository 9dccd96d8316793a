"""The house: its map is the docstring of msgan_lessons; each line imports what stands above it."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import msgan_lessons

PACKAGE = Path(msgan_lessons.__file__).parent
MAP = re.findall(r"^(\w+(?:/|\.py))  +\S", msgan_lessons.__doc__, re.M)
NETWORKS = ("generator", "discriminator", "family")  # these are arguments for those below
PLAYING = ("objective", "losses", "steps", "training")
SHARED = ("lessons.l15_stability", "lessons.l01_the_game.plane")  # its clinic breaks that game
PLOTTING = r"base\.pictures|runs\.(evaluate|table_page)|classroom\.panel|lessons\.l\d\d_\w+\.\w+"
ONLY = {  # library: the modules that may import it
    "accelerate": r"parallel\.\w+",
    "anywidget": r"classroom\.widgets\.\w+",
    "click": r"__main__|commands(\.\w+)?",
    "dask": r"runs\.sweep",
    "distributed": r"runs\.sweep",
    "ipywidgets": r"classroom\.widgets\.\w+",
    "matplotlib": PLOTTING,
    "myst_nb": r"editions\.book",
    "papermill": r"runs\.runner",
    "soundfile": r"datasets\.speech|lessons\.l13_speech\.pictures",
    "sphinx": r"editions\.book",
}


def imports(name: str, sources: dict[str, str]) -> set[str]:
    """What a module imports, its own package's modules without 'msgan_lessons.'."""
    found = set()
    for node in ast.walk(ast.parse(sources[name])):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("msgan_lessons.") for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            home = f"{node.module}.".removeprefix("msgan_lessons.")
            inner = {home + alias.name for alias in node.names}
            found |= {i if i in sources else (home or i).strip(".") for i in inner}
    return found - {"msgan_lessons", "__version__"}


def modules() -> dict[str, str]:
    paths = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    names = {path: ".".join(path.with_suffix("").parts) for path in paths}
    return {
        name.removesuffix(".__init__"): (PACKAGE / path).read_text()
        for path, name in names.items()
        if name != "__init__"
    }


def violations(sources: dict[str, str]) -> list[str]:
    """Say which module breaks the house."""
    floors = {line.removesuffix("/").removesuffix(".py"): n for n, line in enumerate(MAP)}
    tops = {name.split(".")[0] for name in sources}
    found = [f"{top} is not on the map" for top in sorted(tops - set(floors))]
    found += [f"{top} is on the map alone" for top in sorted(set(floors) - tops)]
    for name, source in sources.items():
        top = name.split(".")[0]
        for imported in sorted(imports(name, sources)):
            other = imported.split(".")[0]
            if imported in sources and floors.get(other, 0) > floors.get(top, 99):
                found.append(f"{name} imports {imported}, which is above it")
            if top in PLAYING and other in NETWORKS:
                found.append(f"{name} imports the network module {imported}")
            rooms = [".".join(n.split(".")[:2]) for n in (name, imported) if "lessons.l" in n]
            if len(set(rooms)) == 2 and (rooms[0], imported) != SHARED:
                found.append(f"{name} imports {imported}, which is another room")
            if other in ONLY and not re.fullmatch(ONLY[other], name):
                found.append(f"{name} imports {imported}, which is not its library")
        if "import *" in source:
            found.append(f"{name} has a star import")
    return found


def circle(sources: dict[str, str]) -> list[str]:
    """Return the modules of an import circle, if there is one."""
    try:
        TopologicalSorter({n: imports(n, sources) - {n} for n in sources}).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_every_import_goes_down_or_stays_on_its_floor():
    assert violations(modules()) == []


def test_no_modules_import_each_other_in_a_circle():
    assert circle(modules()) == []


def test_no_folder_is_too_full():
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    sizes = {folder: len(list(folder.glob("*.py"))) for folder in folders}
    assert sizes.pop(PACKAGE) <= 12
    assert {folder.name: size for folder, size in sizes.items() if size > 25} == {}


@pytest.mark.parametrize(
    ("module", "line", "message"),
    [
        ("objective", "from msgan_lessons.training import train", "above it"),
        ("base.streams", "from msgan_lessons import losses", "above it"),
        ("training", "from msgan_lessons import generator", "network module generator"),
        ("datasets.images", "import matplotlib.pyplot", "not its library"),
        ("family", "def late():\n    import papermill", "not its library"),
        ("losses", "from torch import *", "star import"),
        (
            "lessons.l02_scales.pictures",
            "import msgan_lessons.lessons.l12_video.scores",
            "other room",
        ),
        (
            "lessons.l15_stability.bench",
            "from msgan_lessons.lessons import l02_scales",
            "other room",
        ),
        ("utils", "", "not on the map"),
    ],
)
def test_a_broken_house_is_seen(module, line, message):
    sources = modules()
    sources[module] = f"{sources.get(module, '')}\n{line}\n"
    assert [v for v in violations(sources) if message in v and v.startswith(module)]


def test_a_name_on_the_map_that_is_not_there_is_seen():
    sources = {name: source for name, source in modules().items() if name != "blocks"}
    assert "blocks is on the map alone" in violations(sources)


def test_a_circle_is_seen():
    sources = modules()
    sources["objective"] += "\nfrom msgan_lessons import losses\n"
    sources["losses"] += "\nfrom msgan_lessons.objective import value\n"
    assert {"losses", "objective"} <= set(circle(sources))


def test_importing_the_package_costs_nothing_and_prints_nothing():
    code = "import sys, msgan_lessons; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
    assert result.stderr == ""
