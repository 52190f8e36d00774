from pathlib import Path

import pytest

from mn_notebook.agents.local import LocalModels
from mn_notebook.agents.local.choice import EmbeddedChoice
from mn_notebook.errors import ModelMissing


@pytest.fixture
def choice(tmp_path: Path) -> EmbeddedChoice:
    own_file = tmp_path / "Own.gguf"
    own_file.write_bytes(b"GGUF1234")
    return EmbeddedChoice(LocalModels(cache_dir=tmp_path / "cache", model_path=own_file))


@pytest.mark.parametrize("name", [None, "own", "local:own", "local:"])
def test_installed_model_is_offered_under_its_names(
    choice: EmbeddedChoice, name: str | None
) -> None:
    """A local model is asked for with its prefix or without, or by nobody in particular."""
    profile = choice.name_of(name)
    assert profile is not None
    assert (profile.name, profile.provider, profile.tool_mode) == ("own", "local", "schema")


def test_other_models_are_not_offered(choice: EmbeddedChoice) -> None:
    """A name that means nothing here is left to others."""
    assert choice.name_of("gpt-x") is None


async def test_model_that_is_gone_is_missing(choice: EmbeddedChoice, tmp_path: Path) -> None:
    """A model that was removed after it was chosen is told with what to do."""
    profile = choice.name_of(None)
    assert profile is not None
    gone = EmbeddedChoice(LocalModels(cache_dir=tmp_path / "cache"))
    with pytest.raises(ModelMissing, match="%mn models install"):
        await gone.endpoint(profile)
