"""Says what waits for a person: who asks for what, until when, and what silence means."""

from mn_notebook.display.facts import MAX_LINE, shown
from mn_notebook.domain import words
from mn_notebook.domain.picture import PictureApproval, PictureCall, PictureField, RunPicture

MAX_APPROVALS = 25
"""How many approvals a display shows in full; the rest is counted."""


def asked(approval: PictureApproval) -> str:
    """Say who asks, since when, and what silence means."""
    openings = {
        "approve": "asked by step",
        "call": "a call is asked about in step",
        "in_doubt": "a call is in doubt in step",
    }
    where = words.one_line(approval.path, MAX_LINE)
    since = f"{openings[approval.kind]} {where} · since {words.moment(approval.requested_at)}"
    if approval.expires_at is None:
        return f"{since} · waits without end"
    then = f", then: {words.one_line(approval.then, MAX_LINE)}" if approval.then else ""
    return f"{since} · expires {words.moment(approval.expires_at)}{then}"


def meaning(approval: PictureApproval) -> str:
    """Say what holds until somebody decides."""
    if approval.kind == "in_doubt":
        return "The call was begun and its outcome is unknown. It is not repeated unasked."
    return "Nothing of this happens before somebody decides."


def key_fact(call: PictureCall) -> str:
    """Say by which key a call is told from its repetition; empty without a key."""
    return f"idempotency key {words.one_line(call.key)}" if call.key else ""


def call_facts(call: PictureCall) -> str:
    """Say what a call may do, and its key."""
    return " · ".join(filter(None, (call.effect, key_fact(call))))


def arguments(call: PictureCall) -> list[tuple[str, str]]:
    """List the arguments of a call in full: what is approved must be seen."""
    return [(words.one_line(name), shown(value)) for name, value in call.args.items()]


def field_name(field: PictureField) -> str:
    """Name a value that an approval shows."""
    return words.one_line(field.path) + (" (may be edited)" if field.editable else "")


def further(picture: RunPicture) -> str:
    """Count the approvals that are not shown; empty if all are."""
    left = len(picture.approvals) - MAX_APPROVALS
    return f"{words.plural(left, 'more approval')}: %mn approvals" if left > 0 else ""
