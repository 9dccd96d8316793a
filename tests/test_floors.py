"""The house: which module may import which (see CONTRIBUTING.md)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import msgan_lessons

PACKAGE = Path(msgan_lessons.__file__).parent
FLOORS = [  # a module imports its own floor and lower ones, never in a circle
    [
        "runs.config", "runs.budget", "runs.repro", "runs.record*", "runs.trace*", "runs.places",
        "runs.durable", "runs.counted",
        "resampling", "scales", "runs.threads",
    ],
    [
        "objective", "pyramid", "blocks", "penalties", "reduction", "ema", "document",
        "sampling", "growth", "feature_matching", "connections", "mixture", "intervals",
        "conditioning", "truncation", "temporal_pyramid", "sprite_motion", "spectrogram",
        "griffin_lim", "spectral_distance", "whole_batch", "synced_norm", "process_host",
        "one_process", "learning_rates",
    ],
    [
        "losses", "divergence", "rows", "generator", "carry", "discriminator", "ensemble", "patch",
        "steps", "game", "opponents", "penalty_terms", "abilities",
        "training", "switches", "scale_signals", "metrics", "metrics.*", "datasets",
        "emoji_data", "image_folder", "image_upload", "clips", "clip_folder", "moving_sprites",
        "shipped_data", "shipping", "torchvision_data", "cifar_batches",
        "classroom.pictures", "classroom.*plots",
        "classroom.damages", "classroom.damage_bench", "classroom.upscale_bench",
        "classroom.scoring", "speech_data", "classroom.sound", "classroom.sound_bench",
        "recorded", "perceptual", "runs.checkpoints", "runs.tensor_folder", "runs.keeping",
        "runs.kept*", "runs.game_state", "runs.seen", "classroom.panel_*",
        "classroom.player*", "latents", "classroom.touchable", "classroom.brush",
        "classroom.pyramid_bench", "classroom.latent_walk", "classroom.class_mixer",
        "classroom.style_*", "classroom.colour_brush", "classroom.clip_*",
        "classroom.patch_*", "plane_data", "plane_frames", "plane_metrics", "plane_networks",
        "slow_motion", "pace",
        "side_by_side", "study_targets", "stacked_data",
        "classroom.plane_*", "classroom.lab_frames", "processes", "launching",
        "speed_laws", "costs", "costs_trace", "costs_measured", "stopwatch", "roofline",
        "roofline_points",
    ],
    [
        "model", "family", "presets", "step_cost", "duel", "allowance", "classroom.scale_lab",
        "costs_step", "speed_ups", "speed_ups_machine", "speed_ups_schedule",
        "classroom.cost_bench",
        "classroom.lab_parts", "recorded_training", "runs.parameter*", "plane_game",
        "plane_cures", "plane_study", "stacked_modes",
        "applications.*", "process_comparison", "clinic", "clinic_*", "classroom.clinic_bench",
    ],
    [
        "classroom.widgets.*", "classroom.exercise*", "classroom.sandbox*", "classroom.teaching*",
        "classroom.bands", "classroom.guess*", "runs.*", "editions.*",
    ],
    [
        "__main__", "commands.*",
    ],
]  # fmt: skip
ONLY = {  # library: the modules that may import it
    "ipywidgets": "classroom.widgets.",
    "anywidget": "classroom.widgets.",
    "papermill": "runs.runner",
    "matplotlib": "classroom.",
    "click": ("__main__.", "commands."),
    "soundfile": ("speech_data.", "classroom.sound."),
    "accelerate": ("processes.", "launching."),
    "dask": "runs.sweep.",
    "distributed": "runs.sweep.",
    "sphinx": "editions.book",
    "myst_nb": "editions.book",
}
NETWORKS = {"generator", "discriminator", "ensemble", "document", "patch", "family", "presets"}
PLAYING = {"training", "game", "opponents", "losses", "steps"}  # networks are arguments there


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> dict[str, str]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path.read_text()
    found.pop("__init__")
    return found


def floor(name: str) -> int:
    from fnmatch import fnmatch

    for level, patterns in enumerate(FLOORS):
        if any(fnmatch(name, p) or p == f"{name}.*" for p in patterns):
            return level
    raise AssertionError(f"{name} has no floor: add it to FLOORS")


def violations(sources: dict[str, str]) -> list[str]:
    """Say which import breaks the house."""
    found = []
    for name, source in sources.items():
        if name in ("runs", "classroom", "commands"):
            continue
        for imported in sorted(imports(source)):
            inner = imported.removeprefix("msgan_lessons.")
            if (
                imported.startswith("msgan_lessons.")
                and inner in sources
                and "." not in (inner, "")
            ):
                if inner in ("runs", "classroom", "commands"):
                    continue
                if floor(inner) > floor(name):
                    found.append(f"{name} imports {inner}, which is above it")
                if name in PLAYING and inner in NETWORKS:
                    found.append(f"{name} imports the network module {inner}")
            allowed = ONLY.get(imported.split(".")[0])
            if allowed and not f"{name}.".startswith(allowed):
                found.append(f"{name} imports {imported}")
        if "import *" in source:
            found.append(f"{name} has a star import")
    return found


def circle(sources: dict[str, str]) -> list[str]:
    """Return the modules of an import circle, if there is one."""
    graph = {
        name: {
            i.removeprefix("msgan_lessons.")
            for i in imports(source)
            if i.removeprefix("msgan_lessons.") in sources and i.startswith("msgan_lessons.")
        }
        for name, source in sources.items()
    }
    left = dict(graph)
    while free := [n for n, needs in left.items() if not (needs - {n}) & set(left)]:
        for name in free:
            left.pop(name)
    return sorted(left)


def test_every_module_imports_downwards_and_none_in_a_circle():
    sources = modules()
    assert violations(sources) == []
    assert circle(sources) == []


@pytest.mark.parametrize(
    ("module", "line", "message"),
    [
        ("objective", "from msgan_lessons.training import train", "above it"),
        ("training", "from msgan_lessons import generator", "network module generator"),
        ("datasets", "import matplotlib.pyplot", "datasets imports matplotlib.pyplot"),
        ("presets", "import papermill", "presets imports papermill"),
        ("losses", "from torch import *", "star import"),
    ],
)
def test_a_broken_house_is_seen(module, line, message):
    sources = modules()
    sources[module] += f"\n{line}\n"
    assert any(message in violation for violation in violations(sources))


def test_a_circle_is_seen():
    sources = modules()
    sources["objective"] += "\nfrom msgan_lessons import losses\n"
    assert {"losses", "objective"} <= set(circle(sources))


def test_importing_the_package_costs_nothing_and_prints_nothing():
    code = "import sys, msgan_lessons; print([m for m in ('torch', 'numpy') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
    assert result.stderr == ""
