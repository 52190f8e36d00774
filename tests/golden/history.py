"""A golden history: a whole store as a release left it, and what it has to come to for ever.

A folder holds the store as SQL text, the story of the world around it, what the run stood at and
came to, and what a terminal showed of it.
"""

import base64
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from mn_notebook.clock import RandomIds
from mn_notebook.domain.ids import RunId
from mn_notebook.store.seals import event_seal
from mn_notebook.store.store import Store, open_store
from mn_notebook.testing.doubles import FakeClock
from tests.conformance.case import Case, read_case

ROOT = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "histories"


class Facts(BaseModel):
    """What is known of a history besides its store."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    about: str
    """What is in it that matters, in one sentence."""
    seconds: float
    """How long after the beginning of time its last process died."""
    lives: int
    """How many processes it took so far."""
    runs: tuple[RunId, ...]
    """The last one is the one that goes on."""
    made: dict[str, int] = Field(default_factory=dict)
    """How often each function, tool or prompt of the world was asked for."""
    written: dict[str, JsonValue] = Field(default_factory=dict)
    """What each write did, by its key."""
    done: tuple[int, ...] = ()
    """Which controls of the story were used."""
    stands: tuple[dict[str, JsonValue], ...] = ()
    """Where each run stands."""
    ends: tuple[dict[str, JsonValue], ...] = ()
    """What each run comes to when it is gone on with."""
    artifacts: dict[str, str] = Field(default_factory=dict)
    """By their hashes, compressed."""


@dataclass(frozen=True)
class History:
    """One folder."""

    folder: Path

    @property
    def name(self) -> str:
        """Its release and its name."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def facts(self) -> Facts:
        """What is known of it besides its store."""
        return Facts.model_validate_json((self.folder / "history.json").read_text("utf-8"))

    @property
    def case(self) -> Case:
        """The workflows, the world around them, and what happens in it."""
        return read_case(self.folder / "story.yaml")

    @property
    def sql(self) -> str:
        """The store."""
        return (self.folder / "store.sql").read_text("utf-8")

    @property
    def shown(self) -> str:
        """What a terminal showed."""
        return (self.folder / "shown.txt").read_text("utf-8")

    def events(self) -> Iterator[tuple[str, int, str]]:
        """Return kind, version and body of every event in the store, undecoded."""
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(self.sql)
            yield from connection.execute("SELECT kind, version, body FROM mn_event")

    def opened(self, folder: Path) -> tuple[Store, FakeClock]:
        """Bring the store back to life in a folder, with the clock where it was."""
        path = folder / "store.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA synchronous=OFF")  # a copy that a test throws away
            connection.executescript(self.sql)
        facts, clock = self.facts, FakeClock()
        clock.advance(facts.seconds)
        store = open_store(
            str(path), clock=clock, ids=RandomIds(), threaded=False, durability="normal"
        )
        for sha256, packed in facts.artifacts.items():
            content = zlib.decompress(base64.b64decode(packed))
            assert store.artifacts.put(content, media_type="") == sha256
        return store, clock


def all_histories() -> list[History]:
    """Return every history of every release."""
    return [History(path.parent) for path in sorted(FOLDER.glob("*/*/history.json"))]


def write_history(folder: Path, facts: Facts, *, sql: str, story: str, shown: str) -> History:
    """Write a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    told = json.dumps(facts.model_dump(mode="json"), ensure_ascii=False, indent=1)
    for name, text in {
        "history.json": told + "\n",
        "store.sql": sql,
        "story.yaml": story,
        "shown.txt": shown,
    }.items():
        # The ends of tracebacks say where the program lies.
        (folder / name).write_text(text.replace(str(ROOT), "/mn_notebook"), "utf-8")
    return History(folder)


def dumped(store: Store) -> str:
    """Return a store as SQL text; what tells of the machine is taken out."""
    with closing(store.database.connect()) as live, closing(sqlite3.connect(":memory:")) as copy:
        live.backup(copy)
        copy.execute("UPDATE mn_process SET pid = 1, host = 'host'")
        copy.execute("DELETE FROM mn_store")  # it says where the file lay
        # The ends of tracebacks say where the program lies.
        place = "UPDATE mn_event SET body = replace(body, ?, '/mn_notebook')"
        copy.execute(place, (str(ROOT),))
        copy.create_function("sealed", 7, event_seal)
        copy.execute(
            "UPDATE mn_event SET seal = sealed(run_id, seq, kind, version, at, batch, body)"
        )
        copy.execute("UPDATE mn_migration SET applied_at = '2030-01-01T00:00:00.000000+00:00'")
        copy.commit()
        return "\n".join(copy.iterdump()) + "\n"


def packed(artifacts: dict[str, bytes]) -> dict[str, str]:
    """Return artifacts as text."""
    return {
        sha256: base64.b64encode(zlib.compress(content, 9)).decode()
        for sha256, content in sorted(artifacts.items())
    }
