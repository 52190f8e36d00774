"""Reckons what a model call will use before it is made, so that so much can be reserved."""

import asyncio
import json
import sys
from decimal import Decimal
from functools import lru_cache

from mn_notebook.agents.prices import FREE_PROVIDERS, load_prices, price_of
from mn_notebook.domain.messages import Estimate, ModelProfile, ModelRequest, Usage

CHARACTERS_PER_TOKEN = 3.5
"""Of English text with most tokenizers; of code and of other languages it is less."""
USUAL_OUTPUT = 2_000
"""Tokens of an answer whose request says no most."""


def estimate_of(profile: ModelProfile, request: ModelRequest) -> Estimate:
    """Return what a call is reckoned to use: its prompt, and the longest answer that it allows.

    The price is that of the model asked for, without what a cache may save. An answer of a request
    without ``max_tokens`` is taken as `USUAL_OUTPUT`, and may be longer.
    """
    tokens_in = _tokens(_characters(request))
    tokens_out = USUAL_OUTPUT if request.max_tokens is None else request.max_tokens
    priced = -(-tokens_in // _BUCKET) * _BUCKET
    usd = _price(profile.provider, request.model, priced, tokens_out)
    return Estimate(usd=usd, tokens=tokens_in + tokens_out)


def is_reckoned_at_once(profile: ModelProfile) -> bool:
    """Tell whether a call's price is known without loading the price list first."""
    return profile.provider in FREE_PROVIDERS or _SNAPSHOT in sys.modules


async def prepare(profile: ModelProfile) -> None:
    """Load the price list, where it is needed, in another thread."""
    if not is_reckoned_at_once(profile):
        await asyncio.to_thread(load_prices)


_BUCKET = 256
"""Prices are looked up for prompts of so many tokens, or a multiple of it, rounded up: a look takes
two milliseconds."""
_SNAPSHOT = "genai_prices.data_snapshot"


def _characters(request: ModelRequest) -> int:
    said = sum(len(message.content) for message in request.messages)
    called = sum(
        len(call.name) + len(call.arguments)
        for message in request.messages
        for call in message.tool_calls
    )
    offered = [tool.model_dump(mode="json") for tool in request.tools]
    shape = json.dumps([offered, request.response_schema]) if offered or _has_shape(request) else ""
    return said + called + len(shape)


def _has_shape(request: ModelRequest) -> bool:
    return request.response_schema is not None


def _tokens(characters: int) -> int:
    return -int(-characters // CHARACTERS_PER_TOKEN)


@lru_cache(maxsize=1024)
def _price(provider: str, model: str, tokens_in: int, tokens_out: int) -> Decimal | None:
    return price_of(provider, model, Usage(input_tokens=tokens_in, output_tokens=tokens_out)).usd
