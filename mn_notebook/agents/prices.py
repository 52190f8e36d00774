"""Says what a model call cost."""

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from mn_notebook.domain.messages import Price, Usage

if TYPE_CHECKING:
    from genai_prices.types import PriceCalculation

FREE_PROVIDERS = frozenset({"local", "scripted"})
UNKNOWN = Price(usd=None, source="unknown")

_DATE_SUFFIX = re.compile(r"[-@](\d{4}-\d{2}-\d{2}|\d{8})")


def price_of(
    provider: str, model: str, usage: Usage | None, *, at: datetime | None = None
) -> Price:
    """Look a call's price up in the list that comes with ``genai-prices``; nothing is fetched.

    A price is taken only for the very model that was asked about, or for the same one with a date
    at its end: the list's own matching is looser than money should be. What is not known costs
    None, never 0.

    Args:
        provider: ``openai``, the host of a base URL, ``local`` or ``scripted``.
        model: The model that really answered.
        usage: What the server counted; None when it did not say.
        at: When the call was made, for prices that change; default: the list's own notion of now.
    """
    if provider in FREE_PROVIDERS:
        return Price(usd=Decimal(0), source=provider, matched=model)
    if usage is None:
        return UNKNOWN
    try:
        found = _look_up(provider, model, usage, at)
    except (LookupError, ValueError):
        return UNKNOWN
    if not _is_same_model(model, found.model.id) or not _is_same_provider(provider, found):
        return UNKNOWN
    return Price(usd=found.total_price, source=_source(), matched=found.model.id)


def load_prices() -> None:
    """Load the price list, which takes a third of a second, where waiting for it does no harm."""
    import genai_prices.data_snapshot

    genai_prices.data_snapshot.get_snapshot()


def _look_up(provider: str, model: str, usage: Usage, at: datetime | None) -> "PriceCalculation":
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        cache_read_tokens=min(usage.cached_tokens, usage.input_tokens),
        output_tokens=usage.output_tokens,
    )
    if _is_host(provider):
        return genai_prices.calc_price(
            counted, model, provider_api_url=f"https://{provider}/", genai_request_timestamp=at
        )
    return genai_prices.calc_price(counted, model, provider_id=provider, genai_request_timestamp=at)


def _is_host(provider: str) -> bool:
    return "." in provider


def _is_same_provider(provider: str, found: "PriceCalculation") -> bool:
    return _is_host(provider) or found.provider.id == provider


def _is_same_model(asked: str, matched: str) -> bool:
    first, second = sorted((asked.lower(), matched.lower()), key=len)
    if not second.startswith(first):
        return False
    rest = second[len(first) :]
    return not rest or _DATE_SUFFIX.fullmatch(rest) is not None


def _source() -> str:
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"
