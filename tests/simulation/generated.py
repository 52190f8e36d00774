"""Cases made from a seed: the whole language, mixed, with people who meddle at any moment.

What is made is confluent unless it says otherwise: where the order of things could decide what a
step is given, the step is given nothing; what a rejection sends back feeds nothing but the
question. So the run that had no fault tells what every other one has to come to.
"""

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any, Final, get_args

from mn_notebook.domain.ids import NodePath, StepName
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import (
    Budget,
    Expiry,
    ForEach,
    Join,
    JoinRule,
    Redo,
    Repeat,
    Rule,
    Step,
    Workflow,
)
from mn_notebook.ports import Ceiling
from tests.simulation.cases import (
    QUICK,
    Behaviour,
    Case,
    Control,
    Decision,
    Turn,
    again,
    agent,
    approve,
    ask,
    blind,
    calls,
    child,
    each,
    python,
    tool,
    wait,
    workflow,
)
from tests.simulation.sparing import spared

if TYPE_CHECKING:
    from pydantic import JsonValue

_RULES: Final = (
    Rule(tool="send", approvals=0),
    Rule(tool="post", approvals=0),
    Rule(tool="p*", approvals=1),
    Rule(effect="read", approvals=1),
    Rule(tool="post", when="args.item in [1, 3]", deny=True),
    Rule(when="args.item == 2", approvals=1),
)
_FAILS: Final = ("continue", "skip")


