"""Which models answer, and how they are called."""

import json
from typing import Any, Literal

from traitlets import Bool, Dict, Enum, HasTraits, Integer, Unicode, default

from mn_notebook.domain.durations import parse_duration
from mn_notebook.domain.rates import Rate
from mn_notebook.errors import UsageError
from mn_notebook.settings.environment import is_yes, read

RATES_EXAMPLE = '{"openai": {"requests": 60, "tokens": 90000}}'
_RATE_KEYS = ("requests", "tokens", "per")


class ModelSettings(HasTraits):
    """Which models answer, how they are asked and how often."""

    base_url = Unicode(help="An OpenAI-compatible server. Default: OPENAI_BASE_URL.").tag(
        config=True
    )
    model = Unicode(
        help="The model that steps use which name none. Default: MN_MODEL, else OPENAI_MODEL."
    ).tag(config=True)
    model_path = Unicode(help="A GGUF file for the embedded model. Default: MN_MODEL_PATH.").tag(
        config=True
    )
    model_threads = Integer(
        0, help="Threads of the embedded model; 0 leaves one core free. Default: MN_MODEL_THREADS."
    ).tag(config=True)
    model_streams = Bool(
        help=(
            "Whether the server may send answers piece by piece, so that they can be watched. "
            "Default: MN_MODEL_STREAMS, else yes."
        )
    ).tag(config=True)
    model_tools = Enum(
        ["native", "schema"],
        help=(
            "How the server's models are asked for tool calls: native, or schema (a choice in a "
            "JSON Schema, for small models whose native calls fail). Default: MN_MODEL_TOOLS, "
            "else native."
        ),
    ).tag(config=True)
    max_model_calls = Integer(
        16, min=1, help="The most calls that this process has under way at one model server."
    ).tag(config=True)
    rates = Dict(
        help=(
            "How often models may be called by all runs of the store together: by provider, model "
            'or provider/model, such as {"openai": {"requests": 500, "tokens": 200000}, '
            '"openai/gpt-*": {"requests": 60, "per": "1m"}}. Default: MN_RATES, as JSON, else no '
            "limit."
        )
    ).tag(config=True)

    @default("base_url")
    def _base_url(self) -> str:
        return read("MN_BASE_URL", "OPENAI_BASE_URL")

    @default("model")
    def _model(self) -> str:
        return read("MN_MODEL", "OPENAI_MODEL")

    @default("model_path")
    def _model_path(self) -> str:
        return read("MN_MODEL_PATH")

    @default("model_threads")
    def _model_threads(self) -> int:
        said = read("MN_MODEL_THREADS") or "0"
        try:
            return int(said)
        except ValueError as fault:
            message = f"MN_MODEL_THREADS: expected a whole number, found {said!r}"
            raise UsageError(message) from fault

    @default("model_streams")
    def _model_streams(self) -> bool:
        return is_yes(read("MN_MODEL_STREAMS") or "yes")

    @default("model_tools")
    def _model_tools(self) -> str:
        said = (read("MN_MODEL_TOOLS") or "native").strip().lower()
        if said not in ("native", "schema"):
            message = f"MN_MODEL_TOOLS: expected native or schema, found {said!r}"
            raise UsageError(message)
        return said

    @default("rates")
    def _rates(self) -> dict[str, Any]:
        said = read("MN_RATES") or "{}"
        try:
            found = json.loads(said)
        except ValueError as fault:
            message = f"MN_RATES: expected JSON such as {RATES_EXAMPLE}, found {said!r}: {fault}"
            raise UsageError(message) from fault
        if not isinstance(found, dict):
            message = f"MN_RATES: expected an object such as {RATES_EXAMPLE}, found {said!r}"
            raise UsageError(message)
        return found

    @property
    def tool_mode(self) -> Literal["native", "schema"]:
        """Return how the server's models are asked for tool calls."""
        return "schema" if self.model_tools == "schema" else "native"

    @property
    def declared_rates(self) -> tuple[Rate, ...]:
        """Return the rates that are declared.

        Raises:
            UsageError: one of them cannot be understood; the message says what is expected.
        """
        return tuple(_rate(pattern, said) for pattern, said in self.rates.items())

    @property
    def api_key(self) -> str | None:
        """Return the key for the model's server; never shown, never stored."""
        return read("OPENAI_API_KEY") or None


def _rate(pattern: str, said: Any) -> Rate:
    def wrong(found: str) -> UsageError:
        where = f"rates[{pattern!r}]"
        return UsageError(
            f"{where}: expected requests, tokens or both, and perhaps per, as in {RATES_EXAMPLE}; "
            f"found {found}"
        )

    if not isinstance(said, dict):
        raise wrong(repr(said))
    unknown = [key for key in said if key not in _RATE_KEYS]
    if unknown or not ("requests" in said or "tokens" in said):
        raise wrong(f"the keys {', '.join(map(repr, said)) or 'none'}")
    for key in ("requests", "tokens"):
        much = said.get(key, 1)
        if not isinstance(much, int) or isinstance(much, bool) or much < 1:
            raise wrong(f"{key}: {much!r}, which is no whole number above 0")
    try:
        seconds = parse_duration(str(said.get("per", "1m")))
    except ValueError as fault:
        raise wrong(f"per: {said['per']!r} ({fault})") from fault
    if seconds <= 0:
        raise wrong(f"per: {said['per']!r}, which is no time")
    return Rate(pattern, said.get("requests"), said.get("tokens"), seconds)
