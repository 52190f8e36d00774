"""Reckons what an agent uses for one unit of its work, as a budget reckons a call."""

from collections.abc import Sequence
from decimal import Decimal

from mn_notebook.agents.budgets import CHARACTERS_PER_TOKEN, estimate_of
from mn_notebook.agents.prices import FREE_PROVIDERS
from mn_notebook.agents.tools import REGISTRY
from mn_notebook.domain.messages import Estimate, ModelProfile, ModelRequest, ToolSpec
from mn_notebook.domain.policies import retry_of
from mn_notebook.domain.previews import Reckoned
from mn_notebook.domain.requests import MAX_ANSWER_TOKENS, request_of
from mn_notebook.domain.transcripts import Agent, Rung, Transcript
from mn_notebook.domain.workflow import AgentStep
from mn_notebook.verbs.most_calls import longest

ANSWER_CHARACTERS = round(MAX_ANSWER_TOKENS * CHARACTERS_PER_TOKEN)
"""An answer at its longest."""
NOTHING = Reckoned(calls=0, tokens=0, usd=Decimal(0))
NOBODY = ModelProfile(name="", provider="")
"""Stands for the model where none is configured."""


def agent_use(
    step: AgentStep,
    profiles: Sequence[ModelProfile],
    prompts: Sequence[str],
    *,
    times: int,
) -> tuple[Reckoned, Reckoned]:
    """Return what a unit uses if all goes well, and if nothing does.

    ``profiles`` are those of the models of its ladder, the one that is asked first in front.
    """
    used = [
        _use_of(step, profile, prompts, times=times, calls=calls)
        for profile, calls in zip(profiles, longest(step, len(profiles)), strict=True)
    ]
    return used[0][0], added([(1, most) for _, most in used])


def _use_of(
    step: AgentStep, profile: ModelProfile, prompts: Sequence[str], *, times: int, calls: int
) -> tuple[Reckoned, Reckoned]:
    """Return what one model of the ladder uses, if it makes so many calls in each attempt."""
    turn = ANSWER_CHARACTERS + (step.long_results.over if step.tools else 0)
    # An iteration, or a rejection, may name the answer before it and what a person said.
    again = 2 * ANSWER_CHARACTERS if times > 1 else 0
    length = sum(map(len, prompts)) // len(prompts)

    def reckoned(*texts: str) -> Reckoned:
        return _mean([_estimate(profile, _request(step, profile, text)) for text in texts])

    def after(characters: int) -> Reckoned:
        """Reckon a call that is sent so much more than the prompt."""
        return reckoned(" " * (length + characters))

    once = reckoned(*prompts)
    if step.tools:
        once = added([(1, once), (1, after(turn))])
    # Each call is longer than the one before, by as much at most.
    middle = added([(1, after(again)), (1, after((calls - 1) * turn + again))])
    all_calls = calls * retry_of(step, "read").attempts * times
    most = Reckoned(
        calls=all_calls,
        tokens=None if middle.tokens is None else middle.tokens * all_calls // 2,
        usd=None if middle.usd is None else round(middle.usd * all_calls / 2, 9),
    )
    return once, most


def _estimate(profile: ModelProfile, request: ModelRequest) -> Estimate:
    if profile is not NOBODY:
        return estimate_of(profile, request)
    # Of no model there is no price, and no list is loaded to look for it.
    free = profile.model_copy(update={"provider": next(iter(FREE_PROVIDERS))})
    return estimate_of(free, request).model_copy(update={"usd": None})


def _request(step: AgentStep, profile: ModelProfile, prompt: str) -> ModelRequest:
    """Return what a model is asked first."""
    agent = Agent(
        prompt=prompt,
        tools=_specs(step),
        output=step.output,
        turns=step.turns,
        rungs=(Rung(profile.name, profile.tool_mode),),
    )
    return request_of(agent, Transcript(), 0)


def _specs(step: AgentStep) -> tuple[ToolSpec, ...]:
    """Return the tools that are known here, as a model sees them."""
    known = [(use, REGISTRY.get(use.tool)) for use in step.tools]
    return tuple(tool.spec(use.bound) for use, tool in known if tool is not None)


def _mean(estimates: Sequence[Estimate]) -> Reckoned:
    tokens = sum(estimate.tokens for estimate in estimates)
    prices = [estimate.usd for estimate in estimates if estimate.usd is not None]
    known = len(prices) == len(estimates)
    usd = round(sum(prices, Decimal(0)) / len(estimates), 9) if known else None
    return Reckoned(calls=1, tokens=-(-tokens // len(estimates)), usd=usd)


def added(used: Sequence[tuple[int, Reckoned]]) -> Reckoned:
    """Add up, each so many times; what is unknown of one is unknown of all."""
    calls = sum(times * one.calls for times, one in used)
    tokens, usd = 0, Decimal(0)
    known_tokens = known_usd = True
    for times, one in used:
        if not times:
            continue
        known_tokens = known_tokens and one.tokens is not None
        known_usd = known_usd and one.usd is not None
        tokens += times * (one.tokens or 0)
        usd += times * (one.usd or Decimal(0))
    return Reckoned(
        calls=calls, tokens=tokens if known_tokens else None, usd=usd if known_usd else None
    )


def multiplied(one: Reckoned, times: int) -> Reckoned:
    """Return so many times as much."""
    return added([(times, one)])