class _Maker:
    """Makes one case; every choice comes from one seed."""

    def __init__(self, seed: int, size: int, prefix: str) -> None:
        self.chance = Random(seed)
        self.seed = seed
        self.size = size
        self.prefix = prefix
        self.steps: list[Step] = []
        self.children: dict[str, Workflow] = {}
        self.behaviours: dict[str, Behaviour] = {}
        self.controls: list[Control] = []
        self.plain: list[str] = []
        """Steps with one output, an object of value and n."""
        self.hidden: set[str] = set()
        """Steps that nothing else may build on."""
        self.confluent = True

    def case(self) -> Case:
        while len(self.steps) < self.size:
            self.chance.choice(self._makers)(f"{self.prefix}{len(self.steps) + 1}")
        self._meddle()
        flow = workflow(
            *self.steps, max_concurrency=self.chance.choice((1, 2, 8)), policy=self._policy()
        )
        return Case(
            workflow=flow.linked(self.children) if self.children else flow,
            behaviours=self.behaviours,
            seed=self.seed,
            tool_mode=self.chance.choice(("native", "native", "schema")),
            slow=self.chance.random() < 0.8,
            controls=tuple(self.controls),
            confluent=self.confluent,
            budget=self._budget(),
            ceilings=self._ceilings(),
        )

    def _policy(self) -> tuple[Rule, ...]:
        """Return no rules, as a rule; by chances of their own, so that other choices stay."""
        chance = Random(f"policy of {self.seed}")
        if chance.random() < 0.6:
            return ()
        return tuple(chance.sample(_RULES, chance.choice((1, 2))))

    def _budget(self) -> Budget | None:
        # Drawn last, so that the seeds that are known still make what they made.
        if not self._is(0.4):
            return None
        return Budget(
            calls=self.chance.choice((None, 0, 1, 3, 6)),
            tokens=self.chance.choice((None, None, 2_500, 5_000)),
            seconds=self.chance.choice((None, None, 1.0, 20.0)),
        )

    def _ceilings(self) -> tuple[Ceiling, ...]:
        if not self._is(0.15):
            return ()
        return (Ceiling("", Budget(calls=self.chance.choice((1, 4)))),)

    @property
    def _makers(self) -> tuple[Callable[[str], None], ...]:
        work = (self._python, self._python, self._tool, self._tool, self._agent)
        people = (self._approve, self._ask, self._redo)
        others = (self._wait, self._signal, self._subworkflow, self._fallback, self._join)
        return (*work, *work, *people, *others)

    # --- parts ---------------------------------------------------------------------------------

    def _is(self, odds: float) -> bool:
        return self.chance.random() < odds

    def _known(self) -> list[str]:
        return [str(step.name) for step in self.steps if step.name not in self.hidden]

    def _needs(self, most: int = 3) -> tuple[str, ...]:
        known = self._known()
        count = min(len(known), self.chance.choice((0, 1, 1, 2, most)))
        return tuple(sorted(self.chance.sample(known, count)))

    def _each(self, odds: float = 0.25) -> ForEach | None:
        if not self._is(odds):
            return None
        count = self.chance.choice((0, 1, 2, 3, 4))
        on_error = self.chance.choice(("fail", "collect", "quorum"))
        return ForEach(
            over="[" + ", ".join(str(number) for number in range(count)) + "]",
            key=self.chance.choice((None, "item")),
            concurrency=self.chance.choice((1, 2, 4)),
            on_error=on_error,
            quorum=0.5 if on_error == "quorum" else None,
        )

    def _common(self, for_each: ForEach | None) -> dict[str, Any]:
        more: dict[str, Any] = {"each": for_each}
        if self.plain and self._is(0.2):
            more["when"] = f"{self.chance.choice(self.plain)}.n % 3 != 0"
        if self._is(0.15):
            more["on_failure"] = self.chance.choice(_FAILS)
        return more

    def _behave(self, name: str, for_each: ForEach | None, **more: Any) -> None:
        permanent: set[str | None] = set()
        if self._is(0.3 if for_each is not None else 0.08):
            permanent.add("1" if for_each is not None else None)
        self.behaviours[name] = Behaviour(
            transient=self.chance.choice((0, 0, 0, 1, 2)),
            permanent_items=frozenset(permanent),
            large=self._is(0.06),
            **more,
        )

    def _finish(self, step: Step, *, iterates: bool = False) -> None:
        if step.when is not None:
            need = StepName(step.when.partition(".")[0])
            step = step.model_copy(update={"needs": tuple(sorted({*step.needs, need}))})
        step = spared(step, self.seed)
        stops = step.for_each is not None and step.for_each.on_error == "fail"
        if stops and step.on_failure != "fail":
            # How many items had ended when one failed is left to chance, and seen by others.
            self.confluent = False
        if iterates and self._is(0.15):
            until = f"{step.name}.n % {self.chance.choice((2, 3, 9))} == 0"
            most = self.chance.choice((2, 3))
            step = again(step.model_copy(update={"repeat": Repeat(until=until, at_most=most)}))
        self.steps.append(step)
        if step.for_each is None and step.kind in ("python", "tool", "agent"):
            self.plain.append(str(step.name))

    def _hide(self, *names: str) -> None:
        self.hidden.update(names)
        self.plain = [one for one in self.plain if one not in names]

    # --- work ----------------------------------------------------------------------------------

    def _python(self, name: str) -> None:
        for_each = self._each()
        more = self._common(for_each)
        if self._is(0.15):
            more["effect"] = "write"
        if self._is(0.2):
            more["isolation"] = "process"
        deadly = self.chance.choice((1, 2, 4)) if self._is(0.06) else 0
        self._behave(name, for_each, deadly=deadly)
        self._finish(python(name, *self._needs(), retry=QUICK, **more), iterates=True)

    def _tool(self, name: str) -> None:
        for_each = self._each()
        which = self.chance.choice(("look", "put", "send", "post"))
        doubt = self.chance.choice((None, None, "happened", "not_happened"))
        self._behave(name, for_each, doubt=doubt if which in ("send", "post") else None)
        more = self._common(for_each)
        step = tool(which, name, *self._needs(), retry=QUICK, **more)
        self._finish(step, iterates=which in ("look", "put"))

    def _agent(self, name: str) -> None:
        for_each = self._each()
        count = self.chance.randrange(4)
        tools = tuple(sorted(self.chance.sample(("look", "put", "send", "post"), count)))
        said = ("malformed", "unknown", "badargs") if tools else ("malformed",)
        turns: list[Turn] = []
        for _ in range(self.chance.randrange(3)):
            if tools and self._is(0.7):
                count = self.chance.choice((1, 1, 2))
                turns.append(tuple(self.chance.choice(tools) for _ in range(count)))
            else:
                turns.append((self.chance.choice(said),))
        self._behave(name, for_each, turns=(*turns, ()))
        more = self._common(for_each)
        self._finish(agent(name, *self._needs(), tools=tools, retry=QUICK, **more))

    # --- the graph -----------------------------------------------------------------------------

    def _join(self, name: str) -> None:
        known = self._known()
        needs = self.chance.sample(known, min(len(known), self.chance.choice((1, 2, 3))))
        rule: JoinRule = self.chance.choice(get_args(JoinRule))
        self._behave(name, None)
        step = python(name, *sorted(needs), retry=QUICK, join=Join(rule=rule))
        self._finish(blind(step))

    def _fallback(self, name: str) -> None:
        spare = f"{name}spare"
        self.behaviours[name] = Behaviour(
            permanent_items=frozenset({None}) if self._is(0.7) else frozenset()
        )
        self._behave(spare, None)
        more: dict[str, Any] = {"on_failure": self.chance.choice(_FAILS)} if self._is(0.4) else {}
        needs = self._needs()
        self._finish(python(name, *needs, retry=QUICK, fallback=StepName(spare), **more))
        self._finish(python(spare, *needs, retry=QUICK))
        self._hide(spare)

    def _subworkflow(self, name: str) -> None:
        for_each = self._each()
        inner: list[Step] = [python(f"{name}x", retry=QUICK)]
        inner.append(tool("put", f"{name}y", f"{name}x", retry=QUICK))
        self._behave(f"{name}x", None)
        self._behave(f"{name}y", None)
        if self._is(0.3):
            inner.append(tool("send", f"{name}z", f"{name}y", retry=QUICK))
            self._behave(f"{name}z", None)
        if self._is(0.3):
            inner.append(python(f"{name}w", f"{name}x", each=each("[0, 1]"), retry=QUICK))
            self._behave(f"{name}w", None)
        which = f"inner of {name}"
        self.children[which] = child(*inner)
        more = self._common(for_each)
        del more["each"]
        self._finish(calls(name, which, *self._needs(), each=for_each, **more))

    # --- people --------------------------------------------------------------------------------

    def _expires(self, decision: Decision) -> Expiry | None:
        if decision == "absent":
            then = self.chance.choice(("reject", "skip"))
            return Expiry(after_seconds=self.chance.choice((3.0, 20.0)), then=then)
        return Expiry(after_seconds=3600.0) if self._is(0.3) else None

    def _approve(self, name: str) -> None:
        needs = self._needs()
        shown = [need for need in needs if need in self.plain]
        edit = tuple(f"{need}.value" for need in shown[:1])
        decision: Decision = self.chance.choice(("approve", "approve", "reject", "edit", "absent"))
        if decision == "edit" and not edit:
            decision = "approve"
        self.behaviours[name] = Behaviour(decision=decision)
        follows = len(self.steps) + 1 < self.size and self._is(0.6)
        target = f"{self.prefix}{len(self.steps) + 2}"
        self._finish(
            approve(
                name,
                *needs,
                edit=edit,
                show=tuple(f"{need}.n" for need in shown),
                authorises=StepName(target) if follows else None,
                expires=self._expires(decision),
            )
        )
        if follows:
            for_each = self._each()
            self._behave(target, for_each)
            which = self.chance.choice(("send", "post"))
            step = tool(which, target, *needs, name, each=for_each, retry=QUICK)
            text = "{{ " + (f"{name}.{edit[0]}" if edit else f"{name}.approved") + " }}"
            self._finish(step.model_copy(update={"args": {**step.args, "given": text}}))

    def _redo(self, name: str) -> None:
        """Let work be sent back; nobody else sees it before it is settled."""
        draft, middle = f"{name}draft", f"{name}mid"
        self._behave(draft, None)
        self._behave(middle, None)
        first = again(python(draft, *self._needs(), retry=QUICK))
        self._finish(first)
        self._finish(tool("put", middle, draft, retry=QUICK))
        decision: Decision = self.chance.choice(("reject once", "reject", "approve"))
        self.behaviours[name] = Behaviour(decision=decision)
        redo = Redo(target=StepName(draft), at_most=self.chance.choice((1, 2)))
        self._finish(approve(name, middle, on_reject=redo))
        self._hide(draft, middle)

    def _ask(self, name: str) -> None:
        decision: Decision = self.chance.choice(("approve", "approve", "reject", "absent"))
        self.behaviours[name] = Behaviour(decision=decision)
        on_failure = self.chance.choice(("continue", "skip"))
        expires = self._expires(decision)
        self._finish(ask(name, *self._needs(), expires=expires, on_failure=on_failure))

    # --- time ----------------------------------------------------------------------------------

    def _wait(self, name: str) -> None:
        more: dict[str, Any] = self.chance.choice(
            ({"duration": "3s"}, {"duration": "12s"}, {"until": "2001-01-01"})
        )
        if "duration" in more and self._is(0.2):
            more |= {"timeout_seconds": 2.0, "on_failure": self.chance.choice(_FAILS)}
        self._finish(wait(name, *self._needs(), **more))

    def _signal(self, name: str) -> None:
        after = self.chance.choice((3, 10, 30, 1000))
        # Should the run have failed when it came, it is sent again to the run that was reopened.
        self._finish(wait(name, *self._needs(), signal=name))
        body: dict[str, JsonValue] = {"name": name, "value": name}
        self.controls.append(Control("signal", _reaches(after), body))
        self.controls.append(Control("signal", _awaits(name), body, again_seconds=10.0))

    # --- who meddles ---------------------------------------------------------------------------

    def _meddle(self) -> None:
        if self._is(0.3):
            self.controls.append(Control("pause", _reaches(self.chance.randrange(3, 50))))
            late = self.chance.choice((0, 0, 4))
            self.controls.append(Control("resume", _pauses(late)))
        if self._is(0.15):
            self._heal()
        if self._is(0.1):
            self.controls.append(Control("cancel", _reaches(self.chance.randrange(3, 80))))
            self.confluent = False
        if self._is(0.12):
            self._skip()
        if self._is(0.05):
            self.controls.append(Control("retry", _has_failed))
            self.confluent = False
        self._skip_ahead()

    def _heal(self) -> None:
        """Let what ends the run fail only until somebody tries it again."""
        self.behaviours = {
            name: Behaviour(**{**vars(one), "until_healed": True})
            for name, one in self.behaviours.items()
        }
        self.controls.append(Control("retry", _has_failed, heals=True))
        # What else has failed by then depends on the schedule.
        self.confluent = False

    def _skip(self) -> None:
        path = self.chance.choice(self.steps).name
        body: dict[str, JsonValue] = {"path": path, "because": "nobody needs it"}
        if self._is(0.5):
            body |= {"has_value": True, "value": {"value": "given", "n": 1}}
        when = self.chance.choice((_reaches(self.chance.randrange(3, 60)), _has_failed))
        self.controls.append(Control("skip", when, body))
        self.confluent = False

    def _skip_ahead(self) -> None:
        """Leave an item undone before its turn; by chances of its own, so that others stay."""
        chance = Random(f"skips of {self.seed}")
        turns = [
            (str(step.name), item)
            for step in self.steps
            if step.for_each is not None
            for item in range(step.for_each.concurrency, 1 + step.for_each.over.count(","))
        ]
        if not turns or chance.random() < 0.5:
            return
        name, item = chance.choice(turns)
        body: dict[str, JsonValue] = {"path": f"{name}[{item}]", "because": "not this one"}
        if chance.random() < 0.5:
            body |= {"has_value": True, "value": {"value": "given", "n": 1}}
        self.controls.append(Control("skip", _waits_for_its_turn(name, item), body))
        self.confluent = False


def _waits_for_its_turn(name: str, item: int) -> Callable[[RunState], bool]:
    def waits(state: RunState) -> bool:
        progress = state.progress.get(NodePath(name))
        return progress is not None and progress.next_item <= item < progress.total

    return waits


def _reaches(head: int) -> Callable[[RunState], bool]:
    return lambda state: state.head > head and not state.ended


def _awaits(name: str) -> Callable[[RunState], bool]:
    return lambda state: name in state.awaited and not state.ended


def _pauses(beyond: int) -> Callable[[RunState], bool]:
    """Resume when the run has paused, or while it is still about to."""
    return lambda state: state.paused or (beyond == 0 and state.pause_requested)


def _has_failed(state: RunState) -> bool:
    return state.phase == "failed"


def generated(seed: int, size: int, prefix: str = "s") -> Case:
    """Return the case of a seed: ``size`` steps, or a few more."""
    return _Maker(seed, size, prefix).case()
