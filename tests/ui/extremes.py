"""Pictures of runs that are larger, longer or stranger than anybody would want them to be."""

import copy
from typing import Any

from tests.ui.lab import load_picture

LONG = "a_step_whose_name_is_much_longer_than_anybody_would_want_to_read_in_a_graph_at_all"
RIGHT_TO_LEFT = "هل تريد نشر هذا التقرير؟"
WAITING = 200
DRAWN = 25
LARGE = 50_000


def many_approvals() -> dict[str, Any]:
    """Return a run with 200 questions, of which a picture holds 25."""
    picture = load_picture("waiting")
    (asked,) = picture["approvals"]
    picture["approvals"] = [
        {**copy.deepcopy(asked), "id": f"a{number}", "prompt": f"File note {number}?"}
        for number in range(DRAWN)
    ]
    picture["approvals_cut"] = WAITING - DRAWN
    return picture


def long_names() -> dict[str, Any]:
    """Return a run with names of 80 characters and more, and texts from right to left."""
    picture = load_picture("waiting")
    picture |= {"workflow": "n" * 120, "title": "عنوان 🚀 " + "x" * 200}
    for node in picture["nodes"]:
        if node["name"] == "draft":
            node |= {"name": LONG, "path": LONG}
    for edge in picture["edges"]:
        for end in ("source", "target"):
            edge[end] = LONG if edge[end] == "draft" else edge[end]
    (asked,) = picture["approvals"]
    asked |= {"path": LONG, "prompt": f"{RIGHT_TO_LEFT} 👩‍👩‍👧 " + "W" * 300}
    asked["fields"][0]["value"] = f"{RIGHT_TO_LEFT}\n{RIGHT_TO_LEFT}"
    return picture


def large_argument() -> dict[str, Any]:
    """Return a run that asks about a call with an argument of 50,000 characters."""
    picture = load_picture("waiting")
    (asked,) = picture["approvals"]
    asked |= {"kind": "call", "fields": []}
    asked["calls"][0]["args"] = {"text": "word " * (LARGE // 5), "rows": [{"n": 1}] * 200}
    return picture


HIDDEN = "\u202egnp.exe \x1b[2J"
"""Reads as ``exe.png`` where the direction of writing is turned."""


def hidden_characters() -> dict[str, Any]:
    """Return a run that asks about a call whose argument looks like another one."""
    picture = load_picture("waiting") | {"title": HIDDEN}
    (asked,) = picture["approvals"]
    asked |= {"kind": "call", "prompt": f"Open {HIDDEN}?"}
    asked["calls"][0]["args"] = {"file": HIDDEN, "more": [HIDDEN]}
    asked["fields"] = [{"path": "draft.text", "value": HIDDEN, "editable": True}]
    return picture


EXTREMES = {
    "hidden_characters": hidden_characters(),
    "many_approvals": many_approvals(),
    "long_names": long_names(),
    "large_argument": large_argument(),
}
