"""The work of a step: what there is to do, and who does it."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from pydantic import JsonValue

from mn_notebook.domain.events import AttemptEvent
from mn_notebook.domain.ids import NodePath, RunId, StepPath
from mn_notebook.domain.state import Call
from mn_notebook.domain.values import Stored
from mn_notebook.domain.workflow import Effect, Rule, Step, Workflow
from mn_notebook.ports.outcomes import Outcome

Mistaken = Callable[[Workflow, Step], str | None]
"""Says which tool a step would call here in place of the one that its workflow declares, or None:
it would call that one."""


def never_mistaken(_workflow: Workflow, _step: Step) -> str | None:
    """Say nothing: where no name could stand for two tools."""
    return None


_NOWHERE = NodePath("")


@dataclass(frozen=True, slots=True)
class Work:
    """An attempt to be made: everything a handler may know."""

    run_id: RunId
    path: StepPath
    step: Step
    attempt: int
    input: Mapping[str, JsonValue]
    """What was rendered when the step started, decoded."""
    calls: tuple[Call, ...]
    """What earlier attempts, or this one before it waited, said and did."""
    call_count: int
    authorised: Collection[str]
    """Hashes of calls that an approve step's decision allows."""
    workflow: Workflow
    policy: tuple[Rule, ...] = ()
    """The rules of its workflow and of those that call it, outermost first."""
    callers: tuple[Workflow, ...] = ()
    """The workflows that call its workflow, innermost first."""
    groups: tuple[str, ...] = ()
    """The classes of these workflows."""
    model: str | None = None
    """The model that all calls are made with, for the sake of the budget; None: the step's own."""
    ticket: str = ""
    """What it was given when it was `Held`, or the attempt before that waited for a place."""
    node: NodePath = _NOWHERE
    """The step as a node of its graph: the same for all its items."""
    iteration: int = 1
    turn: int = 1
    """How often the work was sent back to the step, counted from 1."""
    afresh: bool = False
    """A person had it tried, or done, afresh."""

    @property
    def again(self) -> bool:
        """Whether the step has done this before, and is to do it anew."""
        return self.afresh or self.iteration > 1 or self.turn > 1


@dataclass(frozen=True, slots=True)
class Situation:
    """What of a run counts for its policy, as it stands."""

    cost_usd: Decimal
    """What it has cost, as far as that is known."""
    permissions: Mapping[str, str]
    """Tools that need no approval in this run any more, and who said so."""


class Recorder(Protocol):
    """An attempt's pen: it writes under the attempt's own token."""

    async def record(self, *events: AttemptEvent) -> None:
        """Make events durable; on return what they announce may be done.

        Raises:
            Fenced: nobody waits for this attempt any more; stop.
        """
        ...

    def untimed(self) -> AbstractContextManager[None]:
        """Let the time that passes inside, in a queue, not count against the step's timeout."""
        ...

    def calls(self) -> tuple[Call, ...]:
        """Return the attempt's transcript as it stands."""
        ...

    def situation(self) -> Situation:
        """Return what of the run counts for its policy."""
        ...

    def keep(self, value: JsonValue) -> Stored:
        """Turn a value into its stored form."""
        ...

    def load(self, stored: Stored) -> JsonValue:
        """Return a stored value."""
        ...


Job = Callable[[Callable[[Outcome | Exception], None]], None]
"""Work that is done elsewhere: called from any thread, it begins the work and returns at once. What
it is given is told the outcome, or what was raised, once and from any thread; it is told, too, when
nobody waits any more."""


class StepHandler(Protocol):
    """Does the work of one kind of step."""

    def missing(self, step: Step) -> str | None:
        """Say what the step needs that is not there, such as a cell's function, or None."""
        ...

    def effect(self, step: Step) -> Effect:
        """Return what the step does to the world at most."""
        ...

    def identity(self, step: Step) -> JsonValue:
        """Return what, besides its inputs, determines the step: code, model, schema."""
        ...

    def opening(self, work: Work, recorder: Recorder) -> tuple[AttemptEvent, ...]:
        """Return the intents that go into the commit that starts the attempt; pure and quick."""
        ...

    def job(self, work: Work, /) -> Job | None:
        """Return work that needs neither the loop nor the recorder; None: it is done by `run`."""
        ...

    async def run(self, work: Work, recorder: Recorder) -> Outcome:
        """Do the work. What ``opening`` announced is durable by now.

        Raises:
            TransientError: trying again may help.
            PermanentError: trying again cannot help.
        """
        ...
