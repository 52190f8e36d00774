"""Settings come from traitlets, then from the environment, then from what is there."""

import getpass
from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from mn_notebook.errors import UsageError
from mn_notebook.settings import MnSettings

NAMES = (
    *("MN_MODEL_STREAMS", "MN_MODEL_TOOLS"),
    *("MN_STORE", "MN_BASE_URL", "MN_MODEL", "MN_MODEL_PATH", "MN_MODEL_THREADS", "MN_NOTEBOOK"),
    "MN_DURABILITY",
    *("MN_USER", "MN_WAIT", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"),
    *("JPY_SESSION_NAME", "VSCODE_PID", "VSCODE_CWD", "COLAB_RELEASE_TAG"),
)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that says nothing."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("trait", "environment", "value"),
    [
        pytest.param("store", {"MN_STORE": "s.db"}, "s.db", id="store"),
        pytest.param("base_url", {"OPENAI_BASE_URL": "o"}, "o", id="base URL"),
        pytest.param(
            "base_url", {"MN_BASE_URL": "m", "OPENAI_BASE_URL": "o"}, "m", id="ours first"
        ),
        pytest.param("base_url", {}, "", id="no base URL"),
        pytest.param("durability", {}, "full", id="durability"),
        pytest.param("durability", {"MN_DURABILITY": "normal"}, "normal", id="chosen durability"),
        pytest.param("model", {"OPENAI_MODEL": "o"}, "o", id="model"),
        pytest.param("model", {"MN_MODEL": "m", "OPENAI_MODEL": "o"}, "m", id="our model first"),
        pytest.param("model", {"MN_MODEL": "", "OPENAI_MODEL": "o"}, "o", id="empty is unsaid"),
        pytest.param("model_path", {"MN_MODEL_PATH": "p"}, "p", id="model path"),
        pytest.param("model_threads", {"MN_MODEL_THREADS": "3"}, 3, id="threads"),
        pytest.param("model_threads", {"MN_MODEL_THREADS": ""}, 0, id="empty threads"),
        pytest.param("model_threads", {}, 0, id="no threads"),
        pytest.param("model_streams", {}, True, id="streams"),
        pytest.param("model_streams", {"MN_MODEL_STREAMS": "0"}, False, id="no streams"),
        pytest.param("model_tools", {}, "native", id="tools"),
        pytest.param("model_tools", {"MN_MODEL_TOOLS": " Schema"}, "schema", id="schema"),
        pytest.param("max_model_calls", {}, 16, id="model calls"),
        pytest.param("user", {"MN_USER": "ann"}, "ann", id="user"),
        pytest.param("notebook", {"MN_NOTEBOOK": "/x/a.ipynb"}, "/x/a.ipynb", id="notebook"),
        pytest.param("notebook", {"JPY_SESSION_NAME": "/x/b.ipynb"}, "/x/b.ipynb", id="session"),
        pytest.param(
            "notebook",
            {"MN_NOTEBOOK": "/x/a.ipynb", "JPY_SESSION_NAME": "/x/b.ipynb"},
            "/x/a.ipynb",
            id="our notebook first",
        ),
        pytest.param("wait", {"MN_WAIT": "1"}, True, id="wait"),
        pytest.param("wait", {"MN_WAIT": "0"}, False, id="wait 0"),
        pytest.param("wait", {"MN_WAIT": " No "}, False, id="wait no"),
        pytest.param("wait", {"MN_WAIT": "off"}, False, id="wait off"),
        pytest.param("wait", {"MN_WAIT": ""}, False, id="wait empty"),
        pytest.param("wait", {"JPY_SESSION_NAME": "b"}, False, id="somebody looks"),
        pytest.param("wait", {"VSCODE_PID": "1"}, False, id="an editor looks"),
        pytest.param("wait", {}, True, id="nobody looks"),
        pytest.param("max_attempts", {}, 64, id="attempts"),
    ],
)
def test_environment_is_the_default(
    trait: str, environment: dict[str, str], value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not set otherwise is what the environment says."""
    for name, said in environment.items():
        monkeypatch.setenv(name, said)
    assert getattr(MnSettings(), trait) == value


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("store", "t.db"),
        ("base_url", "t"),
        ("model", "t"),
        ("model_path", "t"),
        ("model_threads", 9),
        ("notebook", "t"),
        ("user", "t"),
        ("wait", False),
        ("max_attempts", 2),
        ("model_streams", False),
        ("model_tools", "schema"),
        ("max_model_calls", 2),
    ],
)
def test_traitlets_win_over_the_environment(
    trait: str, value: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``%config`` and a configuration file are nearer than the environment."""
    for name in NAMES:
        monkeypatch.setenv(name, "7")
    assert getattr(MnSettings(config=Config({"MnSettings": {trait: value}})), trait) == value
    assert getattr(MnSettings(**{trait: value}), trait) == value


def test_relative_notebook_becomes_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workflow's identity is its notebook: two kernels must mean the same."""
    monkeypatch.setenv("MN_NOTEBOOK", "x/../a.ipynb")
    assert MnSettings().notebook == str(Path.cwd() / "a.ipynb")
    monkeypatch.delenv("MN_NOTEBOOK")
    assert MnSettings().notebook == str(Path.cwd())


def test_store_is_one_per_user() -> None:
    """Every notebook sees every run."""
    store = Path(MnSettings().store)
    assert store.is_absolute()
    assert store.name == "store.db"


@pytest.mark.parametrize("fault", [OSError, KeyError, ImportError])
def test_user_without_a_login_is_unknown(
    fault: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container may run as a user that nobody has heard of."""

    def nobody() -> str:
        raise fault

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert MnSettings().user == "unknown"


def test_unreadable_number_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named."""
    monkeypatch.setenv("MN_MODEL_THREADS", "many")
    with pytest.raises(UsageError, match="MN_MODEL_THREADS: expected a whole number, found 'many'"):
        _ = MnSettings().model_threads


def test_unknown_way_of_calling_tools_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is named, and what it may say."""
    monkeypatch.setenv("MN_MODEL_TOOLS", "magic")
    with pytest.raises(UsageError, match="MN_MODEL_TOOLS: expected native or schema, found 'magi"):
        _ = MnSettings().tool_mode


def test_key_is_read_and_never_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is in no configuration that could be shown or saved."""
    monkeypatch.setenv("OPENAI_API_KEY", "hush-hush")
    settings = MnSettings()
    assert settings.api_key == "hush-hush"
    assert "hush-hush" not in repr(vars(settings)) + str(settings.trait_values())
    monkeypatch.setenv("OPENAI_API_KEY", "")
    assert settings.api_key is None


def test_every_setting_says_what_it_is() -> None:
    """``%config MnSettings`` explains itself."""
    for name, trait in MnSettings.class_traits(config=True).items():
        if name not in ("config", "log", "parent"):
            assert trait.help, name


def test_a_durability_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch):
    """What is not understood must not weaken a guarantee."""
    monkeypatch.setenv("MN_DURABILITY", "fast")
    with pytest.raises(UsageError, match="expected full or normal, found 'fast'"):
        _ = MnSettings().durability


def test_every_setting_stands_in_the_documents():
    """What can be chosen can be found."""
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    names = MnSettings.class_traits(config=True)
    assert {"store", "model", "run_budget", "policy", "notify"} <= set(names), "of every family"
    assert not [name for name in names if f"`{name}`" not in page]
