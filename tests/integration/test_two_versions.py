"""A kernel on a store that a newer version of the package uses, too."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mn_notebook.domain.ids import RunId
from mn_notebook.errors import StoreTooNew
from tests.integration.house import House, waits_until

ASKING = """
steps:
  review: {approve: Go on?}
  work: {python: work, needs: [review]}
"""
SIMPLE = "steps: {work: {python: work}}"


def work() -> int:
    return 1


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(tmp_path)
    yield one
    one.close()


def newer(house: House, *statements: str) -> None:
    """Write as a newer version would."""
    path = house.folder / "store.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            connection.execute(statement)
        connection.execute("COMMIT")


def with_a_newer_event(house: House, run_id: RunId) -> None:
    newer(
        house,
        "INSERT INTO mn_event (run_id, seq, kind, version, at, batch, body) SELECT id, head + 1, "
        f"'run.teleported', 1, updated_at, 'newer', '{{}}' FROM mn_run WHERE id = '{run_id}'",
        f"UPDATE mn_run SET head = head + 1 WHERE id = '{run_id}'",
    )


def test_a_run_with_a_newer_event_is_read_only_here_and_others_go_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """It is neither claimed nor changed, and whoever looks at it is told what to do."""
    kernel = house.kernel(work=work)
    run_id = kernel.start(ASKING)
    kernel.until(run_id, "waiting")
    assert waits_until(lambda: kernel.client.run(run_id).owner is None)
    request = kernel.client.open_approval(run_id, None).request
    with_a_newer_event(house, run_id)
    before = kernel.client.run(run_id)
    client = house.client()
    with caplog.at_level(logging.WARNING):
        # As a newer terminal does, which knows what it decides about.
        client.store.inbox.decide(run_id, request.approval_id, "approve", {}, by="ann", via="test")
        assert waits_until(lambda: "upgrade mn-notebook" in caplog.text)
    for touch in (client.state, lambda run: client.decide(run, request, "approve")):
        with pytest.raises(StoreTooNew, match=r"run.teleported.*upgrade mn-notebook"):
            touch(run_id)
    assert "upgrade mn-notebook" in client.picture(run_id).next
    assert kernel.finish(SIMPLE) == {"work": 1}
    after = kernel.client.run(run_id)
    assert (after.head, after.fence, after.owner) == (before.head, before.fence, None)
    # The decision waits for a newer program: it is not lost.
    assert [command.kind for command in kernel.client.store.inbox.pending((), [run_id])] == [
        "decide"
    ]


def test_a_lease_of_a_run_that_became_unreadable_is_given_up(house: House) -> None:
    """Otherwise the newer program could not go on with it while this process lives."""
    kernel = house.kernel(work=work)
    run_id = kernel.start(ASKING)
    kernel.until(run_id, "waiting")
    assert waits_until(lambda: kernel.client.run(run_id).owner is None)
    with_a_newer_event(house, run_id)
    me = kernel.runtime._leases.process_id
    newer(house, f"UPDATE mn_run SET owner = '{me}' WHERE id = '{run_id}'")
    assert kernel.client.run(run_id).owner == me
    assert waits_until(lambda: kernel.client.run(run_id).owner is None, 10)


def test_a_command_of_a_newer_version_is_left_to_it(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not taken up and dropped by a program that cannot obey it; it is told once."""
    kernel = house.kernel(work=work)
    run_id = kernel.start(ASKING)
    kernel.until(run_id, "waiting")
    with caplog.at_level(logging.WARNING):
        newer(
            house,
            "INSERT INTO mn_command VALUES ('c1', '" + run_id + "', 'teleport', '{}', 'ann', 'x', "
            "'2030-01-01T00:00:00.000000+00:00', 0, NULL)",
        )
        assert waits_until(lambda: "asks 'teleport' of run" in caplog.text)
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    assert [c.kind for c in kernel.client.store.inbox.pending((), [run_id])] == ["teleport"]
    assert caplog.text.count("asks 'teleport' of run") == 1
