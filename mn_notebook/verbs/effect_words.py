"""Says in a few words what a call did to the world."""

import json

from pydantic import JsonValue

from mn_notebook.domain.ledger import Entry
from mn_notebook.domain.tables import as_sketches, shown_value
from mn_notebook.domain.values import Stored
from mn_notebook.domain.words import one_line
from mn_notebook.engine.values import Values

_LONGEST_VALUE = 40
_LONGEST_CALL = 100

STATES = {
    "open": "under way",
    "cut_off": "cut off: its process ended",
    "succeeded": "succeeded",
    "failed": "failed",
    "in_doubt": "in doubt",
    "happened": "settled: it happened",
    "not_happened": "settled: it did not happen",
    "undone": "undone",
    "undo_open": "being undone",
    "undo_failed": "could not be undone",
    "undo_in_doubt": "whether it is undone is in doubt",
}
"""What a state of the ledger is called; a test holds it against the states."""


def call_text(values: Values, entry: Entry) -> str:
    """Write a call with its place: ``pay(amount=5) at pay[acme]``."""
    args = arguments(values, entry)
    said = ", ".join(f"{name}={short(value)}" for name, value in args.items())
    return f"{one_line(f'{entry.tool}({said})', _LONGEST_CALL)} at {one_line(entry.path, 60)}"


def arguments(values: Values, entry: Entry) -> dict[str, JsonValue]:
    """Return the arguments of a call as a display shows them."""
    shown = shown_of(values, entry.args)
    if not entry.call_id:  # of a python step: its input
        shown = shown.get("args") if isinstance(shown, dict) else None
    return shown if isinstance(shown, dict) else {}


def shown_of(values: Values, stored: Stored) -> JsonValue:
    """Return a value with a sketch in place of each table."""
    if stored.artifact is None or stored.sketch is not None:
        return shown_value(stored)
    found: JsonValue = as_sketches(values.load(stored))
    return found


def short(value: JsonValue) -> str:
    """Write a value in a few characters."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return one_line(text, _LONGEST_VALUE)
