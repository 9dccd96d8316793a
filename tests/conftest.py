"""What tests share.

Functions, to import: `seeded` (stream, images, normal, batches, data: random numbers from a seed)
and `tiny_lessons` (write_lesson: a notebook of a few lines).
Fixtures, below: `headless` (no front end), `tiny_pair` (G, D and settings at 8x8),
`script` (a script of data/ as a module).
"""

import importlib.util
from types import ModuleType

import pytest
import torch

from msgan_lessons.base.places import data_folder
from msgan_lessons.family import build

torch.set_warn_always(True)  # else which test sees a warning depends on their order


@pytest.fixture
def headless(monkeypatch):
    """No front end: widgets show what a run without a notebook shows."""
    monkeypatch.setenv("MSGAN_HEADLESS", "1")


@pytest.fixture
def tiny_pair():
    """A function that makes a member of the family at 8x8 and of width 2, always alike."""

    def make(name: str = "msggan", **changes):
        torch.manual_seed(0)
        return build(name, resolution=8, width=2, latent_dim=8).with_(**changes)

    return make


@pytest.fixture(scope="session")
def script():
    """A function that loads a script of data/ by its name, such as "build_duel"."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, data_folder() / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
