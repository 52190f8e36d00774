"""Which names a text may use, and what it finds behind them."""

from collections.abc import Mapping

from mn_notebook.domain.workflow import InputField
from mn_notebook.language.drafts import Draft, Use
from mn_notebook.language.findings import Findings
from mn_notebook.language.knowledge import Knowledge
from mn_notebook.language.shapes import missing_field
from mn_notebook.language.vocabulary import DECISION_FIELDS, PASS_NAMES, ROW_FIELDS, RUN_FIELDS
from mn_notebook.language.words import hint, nearest

_ELSEWHERE = {
    "null": "none",
    "undefined": "none",
    "len": "the filter length",
    "yes": "true",
    "on": "true",
    "no": "false",
    "off": "false",
}
"""What people who come from other languages write."""


class Scope:
    """The inputs and the steps of one workflow."""

    def __init__(
        self, inputs: Mapping[str, InputField], drafts: Mapping[str, Draft], findings: Findings
    ) -> None:
        self._inputs = inputs
        self._drafts = drafts
        self._findings = findings
        self._knowledge = Knowledge(inputs, drafts)
        self._stands_in = {
            draft.fallback.text: draft.name for draft in drafts.values() if draft.fallback
        }
        self.used_inputs: set[str] = set()

    def check(self, use: Use, draft: Draft | None) -> None:
        """Report a name that is not there; ``draft`` is the step whose text uses it, if any."""
        message = self._wrong(use, draft)
        if message is not None:
            self._findings.problem(use.mark, message)

    def _wrong(self, use: Use, draft: Draft | None) -> str | None:
        root = use.path[0]
        item = draft.item_name if draft is not None else None
        if root in ("index", item) and item is not None:
            return self._wrong_item(use, draft)
        if root == "inputs":
            return self._wrong_input(use)
        if root == "run":
            return _wrong_in_run(use.path[1:])
        if root == "secrets":
            return 'secrets never stand in a workflow; call mn.secret("NAME") inside a tool'
        if root in PASS_NAMES and draft is not None:
            return None  # see `mn_notebook.language.redo`
        if draft is not None and root == draft.name:
            return _wrong_own(use, draft)
        if root in self._drafts:
            return self._wrong_other(root, use, draft)
        if root == "steps" and use.path[1:] and use.path[1] in self._drafts:
            return f"unknown name 'steps'; the output of a step has its name: {use.path[1]}"
        return self._unknown(root, draft)

    def _wrong_other(self, root: str, use: Use, draft: Draft | None) -> str | None:
        owner = self._stands_in.get(root)
        if owner is not None and (draft is None or draft.name != root):
            return (
                f"{root!r} stands in for {owner!r} and is named by nobody else; "
                f"{owner!r} has its value then"
            )
        return self._wrong_step(self._drafts[root], use.path[1:])

    def _wrong_item(self, use: Use, draft: Draft | None) -> str | None:
        if use.key in ("for_each", "when"):
            return (
                f"{use.path[0]!r} is known only for each item, and {use.key!r} is about the whole "
                "step; filter the list in for_each"
            )
        item = self._knowledge.item_of(draft) if draft is not None else None
        if item is None or use.path[0] == "index":
            return None
        return missing_field(item, use.path[1:], use.path[0])

    def _wrong_input(self, use: Use) -> str | None:
        if len(use.path) == 1:
            self.used_inputs.update(self._inputs)
            return None
        name = use.path[1]
        self.used_inputs.add(name)
        if name not in self._inputs:
            near = hint(name, self._inputs, nouns="inputs") or "; declare it under `inputs:`"
            return f"unknown input {name!r}{near}"
        return missing_field(self._inputs[name].json_schema, use.path[2:], f"inputs.{name}")

    def _wrong_step(self, step: Draft, path: tuple[str, ...]) -> str | None:
        if step.item_name is not None and path:
            return _wrong_in_list(step, path)
        if step.kind == "approve" and path:
            return self._wrong_in_approval(step, path)
        if step.output is None:
            return None
        return missing_field(step.output, path, step.name)

    def _wrong_in_approval(self, step: Draft, path: tuple[str, ...]) -> str | None:
        if path[0] in DECISION_FIELDS and len(path) == 1:
            return None
        if any(path[: len(shown)] == shown[: len(path)] for shown in step.shown):
            return self._wrong_in_shown(step, path)
        if sum(shown[-1] == path[0] for shown in step.shown) == 1:
            return None
        known = [*DECISION_FIELDS, *(".".join(shown) for shown in step.shown)]
        said = ".".join(path)
        return (
            f"{step.name!r} does not show {said!r}{hint(said, known, nouns='it has')}"
            f"{'' if nearest(said, known) else ' (show or edit it there)'}"
        )

    def _wrong_in_shown(self, step: Draft, path: tuple[str, ...]) -> str | None:
        root = self._drafts.get(path[0])
        if root is None or root is step:
            return None
        if root.item_name is not None and (root.name, "rows") not in step.shown:
            return missing_field({"type": "array"}, path[1:], f"{step.name}.{root.name}")
        return self._wrong_step(root, path[1:])

    def _unknown(self, root: str, draft: Draft | None) -> str:
        item = draft.item_name if draft else None
        if root in ("item", "index"):
            fix = f"; the item is called {item!r} here" if item else " without `for_each`"
            return f"there is no {root!r}{fix}"
        if root in PASS_NAMES:
            return f"{root!r} is known only inside of a step that is done again"
        if root in self._inputs:
            return f"{root!r} is an input; write inputs.{root}"
        if root in _ELSEWHERE:
            return f"unknown name {root!r}; did you mean {_ELSEWHERE[root]}?"
        steps = [name for name in self._drafts if draft is None or name != draft.name]
        known = ["inputs", *steps, *([item, "index"] if item else [])]
        return f"unknown name {root!r}{hint(root, known, nouns='known are')}"


def _wrong_own(use: Use, draft: Draft) -> str | None:
    if use.key != "repeat_until":
        fix = "; the output of the iteration before is `previous`" if draft.repeats else ""
        return f"the step {draft.name!r} refers to itself{fix}"
    if draft.output is None or draft.kind == "approve":
        return None
    return missing_field(draft.output, use.path[1:], draft.name)


def _wrong_in_run(path: tuple[str, ...]) -> str | None:
    if not path or path in [(field,) for field in RUN_FIELDS]:
        return None
    said = ".".join(path)
    return f"'run' has no field {said!r}{hint(said, RUN_FIELDS, nouns='fields')}"


def _wrong_in_list(step: Draft, path: tuple[str, ...]) -> str | None:
    if path[0] != "rows":
        return (
            f"{step.name!r} is a list, for its step has a for_each: its outputs are "
            f"{step.name!r}, all its items {step.name + '.rows'!r}"
        )
    if len(path) > 1:
        near = f" (one row has: {', '.join(ROW_FIELDS)})"
        return f"'{step.name}.rows' is a list and has no field {path[1]!r}; loop over it{near}"
    return None
