"""Says which server speaks for a model."""

from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import urlsplit

from typing_extensions import override

from mn_notebook.domain.messages import ModelProfile
from mn_notebook.errors import ModelMissing

LOCAL_PREFIX = "local:"
SCRIPTED_PREFIX = "scripted:"
OPENAI_URL = "https://api.openai.com/v1"
OPENAI_DEFAULT_MODEL = "gpt-5.4-mini"
"""Asked for when there is a key, no base URL and no model's name."""
SERVERS_CHOICE = "default"
"""Stands for the first model that a server lists, where nobody named one."""

INSTALL_ADVICE = "install a small model with `%mn models install qwen2.5-coder-1.5b`"
NOTHING_CONFIGURED = (
    "no model is configured: set OPENAI_API_KEY, or set OPENAI_BASE_URL to a compatible server, "
    f"or {INSTALL_ADVICE}, or let MN_MODEL_PATH name a GGUF file"
)


@dataclass(frozen=True, slots=True, repr=False)
class Endpoint:
    """One server that answers chat completions, as it is to be spoken to."""

    base_url: str
    """Up to and including the version, such as ``http://127.0.0.1:11434/v1``."""
    api_key: str | None = field(default=None, repr=False)
    """None: the server asks for none."""
    provider: str = "openai"
    profile: ModelProfile | None = None
    """None: nobody named a model, so that the first one that the server lists is meant."""

    @override
    def __repr__(self) -> str:
        return (
            f"Endpoint(base_url={shown_url(self.base_url)!r}, provider={self.provider!r}, "
            f"profile={self.profile!r})"
        )


class ModelEndpoints(Protocol):
    """Finds the endpoint of a model."""

    def profile(self, model: str | None) -> ModelProfile:
        """Say how a model is spoken to; cheap, starts nothing. None asks for the default one.

        Raises:
            ModelMissing: nothing is configured that could answer.
        """
        ...

    async def endpoint(self, model: str) -> Endpoint:
        """Return the server that answers for a model; the embedded model is started for it.

        Cancelling the wait does not undo a start.

        Raises:
            ModelMissing: nothing is configured that could answer.
            TransientError: the embedded model did not come up this time.
        """
        ...


class LocalChoice(Protocol):
    """The embedded model, seen from the place where models are chosen."""

    def name_of(self, model: str | None) -> ModelProfile | None:
        """Return the profile of an installed model (None: the preferred one), or None.

        A name comes as it was asked for, with its ``local:`` in front or without.
        """
        ...

    async def endpoint(self, profile: ModelProfile) -> Endpoint:
        """Start the model if it does not run yet; return where it listens."""
        ...


class ConfiguredEndpoints(ModelEndpoints):
    """Follows the user's settings: a server that is named wins, then an installed local model.

    A name that begins with ``local:`` always means the embedded model; ``scripted:`` is for a
    server that was configured on purpose, and never for OpenAI itself.
    """

    def __init__(
        self,
        base_url: str | None,
        api_key: str | None,
        default_model: str | None,
        local: LocalChoice | None,
        *,
        streams: bool = True,
        tool_mode: Literal["native", "schema"] = "native",
    ) -> None:
        """Follow the settings; ``streams`` and ``tool_mode`` are those of the server's models."""
        self._base_url = base_url.rstrip("/") if base_url else OPENAI_URL if api_key else None
        self._api_key = api_key or None
        self._named = default_model or None
        self._default = self._named or (None if base_url else OPENAI_DEFAULT_MODEL)
        self._local = local
        self._streams = streams
        self._tool_mode: Literal["native", "schema"] = tool_mode

    @override
    def profile(self, model: str | None) -> ModelProfile:
        if self._is_local(model):
            return self._local_profile(model)
        name = model or self._default or SERVERS_CHOICE
        provider = provider_of(self._server_url())
        scripted = name.startswith(SCRIPTED_PREFIX)
        if scripted and provider == "openai":
            raise ModelMissing(
                f"the model {name!r} is scripted and OpenAI does not serve it: set OPENAI_BASE_URL "
                "to the scripted server"
            )
        return ModelProfile(
            name=name,
            provider="scripted" if scripted else provider,
            tool_mode=self._tool_mode,
            streams=self._streams,
            scripted=scripted,
            server="" if provider == "openai" else shown_url(self._server_url()),
            chosen_by_server=name == SERVERS_CHOICE and self._default is None,
        )

    @override
    async def endpoint(self, model: str) -> Endpoint:
        profile = self.profile(model)
        if self._local is not None and self._is_local(model):
            return await self._local.endpoint(profile)
        return Endpoint(
            base_url=self._server_url(),
            api_key=self._api_key,
            provider=provider_of(self._server_url()),
            profile=None if profile.chosen_by_server else profile,
        )

    def _is_local(self, model: str | None) -> bool:
        return self._base_url is None or (model or self._default or "").startswith(LOCAL_PREFIX)

    def _local_profile(self, model: str | None) -> ModelProfile:
        named = model or self._named
        profile = self._local.name_of(named) if self._local is not None else None
        if profile is not None:
            return profile
        if named is None:
            raise ModelMissing(NOTHING_CONFIGURED)
        if named.startswith(LOCAL_PREFIX):
            raise ModelMissing(f"the model {named!r} is not installed here: {INSTALL_ADVICE}")
        raise ModelMissing(f"nothing answers for the model {named!r}: {NOTHING_CONFIGURED}")

    def _server_url(self) -> str:
        if self._base_url is None:
            raise ModelMissing(NOTHING_CONFIGURED)
        return self._base_url


def provider_of(base_url: str) -> str:
    """Name who runs the server behind a base URL.

    >>> provider_of("https://api.openai.com/v1"), provider_of("http://127.0.0.1:8080/v1")
    ('openai', '127.0.0.1')
    """
    host = urlsplit(base_url).hostname or base_url
    return "openai" if host == "api.openai.com" else host


def shown_url(base_url: str) -> str:
    """Return a base URL as it may be shown: without credentials and query.

    >>> shown_url("http://me:secret@127.0.0.1:8080/v1?key=secret")
    'http://127.0.0.1:8080/v1'
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


__all__ = [
    "ConfiguredEndpoints",
    "Endpoint",
    "LocalChoice",
    "ModelEndpoints",
    "provider_of",
    "shown_url",
]
