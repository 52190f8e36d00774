"""Says what a run waits for: who asks for what, until when, and what silence means."""

from mn_notebook.display.facts import ICONS, MAX_LINE, Tone, shown
from mn_notebook.domain import words
from mn_notebook.domain.picture import (
    PictureApproval,
    PictureCall,
    PictureField,
    PictureFormField,
    PictureWait,
    RunPicture,
)

MAX_APPROVALS = 25
"""How many approvals a display shows in full; the rest is counted."""
MAX_WAITS = 20
"""How many waits a display shows; the rest is counted."""


def asked(approval: PictureApproval) -> str:
    """Say who asks, since when, and what silence means."""
    openings = {
        "approve": "asked by step",
        "call": "a call is asked about in step",
        "in_doubt": "a call is in doubt in step",
        "ask": "asked by step",
        "budget": "a budget is used up at step",
    }
    where = words.one_line(approval.path, MAX_LINE)
    since = f"{openings[approval.kind]} {where} · since {words.moment(approval.requested_at)}"
    if approval.escalated:
        to = words.one_line(approval.escalated_to, MAX_LINE)
        return f"{since} · overdue, nobody answered in time{f'; escalated to {to}' if to else ''}"
    if approval.expires_at is None:
        return f"{since} · waits without end"
    then = f", then: {words.one_line(approval.then, MAX_LINE)}" if approval.then else ""
    return f"{since} · expires {words.moment(approval.expires_at)}{then}"


def reasons(approval: PictureApproval) -> list[str]:
    """Say why a person is asked, who should decide, and what the run has cost so far."""
    said = []
    if approval.because:
        said.append(f"why: {words.one_line(approval.because)}")
    if approval.needed > 1:
        given = ", ".join(words.one_line(name, MAX_LINE) for name in approval.given)
        so_far = f"; given by {given}" if given else ""
        said.append(f"needs the word of {approval.needed} different people{so_far}")
    if approval.delegated_to:
        said.append(f"handed to {words.one_line(approval.delegated_to, MAX_LINE)}")
    if approval.kind == "call":
        said.append(f"cost so far: {words.money(approval.cost_usd)}")
    return said


def budget(approval: PictureApproval) -> list[tuple[str, str]]:
    """List what a person has to know who is asked about a budget; empty for other questions."""
    asked = approval.budget
    if asked is None:
        return []
    price = asked.word == "unknown_price"
    share = 1.0 if not asked.limit else float(asked.counted / asked.limit)
    used = f"{words.bar(share)} {asked.used} {asked.how}"
    wanted = f"; {asked.wanted_text}" if asked.wanted_text else ""
    said = [
        ("used", f"{used}{wanted}"),
        ("spent on", asked.spent_on),
        ("left to do", asked.left),
        ("model", asked.model),
        ("would give", "" if price else f"{asked.offer} {asked.unit}"),
    ]
    return [(name, words.one_line(text)) for name, text in said if text]


def agent_said(approval: PictureApproval) -> str:
    """Return the agent's own words for its call; empty where it said nothing."""
    return f"the agent said: {words.one_line(approval.said)}" if approval.said else ""


def choices(approval: PictureApproval) -> str:
    """Say what may be decided, and what each choice leads to."""
    said = (f"{one.label}: {words.one_line(one.leads_to)}" for one in approval.choices)
    return ". ".join(said) + ("." if approval.choices else "")


def permissions(picture: RunPicture) -> list[tuple[str, str]]:
    """List what is always allowed in a run, and the line that takes it back."""
    return [
        (
            f"{words.one_line(one.tool, MAX_LINE)} needs no approval in this run: "
            f"{words.one_line(one.by, MAX_LINE)} said so",
            words.one_line(one.command),
        )
        for one in picture.permissions
    ]


def meaning(approval: PictureApproval) -> str:
    """Say what holds until somebody decides."""
    if approval.kind == "in_doubt":
        return "The call was begun and its outcome is unknown. It is not repeated unasked."
    if approval.kind == "ask":
        return "The step waits for an answer."
    if approval.kind == "budget":
        return "What is under way ends, and is kept; nothing new begins."
    back = words.one_line(approval.redo or "", MAX_LINE)
    sent = f" A rejection sends the work back to {back}." if back else ""
    return f"Nothing of this happens before somebody decides.{sent}"


def sign(approval: PictureApproval) -> str:
    """Write the sign before what is asked; something urgent has another one."""
    if approval.kind == "in_doubt":
        return ICONS["in_doubt"]
    return "◆!" if approval.escalated else ICONS["waiting"]


def tone(approval: PictureApproval) -> Tone:
    """Say how urgent something is."""
    return "bad" if approval.kind == "in_doubt" or approval.escalated else "wait"


def asks_for(approval: PictureApproval) -> str:
    """List the fields of a form with their types; empty where nothing is to be filled in."""
    if not approval.form:
        return ""
    return f"asks for: {', '.join(map(_form_field, approval.form))}"


def _form_field(field: PictureFormField) -> str:
    optional = "" if field.required else ", optional"
    return f"{words.one_line(field.name)} ({words.one_line(field.type_text)}{optional})"


def waits(picture: RunPicture) -> list[tuple[str, str]]:
    """List what a run waits for besides people, with the line that ends the wait, if there is one.

    Moments are told, and not how long it is until then: a saved display must stay true.
    """
    told = [(_wait(wait), words.one_line(wait.command)) for wait in picture.waits[:MAX_WAITS]]
    left = max(len(picture.waits) - MAX_WAITS, 0) + picture.waits_cut
    return [*told, (words.plural(left, "further wait"), "")] if left > 0 else told


def _wait(wait: PictureWait) -> str:
    step = words.one_line(wait.path, MAX_LINE)
    until = words.moment(wait.until) if wait.until else ""
    if wait.signal is None:
        return f"{step} goes on at {until}" if until else f"{step} waits"
    latest = f", until {until} at the latest" if until else ""
    return f"{step} waits for the signal {words.one_line(wait.signal, MAX_LINE)}{latest}"


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
    left = max(len(picture.approvals) - MAX_APPROVALS, 0) + picture.approvals_cut
    return f"{words.plural(left, 'more approval')}: %mn approvals" if left > 0 else ""
