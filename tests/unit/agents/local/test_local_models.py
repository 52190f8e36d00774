from collections.abc import Iterator
from pathlib import Path

import pytest

from mn_notebook.agents.local import LocalModels
from mn_notebook.agents.local import local_models as module
from mn_notebook.agents.local.model import own_model
from mn_notebook.errors import ModelMissing, TransientError


@pytest.fixture
def models(tmp_path: Path) -> Iterator[LocalModels]:
    models = LocalModels(cache_dir=tmp_path / "cache", runtime_dir=tmp_path / "run", threads=1)
    yield models
    models.close()


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    path = tmp_path / "Own.gguf"
    path.write_bytes(b"GGUF1234")
    return path


def test_nothing_is_made_before_it_is_asked_for(models: LocalModels, tmp_path: Path) -> None:
    """Looking at the models leaves the disk as it was."""
    assert [status.installed for status in models.list()] == [False, False]
    assert models.choose() is None
    assert list(tmp_path.iterdir()) == []


def test_own_file_is_chosen_first_and_by_its_name(tmp_path: Path, own_file: Path) -> None:
    """What the user named on purpose wins; a name that means nothing here is left to others."""
    models = LocalModels(cache_dir=tmp_path / "cache", model_path=own_file)
    assert models.choose() == models.choose("own") == own_model(own_file)
    assert models.choose("gpt-x") is None
    models.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (None, "no model is configured"),
        ("gpt-x", "no model is configured"),
        ("smollm2-135m", "smollm2-135m is not installed: run `%mn models install smollm2-135m`"),
    ],
)
def test_missing_model_says_what_to_do(models: LocalModels, name: str | None, words: str) -> None:
    """The message names every way to get a model."""
    message = str(models.missing(name))
    assert words in message
    assert all(way in message for way in ("MN_MODEL_PATH", "OPENAI_API_KEY", "OPENAI_BASE_URL"))


async def test_missing_engine_says_what_to_install(
    tmp_path: Path, own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the engine nothing is started, and the message says how to get it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    models = LocalModels(cache_dir=tmp_path / "cache", model_path=own_file)
    with pytest.raises(ModelMissing, match=r'pip install "mn-notebook\[local\]"'):
        await models.endpoint(own_model(own_file))
    models.close()


async def test_closed_models_start_nothing(
    tmp_path: Path, own_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the farewell no server is started by a late caller."""
    monkeypatch.setattr(module, "_require_engine", lambda: None)
    models = LocalModels(cache_dir=tmp_path / "cache", model_path=own_file)
    models.close()
    with pytest.raises(TransientError, match="closed"):
        await models.endpoint(own_model(own_file))
