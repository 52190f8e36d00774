"""What is said between an agent and a model, and what it cost."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mn_notebook.domain.workflow import Effect, Schema


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolCall(_Said):
    """A tool call that a model asks for."""

    id: str
    """The model's own name for it; only the model's next turn refers to it."""
    name: str
    arguments: str
    """JSON as the model wrote it; it may be malformed."""


class Message(_Said):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


class ToolSpec(_Said):
    """A tool as a model sees it: bound arguments are absent."""

    name: str
    description: str
    parameters: Schema
    effect: Effect


class ModelProfile(_Said):
    """What a model can do; decides how it is spoken to."""

    name: str
    """What is asked for, such as ``gpt-5.4-mini``."""
    provider: str
    """``openai``, ``local``, ``scripted``, or the host of the base URL."""
    tool_mode: Literal["native", "schema"] = "native"
    """``schema``: a choice of tools is put as a JSON Schema, for models whose native calls fail."""
    context_tokens: int | None = None
    streams: bool = True
    """Its server can send an answer piece by piece, and what the answer used with it."""
    parallel_calls: int | None = None
    """So many calls its server works on at once; None: it does not say."""
    scripted: bool = False
    server: str = ""
    """Where it is asked, if ``provider`` does not say all of it: several may run on one host."""
    chosen_by_server: bool = False
    """Nobody here says which model that is: its server has loaded some."""


class ModelRequest(_Said):
    """One model call, complete: equal requests have equal hashes."""

    model: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    """Offered natively; empty in the schema mode."""
    response_schema: Schema | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


class Usage(_Said):
    """Tokens as the server counted them."""

    input_tokens: int = 0
    cached_tokens: int = 0
    """The part of ``input_tokens`` that was read from a cache."""
    output_tokens: int = 0
    reasoning_tokens: int = 0
    """The part of ``output_tokens`` that was not shown."""


class Price(_Said):
    """What a call cost, and how that is known."""

    usd: Decimal | None
    """None: unknown, never 0 for want of a price."""
    source: str
    """``genai-prices 0.2.3``, ``local``, ``scripted`` or ``unknown``."""
    matched: str | None = None
    """The model that the price list matched."""


class Estimate(_Said):
    """What a call is reckoned to use before it is made; so much is reserved for it."""

    usd: Decimal | None
    """None: nobody knows the model's price."""
    tokens: int


class ModelAnswer(_Said):
    """What a model answered, checked for every silent failure that the wire allows."""

    message: Message
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"]
    model: str
    """The model that really answered."""
    provider: str
    usage: Usage | None
    """None: the server did not say."""
    price: Price
    latency_seconds: float = Field(ge=0)
    request_id: str | None = None
    scripted: bool = False
    extra: dict[str, JsonValue] = Field(default_factory=dict)
