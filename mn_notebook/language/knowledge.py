"""What is known of the values behind the names that texts use."""

from collections.abc import Mapping

from mn_notebook.domain.workflow import InputField, Schema
from mn_notebook.language.drafts import Draft
from mn_notebook.language.parsing import TextError, parse_expression, plain_path
from mn_notebook.language.shapes import item_of, schema_at
from mn_notebook.language.vocabulary import DECISION_FIELDS

_DECISION: dict[str, Schema] = {
    "approved": {"type": "boolean"},
    "by": {"type": "string"},
    "because": {"type": "string"},
}
_LIST: Schema = {"type": "array"}
_FOLLOWED = 20


class Knowledge:
    """The schemas of inputs, outputs and items, as far as the texts tell them."""

    def __init__(self, inputs: Mapping[str, InputField], drafts: Mapping[str, Draft]) -> None:
        self._inputs = inputs
        self._drafts = drafts

    def schema_of(
        self, path: tuple[str, ...], draft: Draft | None, *, key: str = "", hops: int = _FOLLOWED
    ) -> Schema | None:
        """Return the schema of a value as a text of a step sees it; None: not known.

        ``key`` is the key that the text stands below.
        """
        root, rest = path[0], path[1:]
        if hops == 0:
            return None
        if root == "inputs":
            field = self._inputs.get(rest[0]) if rest else None
            return schema_at(field.json_schema, rest[1:]) if field else None
        if draft is not None and draft.item_name is not None:
            if root == draft.item_name:
                item = self.item_of(draft, hops=hops - 1)
                return schema_at(item, rest) if item is not None else None
            if root == "index":
                return {"type": "integer"}
        if draft is not None and root == draft.name:
            own = draft.output if key == "repeat_until" else None
            return schema_at(own, rest) if own is not None else None
        step = self._drafts.get(root)
        return self._of_step(step, rest, hops - 1) if step is not None else None

    def item_of(self, draft: Draft, *, hops: int = _FOLLOWED) -> Schema | None:
        """Return the schema of an item of a ``for_each``."""
        over = self.list_of(draft, hops=hops)
        return item_of(over) if over is not None else None

    def list_of(self, draft: Draft, *, hops: int = _FOLLOWED) -> Schema | None:
        """Return the schema of what a ``for_each`` goes over, where it is a plain path."""
        path = path_in(draft.over.text) if draft.over is not None else None
        return self.schema_of(path, None, hops=hops - 1) if path and hops > 0 else None

    def _of_step(self, step: Draft, path: tuple[str, ...], hops: int) -> Schema | None:
        if step.item_name is not None:
            if path:
                return _LIST if path == ("rows",) else None
            return _LIST if step.output is None else _list_of(step.output)
        if step.kind == "approve":
            return self._of_approval(step, path, hops)
        return schema_at(step.output, path) if step.output is not None else None

    def _of_approval(self, step: Draft, path: tuple[str, ...], hops: int) -> Schema | None:
        if len(path) == 1 and path[0] in DECISION_FIELDS:
            return _DECISION[path[0]]
        if not path:
            return None
        if any(path[: len(shown)] == shown for shown in step.shown):
            return self.schema_of(path, None, hops=hops)
        short = [shown for shown in step.shown if shown[-1] == path[0]]
        if len(short) == 1:
            return self.schema_of((*short[0], *path[1:]), None, hops=hops)
        return None


def _list_of(output: Schema) -> Schema:
    inner = {key: value for key, value in output.items() if key != "$defs"}
    definitions = {"$defs": output["$defs"]} if "$defs" in output else {}
    return {"type": "array", "items": inner, **definitions}


def path_in(expression: str) -> tuple[str, ...] | None:
    """Return the path that an expression is, such as ``gather.facts``, or None for any other."""
    try:
        return plain_path(parse_expression(expression))
    except TextError:
        return None
