"""The verb about local models: what is there, what it is, what comes and goes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mn_notebook.agents.local import LocalModels
from mn_notebook.agents.local.install import Shelf
from mn_notebook.errors import UsageError
from mn_notebook.settings import MnSettings
from mn_notebook.verbs import models as verb
from mn_notebook.verbs.session import Session
from mn_notebook.verbs.showing import as_text
from tests.unit.agents.local.tiny_model import PIECES, Registry, profile_of, registry_of

BIG = 1_234_567


@pytest.fixture
def registry() -> Registry:
    return registry_of((*PIECES, bytes(BIG)))


@pytest.fixture
def session(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A terminal of a user whose models are tiny, and who has no other model."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MN_BASE_URL", "MN_MODEL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    profile = profile_of((*PIECES, bytes(BIG)), registry)
    shelf = Shelf(tmp_path / "models", (profile,), registry, lambda _: 10**9)

    def local_models(settings: MnSettings) -> LocalModels:
        path = Path(settings.model_path) if settings.model_path else None
        made = LocalModels(cache_dir=tmp_path / "models", model_path=path, threads=1)
        made._shelf = replace(shelf)
        return made

    monkeypatch.setattr(verb, "local_models", local_models)
    made = Session(MnSettings(store=str(tmp_path / "store.db"), model_path=""), via="terminal")
    yield made
    made.close()


def told(session: Session, *words: str) -> str:
    return as_text(verb.models(session, *words))  # type: ignore[arg-type]


def test_list_says_what_each_model_is_and_whether_it_is_there(session: Session) -> None:
    """Size, licence, origin, how it is spoken to; and what a step gets that names none."""
    said = told(session)
    for words in ("○ tiny · 1 MB to download · licence MIT", "Made by a test", "128 tokens"):
        assert words in said
    assert "a choice in a JSON Schema" in said
    assert "A step that names no model gets: no model is configured" in said


def test_interrupted_installation_is_listed_and_gone_on_with(
    session: Session, registry: Registry
) -> None:
    """What has arrived is kept, told, and not downloaded again."""
    registry.failures["tiny-part4"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        told(session, "install", "tiny")
    assert "of 1 MB are here: install to go on" in told(session)
    registry.failures.clear()
    registry.asked.clear()
    said = told(session, "install", "tiny")
    assert "tiny is installed: " in said
    assert "✓ tiny · installed, 1 MB" in said
    assert "gets: tiny (local)" in said
    assert registry.asked == ["tiny-part4"]


def test_removing_says_how_much_is_free_again(session: Session) -> None:
    """And that there was nothing, the second time."""
    told(session, "install", "tiny")
    assert "tiny is removed: 1 MB are free again" in told(session, "remove", "tiny")
    assert "tiny was not installed: nothing was removed" in told(session, "remove", "tiny")


def test_file_of_the_users_own_is_listed_first(session: Session, tmp_path: Path) -> None:
    """Whatever `MN_MODEL_PATH` names wins over what is installed."""
    path = tmp_path / "Mine.gguf"
    path.write_bytes(b"GGUF" + bytes(10))
    session.settings.model_path = str(path)
    said = told(session)
    assert said.index("✓ mine") < said.index("○ tiny")
    assert "gets: mine (local)" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("install",), "which one\\? `mn models install NAME`"),
        (("list", "tiny"), "did you mean `mn models install tiny`"),
        (("remove", "huge"), "no model 'huge'"),
    ],
)
def test_wrong_use_is_answered_with_the_right_one(
    session: Session, words: tuple[str, ...], message: str
) -> None:
    """As every verb does."""
    with pytest.raises(UsageError, match=message):
        told(session, *words)
