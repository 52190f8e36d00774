"""Every notebook of the project runs from its first cell to its last, without a network."""

import csv
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from mn_notebook.client import RunClient, open_client
from mn_notebook.domain.ids import RunId, StepName, StepPath
from mn_notebook.settings import MnSettings
from mn_notebook.testing import Asked, Reply, Rule, Script, ScriptedModelServer

pytestmark = pytest.mark.timeout(180)

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
READ_RIGHT = {"0": 1272, "1": 260}
"""Where the report says another number than the register; the others agree with it."""
MADE_UP = {"29": 999}
"""What a careless model says: no report has this number."""
NOTE = "Entry 0: 1000 or 1272? Entry 1: 1000 or 260?"


def read_report(asked: Asked) -> Reply:
    with (NOTEBOOKS / "data" / "hhs_breaches.csv").open() as file:
        entry = next(row for row in csv.DictReader(file) if row["text"] in asked.last_user_text)
    known = {**READ_RIGHT, **MADE_UP}
    return Reply(value={"people": known.get(entry["id"], int(entry["registered_people"]))})


SCRIPT = Script(
    name="careless-reader",
    rules=(
        Rule(contains="according to this report", answer=read_report),
        Rule(contains="keeper of the register", replies=(Reply(value={"note": NOTE}),)),
    ),
)


class Room:
    """A copy of the notebooks with a store and a scripted model of its own."""

    def __init__(self, folder: Path, client: RunClient) -> None:
        self.folder = folder
        self.client = client

    def open(self, path: Path) -> tuple[NotebookClient, Any]:
        notebook = nbformat.read(path, as_version=4)
        resources = {"metadata": {"path": str(self.folder)}}
        return NotebookClient(notebook, timeout=60, resources=resources), notebook

    def last_run(self) -> RunId:
        return self.client.runs(most=1)[0].run_id

    def let_a_person_decide(self) -> None:
        """Approve whatever is asked, until no run is left that could go on."""
        end = time.monotonic() + 60
        while any(line.finished_at is None for line in self.client.runs()):
            assert time.monotonic() < end, [line.status for line in self.client.runs()]
            for asked in self.client.approvals():
                waiting = self.client.open_approval(asked.run_id, asked.path)
                self.client.decide(asked.run_id, waiting.request, "approve", via="terminal")
            threading.Event().wait(0.1)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    folder = tmp_path / "notebooks"
    shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns("filed", "exported"))
    store = str(tmp_path / "store.db")
    monkeypatch.setenv("MN_STORE", store)
    monkeypatch.setenv("MN_WAIT", "0")
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    for name in ("JPY_SESSION_NAME", "MN_NOTEBOOK", "MN_BASE_URL", "MN_MODEL", "MN_MODEL_PATH"):
        monkeypatch.delenv(name, raising=False)
    with ScriptedModelServer(SCRIPT) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_MODEL", SCRIPT.model)
        client = open_client(MnSettings(store=store))
        try:
            yield Room(folder, client)
        finally:
            client.close()


@pytest.mark.parametrize("name", sorted(path.name for path in NOTEBOOKS.glob("*.ipynb")))
def test_notebook_runs(room: Room, name: str) -> None:
    """Every cell of a notebook works, a person deciding where one is asked."""
    client, notebook = room.open(room.folder / name)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            if "results" in cell.metadata.get("tags", ()):
                room.let_a_person_decide()
            client.execute_cell(cell, index)
    assert {line.status for line in room.client.runs()} == {"succeeded"}


def test_quickstart_trusts_no_number_of_a_model(room: Room) -> None:
    """Only what stands in a report is held against the register, and the note is filed once."""
    client, notebook = room.open(room.folder / "quickstart.ipynb")
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            if "results" in cell.metadata.get("tags", ()):
                break
            client.execute_cell(cell, index)
        room.let_a_person_decide()
    state = room.client.state(room.last_run())
    outputs = {path: room.client.values.load(i.output) for path, i in state.instances.items()}
    compared: Any = next(output for path, output in outputs.items() if path == "compare")
    assert compared["unclear"] == [29]
    assert [entry["report"] for entry in compared["differ"]] == [1272, 260]
    assert [note.read_text() for note in (room.folder / "filed").iterdir()] == [NOTE + "\n"]


PATTERNS = {
    "linear": {"said": "mean 3.13"},
    "fork_and_join": {"said": "mean 3.13, spread 0.5"},
    "branch": {"said": "news all well"},
    "failure_fallback": {"said": 5.2},
    "scatter_and_gather": {"means": [3.13, 4.1, 5.2], "stations": ["north", "east", "south"]},
    "quorum": {"said": "seen frost"},
    "retry_recovery": {"said": 3.13},
}


def test_patterns_come_to_what_they_show(room: Room) -> None:
    """Each pattern goes its own way, and ends with its own outcome."""
    client, _ = room.open(room.folder / "patterns.ipynb")
    client.execute()
    states = {line.workflow: room.client.state(line.run_id) for line in room.client.runs()}
    outputs = {name: room.client.values.load(state.output) for name, state in states.items()}
    assert outputs == PATTERNS
    statuses = {
        name: {str(node): progress.status for node, progress in state.progress.items()}
        for name, state in states.items()
    }
    assert statuses["branch"]["frost"] == "skipped"
    assert states["failure_fallback"].progress_of(StepName("primary")).stand_in == "mirror"
    assert statuses["quorum"]["east"] == "failed"
    fetched = states["retry_recovery"].instances[StepPath("fetch")]
    assert (fetched.attempt, fetched.failures) == (3, 2)
    begun = {path: i.spans[0].start for path, i in states["fork_and_join"].instances.items()}
    assert begun[StepPath("mean")] == begun[StepPath("spread")]


def test_the_toolbox_comes_to_what_it_shows(room: Room) -> None:
    """The box answers from files, a notebook and the web, and refuses what it must."""
    client, _ = room.open(room.folder / "toolbox.ipynb")
    client.execute()
    states = {line.workflow: room.client.state(line.run_id) for line in room.client.runs()}
    output: Any = room.client.values.load(states["breach_kinds"].output)
    assert output["percent"] == [89, 11]
    assert output["said"].startswith("- Theft: 29300 people")
    assert (room.folder / "filed" / "kinds.md").read_text() == output["said"]
    statuses = {str(node): step.status for node, step in states["refused"].progress.items()}
    assert set(statuses.values()) == {"failed"}
    assert len(statuses) == 5
    assert not (room.folder / "data" / "one.csv").exists()


def test_unattended_notebook_stops_where_a_person_is_asked(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody looks, the cell of the run fails and names the run; nothing is filed."""
    monkeypatch.setenv("MN_WAIT", "1")
    client, _ = room.open(room.folder / "quickstart.ipynb")
    with pytest.raises(CellExecutionError) as stopped:
        client.execute()
    assert f"mn approve {room.last_run()[:4]} review" in str(stopped.value)
    assert not (room.folder / "filed").exists()
    assert room.client.run(room.last_run()).status == "waiting"
