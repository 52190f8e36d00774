"""Reads from a store what people asked for, and what must come of it."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from mn_notebook.client import RunClient
from mn_notebook.domain.events import RunCancelRequested, SignalReceived, StepSkipped
from mn_notebook.domain.ids import RunId
from tests.recovery.story import NO_VALUE, Story, Told


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the inbox: durable from the moment on at which it could be read."""

    id: str
    run_id: RunId
    kind: str
    body: dict[str, Any]
    taken: bool


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run must have come to."""

    status: str
    output: Any = None


def commands(store: sqlite3.Connection) -> list[Command]:
    """Return everything that anybody ever asked for, oldest first."""
    found = store.execute("SELECT id, run_id, kind, body, taken FROM mn_command ORDER BY at, id")
    return [
        Command(name, RunId(run_id), kind, json.loads(body), bool(taken))
        for name, run_id, kind, body, taken in found
    ]


def told_by(client: RunClient, run_id: RunId) -> tuple[Told, bool]:
    """Return what people made of a run, by its journal, and whether they cancelled it."""
    skips: dict[str, Any] = {}
    signals: list[Any] = []
    cancelled = False
    for event in (recorded.event for recorded in client.events(run_id)):
        match event:
            case StepSkipped() if event.by:
                value = NO_VALUE if event.output is None else client.values.load(event.output)
                skips[event.path] = value
            case SignalReceived():
                signals.append(client.values.load(event.value))
            case RunCancelRequested():
                cancelled = True
    return Told(skips, signals), cancelled


def expected(story: Story, topic: str, told: tuple[Told, bool]) -> Expected:
    """Return what a run must come to."""
    wishes, cancelled = told
    if cancelled:
        return Expected("cancelled")
    return Expected("succeeded", story.right_output(topic, wishes))
