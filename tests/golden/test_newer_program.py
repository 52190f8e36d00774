"""A run that a newer program wrote on is shown as far as it is understood, and not touched."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typing_extensions import override

from mn_notebook.client import RunClient
from mn_notebook.display import run_html, run_markdown, run_text
from mn_notebook.domain.ids import RunId
from mn_notebook.engine.worker import Worker
from mn_notebook.errors import StoreTooNew
from mn_notebook.store.seals import event_seal
from mn_notebook.testing.doubles import SequentialIds
from mn_notebook.verbs.decide import approvals
from mn_notebook.verbs.explain import why
from mn_notebook.verbs.look import log, runs
from mn_notebook.verbs.showing import as_text
from tests.conformance.texts import parsed, versions
from tests.golden.history import FOLDER, History
from tests.golden.playing import Resuming

NEWER = {
    "a kind": ("step.dreamt", 1, '{"path": "draft"}'),
    "a version": ("run.paused", 99, "{}"),
    "a field": ("run.paused", 1, '{"mood": "good"}'),
}
each_novelty = pytest.mark.parametrize("novelty", NEWER.values(), ids=NEWER)


def history(name: str) -> History:
    return History(FOLDER / "0.1.0" / name)


def write_on(path: Path, run: RunId, novelty: tuple[str, int, str]) -> int:
    """Do what a newer program does; return the number of its event."""
    kind, version, body = novelty
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        query = "UPDATE mn_run SET head = head + 1 WHERE id = ? RETURNING head"
        ((head,),) = connection.execute(query, (run,)).fetchall()
        at = "2030-01-01T00:00:09.000000+00:00"
        row = (run, head, kind, version, at, "newer", body)
        marks = "?, ?, ?, ?, ?, ?, ?, ?"
        connection.execute(f"INSERT INTO mn_event VALUES ({marks})", (*row, event_seal(*row)))
    return int(head)


@pytest.fixture(params=[*NEWER.values()], ids=[*NEWER])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A session on a store in which a person is asked, and a newer program wrote on."""
    store, clock = history("approval").opened(tmp_path)
    (run,) = history("approval").facts.runs
    head = write_on(tmp_path / "store.db", run, request.param)
    client = RunClient(store, user="ann", clock=clock, ids=SequentialIds("n"))
    yield SimpleNamespace(
        client=client, definitions={}, via="python", run=run, head=head, note_of=lambda _run: ""
    )
    store.close()


def test_it_is_shown_up_to_there(session: Any) -> None:
    """With why no further, and what makes the rest readable; nothing is offered to do."""
    picture = session.client.picture(session.run)
    assert picture.rev == session.head - 1
    assert [node.name for node in picture.nodes]
    assert (picture.approvals, picture.actions) == ((), ())
    assert not any(node.actions for node in picture.nodes)
    for drawn in (run_text(picture), run_markdown(picture), run_html(picture)):
        plain = " ".join(drawn.replace("\\", "").split())
        assert "waiting · read-only here" in plain
        assert f"wrote what follows event {session.head - 1} of its journal" in plain
        assert "upgrade mn-notebook" in plain
        assert "%mn approve" not in plain
        assert "%mn cancel" not in plain


def test_it_is_explained_and_told_up_to_there(session: Any) -> None:
    """Also for one step; the log says that it goes on."""
    for step in (None, "review"):
        explained = why(session, session.run, step)
        assert explained.commands == ()
        assert "upgrade mn-notebook" in explained.next
    told = log(session, session.run)
    assert [one.seq for one in told.events] == list(range(1, session.head))
    assert "upgrade mn-notebook" in as_text(told).splitlines()[-1]
    assert log(session, session.run, step="review").unread == told.unread


def test_it_keeps_nothing_else_from_being_listed(session: Any) -> None:
    """One run that is not understood is no reason to show no others."""
    (line,) = runs(session).lines
    assert line.status == "waiting"
    assert approvals(session).waiting == ()


TOUCHES: dict[str, Callable[[RunClient, RunId], object]] = {
    "cancel": lambda client, run: client.cancel(run),
    "pause": lambda client, run: client.pause(run),
    "resume": lambda client, run: client.resume(run),
    "skip": lambda client, run: client.skip(run, "review"),
    "approve": lambda client, run: client.open_approval(run, None),
    "decide": lambda client, run: client.decide(
        run, next(iter(client.known_state(run)[0].approvals.values())).request, "approve"
    ),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_it_cannot_be_touched(session: Any, touch: Callable[[RunClient, RunId], object]) -> None:
    """Whoever does not understand a journal decides nothing by it."""
    with pytest.raises(StoreTooNew, match="upgrade mn-notebook"):
        touch(session.client, session.run)
    assert session.client.store.inbox.pending(["conformance.ipynb"], []) == []


@pytest.mark.parametrize(
    ("name", "touch"),
    [
        ("signal", lambda client, _run: client.signal("parcel")),
        ("failed", lambda client, run: client.retry(run)),
    ],
    ids=["signal", "retry"],
)
@each_novelty
def test_neither_signals_nor_retries_reach_it(
    name: str, touch: Any, novelty: tuple[str, int, str], tmp_path: Path
) -> None:
    """A signal for every run reaches none when one of them is not understood."""
    store, clock = history(name).opened(tmp_path)
    (run,) = history(name).facts.runs
    write_on(tmp_path / "store.db", run, novelty)
    client = RunClient(store, user="ann", clock=clock, ids=SequentialIds("n"))
    with pytest.raises(StoreTooNew, match="upgrade mn-notebook"):
        touch(client, run)
    assert store.inbox.pending(["conformance.ipynb"], []) == []
    store.close()


class Watching(Resuming):
    """Lets a process look after the store for a minute."""

    @override
    async def _look_on(self, worker: Worker) -> None:
        await self.clock.sleep(60.0)
        worker.stop()


@each_novelty
def test_no_process_goes_on_with_it(novelty: tuple[str, int, str], tmp_path: Path) -> None:
    """It was under way, its process has died, and this program does not claim it."""
    begun = history("agent")
    case = begun.case
    play = Watching(case, versions(case, parsed), history=begun, folder=tmp_path)
    (run,) = begun.facts.runs
    fence = play.client.run(run).fence
    head = write_on(tmp_path / "store.db", run, novelty)
    assert play._live(1, None)
    line = play.client.run(run)
    assert (line.head, line.fence) == (head, fence)
    assert json.loads(json.dumps(play.world.made)) == begun.facts.made
    play.store.close()


def test_the_watch_would_notice_it(tmp_path: Path) -> None:
    """The same minute is enough to go on with a run that is understood."""
    begun = history("agent")
    case = begun.case
    play = Watching(case, versions(case, parsed), history=begun, folder=tmp_path)
    (run,) = begun.facts.runs
    assert play._live(1, None)
    assert play.client.run(run).status == "succeeded"
    play.store.close()
