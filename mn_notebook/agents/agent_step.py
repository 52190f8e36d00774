"""Steps of kind ``agent``: what a model, its tools and its limits are to an agent in this process.

`mn_notebook.agents.loop` runs them.
"""

from collections.abc import Callable

from pydantic import JsonValue

from mn_notebook.agents.agent_tools import bound_of
from mn_notebook.agents.budgets import is_reckoned_at_once
from mn_notebook.agents.calling import Caller, call
from mn_notebook.agents.effects import Target
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.lanes import lane_of
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.loop import Loop
from mn_notebook.agents.reuse import Reuse
from mn_notebook.agents.text_watchers import ignore
from mn_notebook.agents.tools import Tool
from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.messages import ModelProfile
from mn_notebook.domain.transcripts import Agent, Rung, never_unsure
from mn_notebook.domain.turns import AskModel, next_move
from mn_notebook.domain.workflow import AgentStep, Effect, LongResults, Step
from mn_notebook.errors import ModelMissing, PermanentError
from mn_notebook.ports import (
    Clock,
    Job,
    Mistaken,
    ModelClient,
    OnText,
    Outcome,
    Recorder,
    Work,
    never_mistaken,
)

FindTool = Callable[[str], Tool | None]


class AgentHandler:
    """Runs agents: asks models, makes the tool calls they want, waits for people."""

    def __init__(
        self,
        models: ModelClient,
        find_tool: FindTool,
        clock: Clock,
        *,
        absent: Callable[[str, str], str],
        judge: Judge | None = None,
        call: Caller = call,
        limits: Limits | None = None,
        on_text: OnText = ignore,
    ) -> None:
        """Ask ``models``, and find tools through ``find_tool``; ``call`` is how they are called.

        ``absent`` says what would bring a tool that is not there, ``judge`` which calls may be
        made. ``on_text`` is told what models say while they say it.
        """
        self.expand: Callable[[str], tuple[str, ...]] = lambda name: (name,)
        """Tells which tools a name means: several where it is that of a server."""
        self.mistaken: Mistaken = never_mistaken
        """Tells whether another tool than the declared one would be called."""
        self.call = call
        self.judge = judge or Judge()
        self.limits = limits or Limits(clock)
        self.on_text = on_text
        self.reuse = Reuse(clock)
        self._absent = absent
        self._models = models
        self._find_tool = find_tool
        self._clock = clock

    def missing(self, step: Step) -> str | None:
        """Say which tool is not there."""
        for use in _agent(step).tools:
            for name in self.expand(use.tool):
                if self._find_tool(name) is None:
                    return self._absent("tool", name)
        return None

    def effect(self, step: Step) -> Effect:
        """Return the strongest effect of the agent's tools."""
        effects = {tool.effect for tool in self._tools(_agent(step))}
        return (
            "write" if "write" in effects else "idempotent" if "idempotent" in effects else "read"
        )

    def identity(self, step: Step) -> JsonValue:
        """Return what determines an agent besides its prompt: models, schema, tools."""
        agent = _agent(step)
        known: dict[str, JsonValue] = {
            "model": self._model_name(agent.model),
            "output": agent.output,
            "turns": agent.turns,
            "tools": [[tool.name, tool.hash] for tool in self._tools(agent)],
        }
        # What is said seldom is left out where it is not: the steps of older runs stay the same.
        if agent.ladder:
            known["ladder"] = [self._model_name(model) for model in agent.ladder]
            known["unsure"] = agent.unsure
        if agent.long_results != LongResults():
            known["long_results"] = agent.long_results.model_dump(mode="json")
        return known

    def _model_name(self, model: str | None) -> str | None:
        try:
            return self._models.profile(model).name
        except ModelMissing:
            return model

    def _tools(self, step: AgentStep) -> list[Tool]:
        return list(self._used(step).values())

    def _used(self, step: AgentStep) -> dict[str, Tool]:
        """Return the tools that are there, by the names that the workflow says."""
        names = [name for use in step.tools for name in self.expand(use.tool)]
        found = {name: self._find_tool(name) for name in names}
        return {name: tool for name, tool in found.items() if tool is not None}

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        """Return the intent of the first model call, so that it costs no commit of its own."""
        try:
            loop = Loop(self, work, recorder)
        except (ModelMissing, PermanentError):
            return ()  # `run` says so again, where it can fail the step.
        move = next_move(loop.agent, loop.transcript())
        if not isinstance(move, AskModel):
            return ()
        profile = loop.profiles[move.rung]
        if not is_reckoned_at_once(profile) or self.reuse.may_find(work):
            return ()
        return (loop.requested(move),) if self.limits.may_ask_at_once(profile, work) else ()

    def job(self, _work: Work, /) -> Job | None:
        """Return nothing: what is done here is journaled while it is done."""
        return None

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        """Run the loop to its end, or to where a person has to decide.

        Raises:
            ModelMissing: no model is configured.
        """
        loop = Loop(self, work, recorder)
        return await loop.run()

    def resolve(self, work: Work) -> Agent:
        """Return what the agent was asked, with tools and model as they are now."""
        step = _agent(work.step)
        specs = [tool.spec(bound_of(work, name)) for name, tool in self._used(step).items()]
        return Agent(
            prompt=str(work.input.get("prompt", "")),
            tools=tuple(specs),
            output=step.output,
            turns=step.turns,
            rungs=tuple(Rung(found.name, found.tool_mode) for found in self.profiles_of(work)),
            unsure=self._unsure(step.unsure) if step.unsure else never_unsure,
            long_results=step.long_results,
        )

    def _unsure(self, expression: str) -> Callable[[JsonValue], str]:
        """Return what judges an output; what cannot be judged is not trusted."""

        def judged(output: JsonValue) -> str:
            if self.judge.expressions is None:
                return f"nothing evaluates `{expression}` here"
            try:
                holds = bool(self.judge.expressions.evaluate(expression, {"output": output}))
            except PermanentError as fault:
                return f"`{expression}` cannot be judged: {fault}"
            return f"its answer was unsure: {expression}" if holds else ""

        return judged

    def profiles_of(self, work: Work) -> tuple[ModelProfile, ...]:
        """Return how the models of the agent's ladder are spoken to, the first one in front.

        What a budget has pinned is asked alone.

        Raises:
            ModelMissing: one of them is not configured.
        """
        if work.model:
            return (self._models.profile(work.model),)
        step = _agent(work.workflow.asking(work.step))
        return tuple(map(self._models.profile, (step.model, *step.ladder)))

    def profile(self, model: str) -> ModelProfile:
        """Return how a model is spoken to.

        Raises:
            ModelMissing: it is not configured.
        """
        return self._models.profile(model)

    def target(self, name: str, work: Work) -> Target:
        """Return what a tool call of the agent is made to, its bound arguments filled in."""
        used = self._used(_agent(work.step)).items()
        said, tool = next(((said, tool) for said, tool in used if tool.name == name), (name, None))
        if tool is None:
            message = f"the tool {name!r} is not there any more"
            raise PermanentError(message)
        another = self.mistaken(work.workflow, work.step)
        if another is not None:  # It was defined since the attempt began.
            raise PermanentError(another)
        bound = bound_of(work, said)
        return Target(
            name=name,
            effect=tool.effect,
            function=tool.function,
            # A person may have edited what is bound, too: that was shown, and is what is made.
            prepared=lambda args, key: tool.prepared({**bound, **args}, key),
            check=tool.check,
            concurrency=tool.concurrency,
            bound=bound,
            parameters=tool.parameters,
            said=said,
            compensates=tool.compensate is not None,
            timeout_seconds=tool.timeout_seconds,
            lane=lane_of(tool.name) if tool.serial else None,
            identity="" if _agent(work.step).cache is None else tool.identity,
        )

    @property
    def models(self) -> ModelClient:
        """Return who is asked."""
        return self._models

    @property
    def clock(self) -> Clock:
        """Return the clock that latencies are measured with."""
        return self._clock


def _agent(step: Step) -> AgentStep:
    if not isinstance(step, AgentStep):
        message = f"expected an agent step, found {step.kind}"
        raise PermanentError(message)
    return step
