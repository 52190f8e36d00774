"""Events as rows of their table: how one is written, and how it is read again."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from mn_notebook.domain.events import Recorded, UnknownEvent, read_event
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.values import sayable
from mn_notebook.errors import StoreTooNew
from mn_notebook.secrecy.events import thoroughly_without_secrets
from mn_notebook.secrecy.known import may_hold
from mn_notebook.store.seals import damaged, event_seal


def written(event: Any) -> tuple[Any, str]:
    """Return an event as it is written, and its body.

    Who makes events leaves secrets out of them; this is the last place where one could still slip
    through, and costs a few searches in what is encoded anyway.
    """
    body = body_of(event)
    if not may_hold(body):
        return event, body
    clean = thoroughly_without_secrets(event)
    return clean, body_of(clean)


def body_of(event: Any) -> str:
    """Return an event as JSON, without what it has by default."""
    try:
        body: str = event.model_dump_json(exclude_defaults=True)
    except PydanticSerializationError:
        # A message or a print with half a surrogate pair in it.
        fields = event.model_dump(mode="json", exclude_defaults=True)
        body = sayable(json.dumps(fields, ensure_ascii=False))
    return body


def event_row(
    run_id: str, seq: int, event: Any, now: str, batch: str, body: str
) -> tuple[Any, ...]:
    """Return the row of an event, sealed."""
    columns = (run_id, seq, event.kind, event.VERSION, now, batch, body)
    return (*columns, event_seal(*columns))


def recorded(run_id: RunId, expected: int | None, row: Sequence[Any]) -> Recorded:
    """Return the event of a row without its run, which is the one ``expected`` if that is given.

    Raises:
        StoreDamaged: it is another one, is not as it was written, or cannot be read.
        StoreTooNew: a newer program wrote it.
    """
    seq, kind, version, at, batch, body, found = row
    if expected is not None and seq != expected:
        raise damaged(f"event {expected} of run {run_id!r} is missing")
    if found is not None and found != event_seal(run_id, seq, kind, version, at, batch, body):
        raise damaged(f"event {seq} of run {run_id!r} is not as it was written")
    try:
        event = read_event(kind, version, body)
        moment = datetime.fromisoformat(at)
    except (UnknownEvent, ValidationError) as fault:
        raise too_new(f"event {seq} of run {run_id!r} ({kind!r}, version {version})") from fault
    except (TypeError, ValueError) as fault:
        raise damaged(f"event {seq} of run {run_id!r} cannot be read") from fault
    return Recorded.known(run_id, seq, moment, event)


def too_new(what: str) -> StoreTooNew:
    """Return the error of something that only another version can read."""
    return StoreTooNew(
        f"{what} was written by another version of mn_notebook and cannot be read here: "
        "upgrade mn-notebook to look at it or to go on with it"
    )
