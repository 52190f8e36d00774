"""What a call costs, and when that is unknown."""

from decimal import Decimal

import pytest

from mn_notebook.agents.prices import price_of
from mn_notebook.domain.messages import Usage

USAGE = Usage(input_tokens=12000, cached_tokens=8000, output_tokens=800)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("openai", "gpt-5.4-mini"),
        ("openai", "gpt-5.4-mini-2026-03-17"),
        ("openai", "GPT-5.4-mini"),
        ("api.openai.com", "gpt-5.4-mini"),
    ],
)
def test_known_model_has_the_price_of_the_list(provider: str, model: str) -> None:
    """Cached tokens are cheaper; what was matched, and by which list, is recorded."""
    price = price_of(provider, model, USAGE)
    assert (price.usd, price.matched) == (Decimal("0.0072"), "gpt-5.4-mini")
    assert price.source.startswith("genai-prices 0.")


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        pytest.param("openai", "gpt-5.6", id="matched loosely by the list"),
        pytest.param("openai", "no-such-model", id="unknown model"),
        pytest.param("openai", "gpt-5.4-mini-my-finetune", id="longer name"),
        pytest.param("127.0.0.1", "gpt-5.4-mini", id="own server"),
        pytest.param("localhost", "gpt-5.4-mini", id="own server by name"),
        pytest.param("my-openai-proxy", "gpt-5.4-mini", id="host that sounds like a provider"),
        pytest.param("example.com", "gpt-5.4-mini", id="unknown host"),
    ],
)
def test_unknown_price_is_none_and_not_zero(provider: str, model: str) -> None:
    """A wrong sum would be worse than none."""
    price = price_of(provider, model, USAGE)
    assert (price.usd, price.source, price.matched) == (None, "unknown", None)


def test_uncounted_call_has_no_price() -> None:
    """No usage, no sum."""
    assert price_of("openai", "gpt-5.4-mini", None).usd is None


@pytest.mark.parametrize("provider", ["local", "scripted"])
@pytest.mark.parametrize("usage", [USAGE, None])
def test_local_and_scripted_calls_are_free(provider: str, usage: Usage | None) -> None:
    """They cost no money, counted or not, and say which of both they are."""
    price = price_of(provider, "anything", usage)
    assert (price.usd, price.source) == (Decimal(0), provider)
