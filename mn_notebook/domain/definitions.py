"""A tool as a server describes it, and what its hints may say about its effect.

Hints are a server's own word. They may raise a tool's effect; that they lower it takes the trust of
the user, given to this very description.
"""

import json
from collections.abc import Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mn_notebook.domain.ids import content_hash
from mn_notebook.domain.shapes import first_fault
from mn_notebook.domain.words import one_line
from mn_notebook.domain.workflow import Effect, Schema

STRENGTH: Mapping[Effect, int] = {"read": 0, "idempotent": 1, "write": 2}


class Hints(BaseModel):
    """What a server says that a tool does; None: it does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None

    @property
    def effect(self) -> Effect:
        """Return the effect as they tell it; what is not said is the protocol's default.

        That is: it writes, it destroys, and twice is not the same as once.

        >>> Hints(read_only=True).effect, Hints(idempotent=True).effect, Hints().effect
        ('read', 'write', 'write')
        >>> Hints(idempotent=True, destructive=False).effect
        'idempotent'
        """
        if self.read_only:
            return "read"
        return "idempotent" if self.idempotent and self.destructive is False else "write"

    @property
    def least(self) -> Effect:
        """Return the effect that it has at least, by what is said and by nothing else."""
        if self.read_only is not False and not self.destructive:
            return "read"
        return self.effect

    @property
    def words(self) -> str:
        """Say what is hinted, in a few words."""
        said = (
            (self.read_only, "reads only", "writes"),
            (self.destructive, "destroys", "destroys nothing"),
            (self.idempotent, "may be repeated", "is not to be repeated"),
            (self.open_world, "reaches outside", "stays inside"),
        )
        words = [yes if hint else no for hint, yes, no in said if hint is not None]
        return ", ".join(words) or "says nothing"


class ToolDefinition(BaseModel):
    """A tool as its server described it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str = ""
    description: str = ""
    input_schema: Schema
    output_schema: Schema | None = None
    hints: Hints = Field(default_factory=Hints)
    fault: str = ""
    """Why the tool cannot be used as it is described; '': it can."""

    @cached_property
    def hash(self) -> str:
        """What names this very description, hints and schemas included."""
        return content_hash(self.model_dump(mode="json"))[:16]


MAX_SCHEMA = 200_000
"""Characters of a schema, as JSON, that are read."""
_DEEPEST = 60
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_DIALECTS = ("http://json-schema.org/", "https://json-schema.org/")


def schema_fault(schema: JsonValue) -> str:
    """Say why a schema that a stranger wrote cannot be used, or nothing.

    What it refers to outside of itself is never fetched: it could lead anywhere.

    >>> schema_fault({"properties": {"a": {"$ref": "https://example.org/a.json"}}})
    "it refers to 'https://example.org/a.json', and only what stands in it is read"
    >>> schema_fault({"$defs": {"n": {}}, "properties": {"a": {"$ref": "#/$defs/n"}}})
    ''
    """
    fault = _unsafe(schema, 0)
    if fault:
        return fault
    if not isinstance(schema, dict) or len(json.dumps(schema)) > MAX_SCHEMA:
        return f"it is no object of at most {MAX_SCHEMA:,} characters"
    try:
        first_fault(None, schema)
    except ValueError as wrong:
        return f"it is no JSON Schema: {one_line(str(wrong), 200)}"
    return ""


def _unsafe(value: JsonValue, depth: int) -> str:
    if depth > _DEEPEST:
        return f"it is deeper than {_DEEPEST} levels"
    if isinstance(value, list):
        return next(filter(None, (_unsafe(inner, depth + 1) for inner in value)), "")
    if not isinstance(value, dict):
        return ""
    for name in _REFERENCES:
        said = value.get(name)
        if isinstance(said, str) and not said.startswith("#"):
            return f"it refers to {said[:200]!r}, and only what stands in it is read"
    dialect = value.get("$schema")
    if isinstance(dialect, str) and not dialect.startswith(_DIALECTS):
        return f"it is of a dialect of its own, {dialect[:200]!r}"
    return next(filter(None, (_unsafe(inner, depth + 1) for inner in value.values())), "")


def effect_of(hints: Hints, trusted: Effect | None, *, is_trusted: bool) -> Effect:
    """Return what a tool does to the world at most.

    ``is_trusted``: the user trusts this very description; ``trusted`` is the effect that he gave
    it himself, None that he believes the hints.

    >>> effect_of(Hints(read_only=True), None, is_trusted=False)
    'write'
    >>> effect_of(Hints(read_only=True), None, is_trusted=True)
    'read'
    >>> effect_of(Hints(destructive=True), "read", is_trusted=True)
    'write'
    """
    if not is_trusted:
        return "write"
    if trusted is None:
        return hints.effect
    return max(trusted, hints.least, key=lambda effect: STRENGTH[effect])
