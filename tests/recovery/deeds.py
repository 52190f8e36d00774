"""Tools and functions that write down, outside of their process, what they do and when.

Each is a plain function of its arguments: what a killed and a quiet run return is the same.
"""

import ctypes
import os
import random
import signal
import sys
import threading
from typing import Any

import mn_notebook as mn
from mn_notebook.errors import TransientError
from tests.recovery import outside
from tests.recovery.outside import Line


def _pause(seed: str) -> None:
    """Take a while, now short, now long, so that a kill finds every place to land in."""
    chance = random.Random(seed)
    seconds = chance.choice((0.001, 0.005, 0.02, 0.06)) * chance.uniform(0.5, 1.5)
    threading.Event().wait(seconds)


def _act(
    name: str, where: str, key: str | None, args: dict[str, Any], result: Any, *, does: bool
) -> Any:
    def line(what: outside.What) -> Line:
        return Line(what, name, where, key, outside.args_hash(args), os.getpid(), result)

    outside.note(line("begin"))
    _pause(f"before {name} {where} {args}")
    if does:
        outside.note(line("did"))
        _pause(f"after {name} {where} {args}")
    outside.note(line("end"))
    return result


# --- tools -------------------------------------------------------------------------------------


@mn.tool(effect="read")
def look(q: str, where: str, *, idempotency_key: str) -> str:
    """Look something up.

    Args:
        q: what to look for.
    """
    return str(_act("look", where, idempotency_key, {"q": q}, f"found {q}", does=False))


@mn.tool(effect="idempotent")
def stamp(text: str, where: str, *, idempotency_key: str) -> str:
    """Stamp a text."""
    args = {"text": text}
    return str(_act("stamp", where, idempotency_key, args, f"stamped {text}", does=True))


def posted(key: str) -> str | None:
    """Return what a call of `post` returned, if it happened."""
    line = outside.done(outside.read(about=key), "post", key=key)
    result = None if line is None else str(line.result)
    outside.note(Line("checked", "post", "", key, "", os.getpid(), result))
    return result


@mn.tool(effect="write", check=posted)
def post(text: str, where: str, *, idempotency_key: str) -> str:
    """Post a text; one can find out later whether it was posted."""
    return str(_act("post", where, idempotency_key, {"text": text}, f"posted {text}", does=True))


@mn.tool(effect="write")
def mail(text: str, where: str, *, idempotency_key: str) -> str:
    """Mail a text; nobody but the reader knows whether it went out."""
    return str(_act("mail", where, idempotency_key, {"text": text}, f"mailed {text}", does=True))


# --- functions ---------------------------------------------------------------------------------


def shape(text: str, where: str) -> dict[str, Any]:
    """Make a draft."""
    result = {"text": f"<{text}>", "size": len(text)}
    shaped: dict[str, Any] = _act("shape", where, None, {"text": text}, result, does=False)
    return shaped


def bulk(where: str) -> list[str]:
    """Return more than fits into an event."""
    outside.note(Line("begin", "bulk", where, None, "", os.getpid()))
    return [f"{number:08}" for number in range(10_000)]


def weigh(rows: list[str], where: str) -> str:
    """Look at all of it."""
    hashed = outside.args_hash({"rows": rows})
    weighed = _act("weigh", where, None, {}, f"{len(rows)} rows, {hashed}", does=False)
    return str(weighed)


def places(where: str) -> list[str]:
    """Return what there is to study."""
    result = ["north", "south", "east"]
    found: list[str] = _act("places", where, None, {}, result, does=False)
    return found


def numbers(where: str, count: int = 6) -> list[int]:
    """Return what there is to do."""
    result = list(range(count))
    found: list[int] = _act("numbers", where, None, {"count": count}, result, does=False)
    return found


def book(text: str, where: str) -> str:
    """Write into a ledger that nobody can read back."""
    return str(_act("book", where, None, {"text": text}, f"booked {text}", does=True))


def shaky(text: str, where: str) -> str:
    """Fail once for a reason that passes."""
    before = [line for line in outside.read(about=where) if line.name == "shaky"]
    args = {"text": text}
    if not any(line.what == "failed" for line in before):
        hashed = outside.args_hash(args)
        outside.note(Line("begin", "shaky", where, None, hashed, os.getpid()))
        outside.note(Line("failed", "shaky", where, None, hashed, os.getpid()))
        message = "the line was busy"
        raise TransientError(message)
    return str(_act("shaky", where, None, args, f"steady {text}", does=False))


def broken(where: str) -> str:
    """Fail for good."""
    outside.note(Line("begin", "broken", where, None, "", os.getpid()))
    outside.note(Line("failed", "broken", where, None, "", os.getpid()))
    message = "this is broken"
    raise ValueError(message)


def improve(before: dict[str, int] | None, where: str) -> dict[str, int]:
    """Do a little better than before."""
    last = before or {"tries": 0, "score": 0}
    result = {"tries": last["tries"] + 1, "score": last["score"] + 2}
    improved: dict[str, int] = _act("improve", where, None, {"last": last}, result, does=False)
    return improved


def tally(rows: list[Any], where: str) -> int:
    """Add up a table."""
    total = sum(row["size"] for row in rows)
    return int(_act("tally", where, None, {"rows": rows}, total, does=False))


def alone(text: str, where: str) -> str:
    """Work in a process of its own, and tell of its parent, which watches it."""
    outside.note(Line("begin", "alone", where, None, "", os.getpid(), os.getppid()))
    for _ in range(10):
        threading.Event().wait(0.06)
        outside.note(Line("works", "alone", where, None, "", os.getpid()))
    outside.note(Line("end", "alone", where, None, "", os.getpid()))
    return f"alone with {text}"


def slow(seconds: float, where: str) -> str:
    """Take a while."""
    outside.note(Line("begin", "slow", where, None, "", os.getpid()))
    threading.Event().wait(seconds)
    outside.note(Line("end", "slow", where, None, "", os.getpid()))
    return "done"


def odd(where: str) -> dict[str, str]:
    """Print and return text that UTF-8 cannot say: half of a character outside the basic plane."""
    sys.stdout.write("printed \ud83d")
    return {"half": "a\ud83d", "pair": "\ud83d\ude00", "where": where}


def odd_fault(where: str) -> str:
    """Fail with such a text."""
    message = "failed with \ud83d"
    raise ValueError(message)


def segfault(where: str) -> str:
    """Read at an address where nothing is."""
    outside.note(Line("begin", "segfault", where, None, "", os.getpid()))
    ctypes.string_at(0)
    return "survived"


def deadly(where: str, harmless_after: int) -> str:
    """Take the process down, so often."""
    before = sum(line.name == "deadly" for line in outside.read(about=where))
    outside.note(Line("begin", "deadly", where, None, "", os.getpid()))
    if before < harmless_after:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"
