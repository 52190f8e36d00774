"""Judges the tool calls of an attempt by the policies that concern it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from mn_notebook.agents.declared import every_step, tool_names
from mn_notebook.domain.fold_calls import COMMITTED
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.judging import (
    Circumstances,
    Spoken,
    Verdict,
    can_hold,
    fitting,
    judge,
    with_defaults,
)
from mn_notebook.domain.state import Call
from mn_notebook.domain.workflow import Effect, Rule, Schema
from mn_notebook.errors import PermanentError
from mn_notebook.ports import Expressions, Recorder, Work


@dataclass(frozen=True, slots=True)
class Proposal:
    """A call that somebody wants, as far as a policy may look at it."""

    tool: str
    effect: Effect
    args: Mapping[str, JsonValue]
    args_hash: str
    parameters: Schema
    """The JSON Schema of the tool's arguments; empty where nobody knows it."""
    said: str
    """What the workflow calls the tool."""
    own_name: str = ""
    """What the tool calls itself, however it is called."""
    taken: Callable[[], Mapping[str, JsonValue]] | None = None
    """The arguments as the tool takes them, which may tidy them up; None: as they are.
    Raises PermanentError where it does not take them."""


HasChanged = Callable[[RunId, str], bool]
"""Tells whether what a run calls by a name is other code than when the run was started."""


def never_changed(_run_id: RunId, _name: str) -> bool:
    """Say no: where nothing is known of what a run was started with."""
    return False


class Judge:
    """Reads the rules of a workflow, of those that call it, and of the user."""

    def __init__(
        self,
        expressions: Expressions | None = None,
        rules: Callable[[], Sequence[Rule]] = tuple,
        changed: HasChanged = never_changed,
    ) -> None:
        """Judge by the user's ``rules``, besides those of workflows; they are asked for each time.

        Without ``expressions`` no condition can be judged: a person is asked. ``changed`` says
        whether a tool is still the one that the run was started with.
        """
        self._changed = changed
        self.expressions = expressions
        self._rules = rules

    def __call__(self, work: Work, proposal: Proposal, recorder: Recorder) -> Verdict:
        """Say whether a call may be made, whether somebody is asked, and by which rules."""
        case = Circumstances(
            effect=proposal.effect,
            authorised=proposal.args_hash in work.authorised,
            permitted_by=_permitted_by(work, proposal, recorder),
            changed=proposal.effect == "write" and self._changed(work.run_id, proposal.said),
            repeats=_repeats(work, proposal, recorder.calls()),
        )
        return judge(case, tuple(self._spoken(work, proposal, recorder)))

    def _spoken(self, work: Work, proposal: Proposal, recorder: Recorder) -> Iterator[Spoken]:
        of_workflow, of_user = work.policy, self._rules()
        if not (of_workflow or of_user):
            return
        for whose, rules in (("the workflow's policy", of_workflow), ("your policy", of_user)):
            # A model calls a server's tool by another name than the workflow does.
            # A step may call a tool by its module: ``helpers:pay`` is `pay`.
            names = (proposal.tool, proposal.effect, work.groups, proposal.said, proposal.own_name)
            for rule in fitting(rules, *names):
                spoken = self._asked(rule, whose, proposal, recorder)
                if spoken is not None:
                    yield spoken

    def _asked(
        self, rule: Rule, whose: str, proposal: Proposal, recorder: Recorder
    ) -> Spoken | None:
        """Return the rule if its condition holds, or cannot be judged."""
        if rule.when is None:
            return Spoken(rule, whose)
        if not can_hold(rule, proposal.parameters):
            return None
        if self.expressions is None:
            return Spoken(rule, whose, "nothing evaluates its condition here")
        cost = float(recorder.situation().cost_usd)
        holds = []
        for args in _readings(proposal):
            names: dict[str, JsonValue] = {
                "args": with_defaults(args, proposal.parameters),
                "cost": cost,
            }
            try:
                holds.append(bool(self.expressions.evaluate(rule.when, names)))
            except PermanentError as fault:
                return Spoken(rule, whose, str(fault))
        is_strict = rule.deny or bool(rule.approvals)
        speaks = any(holds) if is_strict else all(holds)
        return Spoken(rule, whose) if speaks else None


def _readings(proposal: Proposal) -> Iterator[Mapping[str, JsonValue]]:
    """Yield the arguments as they were given and, where that is something else, as they are taken.

    A tool may strip or fold what it is given: a rule holds for what it does, and for what is shown.
    """
    yield proposal.args
    if proposal.taken is None:
        return
    try:
        taken = proposal.taken()
    except PermanentError:
        return  # The call says so.
    if any(proposal.args.get(name) != value for name, value in taken.items()):
        yield taken


def _permitted_by(work: Work, proposal: Proposal, recorder: Recorder) -> str:
    """Return who said that a tool needs no approval in this run; '': nobody.

    It was said of a name. Where the run has two tools that models call by it, it holds for neither.
    """
    by = recorder.situation().permissions.get(proposal.tool, "")
    if not by:
        return ""
    outermost = work.callers[-1] if work.callers else work.workflow
    named = {name for step in every_step(outermost) for name in tool_names(step)}
    same = {name for name in named if proposal.tool in (name, name.rpartition(":")[2])}
    return by if len(same) < 2 else ""


def _repeats(work: Work, proposal: Proposal, calls: Sequence[Call]) -> str:
    """Say why a ``write`` might do again what an earlier attempt of the step has done."""
    if proposal.effect != "write":
        return ""
    done = [
        call
        for call in calls
        if call.kind == "tool"
        and call.name == proposal.tool
        and call.attempt < work.attempt
        and (call.status in COMMITTED or call.doubtful)
    ]
    if not done:
        return ""
    same = any(call.args_hash == proposal.args_hash for call in done)
    other = "with these very arguments" if same else "with other arguments"
    return f"an earlier attempt of this step has called {proposal.tool} {other}"
