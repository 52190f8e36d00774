"""Which server speaks for a model."""

import pytest

from mn_notebook.agents.endpoints import ConfiguredEndpoints, Endpoint, provider_of, shown_url
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.errors import ModelMissing

KEY = "hush-hush-0123456789"
SERVER = "http://127.0.0.1:8080/v1"


class Installed:
    """An embedded model named ``tiny``, as the choice of models sees it."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def name_of(self, model: str | None) -> ModelProfile | None:
        if model in {None, "tiny", "local:tiny"}:
            return ModelProfile(name="local:tiny", provider="local", tool_mode="schema")
        return None

    async def endpoint(self, profile: ModelProfile) -> Endpoint:
        self.started.append(profile.name)
        return Endpoint("http://127.0.0.1:1/v1", "k", "local", profile)


@pytest.mark.parametrize(
    ("base_url", "key", "default", "asked", "name", "provider"),
    [
        pytest.param(None, KEY, None, None, "gpt-5.4-mini", "openai", id="only a key"),
        pytest.param(None, KEY, "gpt-6", None, "gpt-6", "openai", id="key and default"),
        pytest.param(None, KEY, "gpt-6", "gpt-5", "gpt-5", "openai", id="the step's own"),
        pytest.param(SERVER, None, "m", None, "m", "127.0.0.1", id="server and default"),
        pytest.param(SERVER, KEY, None, None, "default", "127.0.0.1", id="the server's choice"),
        pytest.param(
            SERVER, None, None, "local:tiny", "local:tiny", "local", id="local on purpose"
        ),
        pytest.param(None, KEY, "local:tiny", None, "local:tiny", "local", id="local by default"),
        pytest.param(None, None, None, None, "local:tiny", "local", id="nothing but local"),
        pytest.param(None, None, None, "tiny", "local:tiny", "local", id="local by its name"),
        pytest.param("", "", "", None, "local:tiny", "local", id="empty settings"),
        pytest.param(SERVER, None, None, "scripted:x", "scripted:x", "scripted", id="scripted"),
    ],
)
def test_profile_follows_the_settings(
    base_url: str | None,
    key: str | None,
    default: str | None,
    asked: str | None,
    name: str,
    provider: str,
) -> None:
    """A server that is named wins, then the embedded model."""
    profile = ConfiguredEndpoints(base_url, key, default, Installed()).profile(asked)
    assert (profile.name, profile.provider) == (name, provider)
    assert profile.scripted is name.startswith("scripted:")


def test_how_a_server_is_spoken_to_is_a_setting_and_a_local_model_knows_it() -> None:
    """The settings speak of the server's models; an embedded one says itself what it can do."""
    endpoints = ConfiguredEndpoints(
        SERVER, None, "m", Installed(), streams=False, tool_mode="schema"
    )
    profile = endpoints.profile(None)
    assert (profile.tool_mode, profile.streams) == ("schema", False)
    scripted = endpoints.profile("scripted:x")
    assert (scripted.tool_mode, scripted.streams, scripted.scripted) == ("schema", False, True)
    assert endpoints.profile("local:tiny").streams
    assert ConfiguredEndpoints(SERVER, None, "m", None).profile(None).tool_mode == "native"


def test_nothing_configured_names_three_remedies() -> None:
    """One sentence says what to do."""
    with pytest.raises(ModelMissing) as caught:
        ConfiguredEndpoints(None, None, None, None).profile(None)
    message = str(caught.value)
    assert all(word in message for word in ("OPENAI_API_KEY", "OPENAI_BASE_URL"))
    assert "%mn models install qwen2.5-coder-1.5b" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("base_url", "key", "asked", "local", "text"),
    [
        pytest.param(None, None, "gpt-5", True, "OPENAI_API_KEY", id="not a local model"),
        pytest.param(None, None, "scripted:x", False, "OPENAI_BASE_URL", id="script of nobody"),
        pytest.param(None, KEY, "scripted:x", True, "OpenAI does not serve", id="script of OpenAI"),
        pytest.param(SERVER, None, "local:big", True, "not installed", id="other local model"),
        pytest.param(SERVER, None, "local:tiny", False, "not installed", id="no local models"),
    ],
)
async def test_model_that_nobody_serves_is_missing(
    base_url: str | None, key: str | None, asked: str, local: bool, text: str
) -> None:
    """Nothing answers in another's place."""
    endpoints = ConfiguredEndpoints(base_url, key, None, Installed() if local else None)
    with pytest.raises(ModelMissing, match=text):
        endpoints.profile(asked)
    with pytest.raises(ModelMissing, match=text):
        await endpoints.endpoint(asked)


async def test_embedded_model_is_started_only_when_it_is_called() -> None:
    """Looking starts nothing."""
    local = Installed()
    endpoints = ConfiguredEndpoints(None, None, None, local)
    profile = endpoints.profile(None)
    assert local.started == []
    endpoint = await endpoints.endpoint(profile.name)
    assert local.started == ["local:tiny"]
    assert endpoint.provider == "local"


async def test_unnamed_model_is_left_to_the_server() -> None:
    """No profile means: whatever the server lists first."""
    endpoints = ConfiguredEndpoints(SERVER + "/", KEY, None, None)
    endpoint = await endpoints.endpoint(endpoints.profile(None).name)
    assert endpoint.profile is None
    assert (endpoint.base_url, endpoint.api_key) == (SERVER, KEY)


async def test_named_default_is_not_left_to_the_server() -> None:
    """A model may really be called that."""
    endpoint = await ConfiguredEndpoints(SERVER, None, "default", None).endpoint("default")
    assert endpoint.profile is not None


def test_endpoint_shows_no_secret() -> None:
    """Neither the key nor what somebody hid in the address."""
    shown = repr(Endpoint("http://me:pass-word@127.0.0.1:8080/v1?key=hidden", KEY))
    assert KEY not in shown
    assert "pass-word" not in shown
    assert "hidden" not in shown


def test_addresses_are_named() -> None:
    """OpenAI by its name, all others by their host."""
    assert provider_of("https://api.openai.com/v1") == "openai"
    assert provider_of("https://API.Groq.com:443/openai/v1") == "api.groq.com"
    assert shown_url("http://[::1]:80/v1") == "http://[::1]:80/v1"
