"""Foretells which steps of a rerun will be taken over, as far as that can be told before."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import JsonValue

from mn_notebook.domain.ids import NodePath, StepName, StepPath
from mn_notebook.domain.state import RunState
from mn_notebook.domain.workflow import Step, Workflow
from mn_notebook.engine.inputs import expanded, holds, step_input, step_key
from mn_notebook.engine.names import value_of
from mn_notebook.engine.values import Values
from mn_notebook.errors import MnError
from mn_notebook.ports import Expressions, StepHandler

Fate = Literal["reused", "anew", "open"]
_REUSED_KINDS = ("agent", "tool", "python", "ask")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of the steps of a rerun."""

    reused: tuple[str, ...]
    """Taken over, unpaid."""
    anew: tuple[str, ...]
    """Done, asked or waited for once more."""
    open: tuple[str, ...]
    """Decided when what they are given is known."""
    effects: str = ""
    """What becomes of the effects of the run that is taken over from."""

    @property
    def text(self) -> str:
        """Say it in a sentence or two."""
        said = []
        if self.reused:
            said.append(f"Expected to be taken over, unpaid: {', '.join(self.reused)}.")
        if self.anew:
            said.append(f"Done anew: {', '.join(self.anew)}.")
        if self.open:
            said.append(
                "As far as can be told before, these are done anew only if what they are given "
                f"has changed: {', '.join(self.open)}."
            )
        return " ".join([*said, *filter(None, [self.effects])])


@dataclass(frozen=True, slots=True)
class Foreteller:
    """What is needed to foretell: the run that is reused, and how steps are identified."""

    state: RunState
    """The run that is reused."""
    values: Values
    expressions: Expressions
    handlers: Mapping[str, StepHandler]
    inputs: Mapping[str, JsonValue]
    """Those of the rerun."""
    undone: frozenset[StepPath] = frozenset()
    """What of that run was undone, or of those that it took over from."""

    def forecast(self, workflow: Workflow, afresh: tuple[StepName, ...]) -> Forecast:
        """Foretell what becomes of each step; nothing is run, written or paid."""
        fates: dict[StepName, Fate] = {}
        waiting = [workflow.asking(step) for step in workflow.steps]
        while waiting:
            step = next(s for s in waiting if all(need in fates for need in s.needs))
            waiting.remove(step)
            fates[step.name] = "anew" if step.name in afresh else self._fate(step, fates)
        told = {
            fate: tuple(step.name for step in workflow.steps if fates[step.name] == fate)
            for fate in ("reused", "anew", "open")
        }
        return Forecast(told["reused"], told["anew"], told["open"])

    def _fate(self, step: Step, fates: Mapping[StepName, Fate]) -> Fate:
        if step.kind == "workflow":
            return "open"
        if step.kind not in _REUSED_KINDS:
            return "anew"
        progress = self.state.progress.get(NodePath(step.name))
        if progress is not None and progress.status == "skipped":
            return "open"
        if progress is None or progress.given is not None or progress.status != "succeeded":
            return "anew"
        if any(fates[need] != "reused" for need in step.needs):
            return "open"
        try:
            return "reused" if self._has_all(step) else "anew"
        except MnError:
            return "open"

    def _has_all(self, step: Step) -> bool:
        known = Counter(
            one.step_key
            for one in self.state.instances.values()
            if one.step_key
            and one.node == NodePath(step.name)
            and one.status == "succeeded"
            and one.path not in self.undone
        )
        names = self._names(step)
        if not holds(step, names, self.expressions):
            return False
        wanted = Counter(self._key(step, given) for given in self._units(step, names))
        return all(count <= known[key] for key, count in wanted.items())

    def _names(self, step: Step) -> dict[str, Any]:
        names: dict[str, Any] = {"inputs": dict(self.inputs), "previous": None, "feedback": None}
        # Who names the run itself is given another name each time.
        names["run"] = {"id": "", "workflow": self.state.workflow.name}
        for need in step.needs:
            names[need] = value_of(self.state, NodePath(need), self.values)
        return names

    def _units(self, step: Step, names: dict[str, Any]) -> list[dict[str, Any]]:
        if step.for_each is None:
            return [names]
        items, _keys = expanded(step, names, self.expressions)
        item_name = step.for_each.item_name
        return [{**names, item_name: item, "index": n} for n, item in enumerate(items)]

    def _key(self, step: Step, names: dict[str, Any]) -> str:
        handler = self.handlers.get(step.kind)
        identity = None if handler is None else handler.identity(step)
        return step_key(step, step_input(step, names, self.expressions), identity)
