"""What a call is reckoned to use, before it is made."""

from decimal import Decimal

import pytest

from mn_notebook.agents.budgets import USUAL_OUTPUT, estimate_of
from mn_notebook.agents.prices import load_prices, price_of
from mn_notebook.domain.messages import Message, ModelProfile, ModelRequest, ToolSpec, Usage


def asked(text: str, model: str = "gpt-5-mini", **more: object) -> ModelRequest:
    message = Message(role="user", content=text)
    return ModelRequest.model_validate({"model": model, "messages": (message,), **more})


def profile(provider: str) -> ModelProfile:
    return ModelProfile(name="m", provider=provider)


def test_a_prompt_is_a_token_for_each_three_and_a_half_characters() -> None:
    """And the answer is as long as it may be, or as answers usually are."""
    scripted = profile("scripted")
    assert estimate_of(scripted, asked("x" * 35)).tokens == 10 + USUAL_OUTPUT
    assert estimate_of(scripted, asked("x" * 36, max_tokens=5)).tokens == 11 + 5


def test_what_is_offered_is_sent_and_paid_for() -> None:
    """Tools and the schema of the answer are a part of the prompt."""
    tool = ToolSpec(name="t", description="d" * 350, parameters={}, effect="read")
    plain = estimate_of(profile("scripted"), asked("x"))
    assert estimate_of(profile("scripted"), asked("x", tools=(tool,))).tokens > plain.tokens + 99
    shaped = asked("x", response_schema={"title": "y" * 350})
    assert estimate_of(profile("scripted"), shaped).tokens > plain.tokens + 99


@pytest.mark.parametrize("provider", ["scripted", "local"])
def test_what_runs_here_costs_nothing(provider: str) -> None:
    """It counts as calls and tokens."""
    estimate = estimate_of(profile(provider), asked("x" * 1000))
    assert estimate.usd == 0
    assert estimate.tokens > 0


def test_a_price_is_that_of_the_list_and_never_less() -> None:
    """For as many tokens as were reckoned."""
    load_prices()
    estimate = estimate_of(profile("openai"), asked("x" * 3500, max_tokens=100))
    usage = Usage(input_tokens=1000, output_tokens=100)
    exact = price_of("openai", "gpt-5-mini", usage).usd
    assert exact is not None
    assert estimate.usd is not None
    assert exact <= estimate.usd <= exact * Decimal("1.3")


def test_what_nobody_knows_is_not_nothing() -> None:
    """Whether such a call may be made is not decided here."""
    load_prices()
    assert estimate_of(profile("openai"), asked("x", model="nobody-knows")).usd is None
