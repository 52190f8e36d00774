"""A tiny model, a registry that has it, and a shelf for it."""

from dataclasses import replace
from pathlib import Path

import pytest

from mn_notebook.agents.local.catalog import LocalProfile
from mn_notebook.agents.local.install import Shelf
from tests.unit.agents.local.tiny_model import PIECES, Registry, profile_of, registry_of


@pytest.fixture
def registry() -> Registry:
    return registry_of(PIECES)


@pytest.fixture
def tiny(registry: Registry) -> LocalProfile:
    return profile_of(PIECES, registry)


@pytest.fixture
def shelf(tmp_path: Path, tiny: LocalProfile, registry: Registry) -> Shelf:
    return Shelf(tmp_path / "models", catalog=(tiny,), fetch=registry, free=lambda _: 10**9)


@pytest.fixture
def crowded(shelf: Shelf) -> Shelf:
    return replace(shelf, free=lambda _: 100)
