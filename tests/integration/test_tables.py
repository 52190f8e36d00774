"""Tables in whole runs: frames go in, through steps and tools and prompts, and come out."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mn_notebook.agents.tools import make_tool
from mn_notebook.domain.events import ModelRequested, RunCreated, StepExpanded, StepStarted
from mn_notebook.domain.tables import Table
from mn_notebook.domain.values import PARQUET
from mn_notebook.errors import UsageError
from mn_notebook.frames import frame_of, with_frames
from mn_notebook.testing import Reply, ScriptedCall
from tests.integration.house import House, Kernel

FRAME: Any = pd.DataFrame(
    {
        "name": ["Acme", "Bolt", "Core"],
        "rating": pd.array([3, None, 5], dtype="Int64"),
        "since": pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin"),
        "kind": pd.Categorical(["a", "b", "a"], categories=["b", "a", "c"]),
        "tags": [["x"], [], None],
    }
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A store of its own."""
    found = House(tmp_path)
    yield found
    found.close()


def start(kernel: Kernel, text: str, **inputs: Any) -> Any:
    run_id = kernel.start(text, **inputs)
    line = kernel.until(run_id)
    assert line.status == "succeeded", kernel.client.picture(run_id).error
    return run_id


def artifacts(house: House) -> list[Path]:
    return [
        path for path in (house.folder / "store.db.d" / "artifacts").rglob("*") if path.is_file()
    ]


def rated(rows):
    assert isinstance(rows, pd.DataFrame)
    return rows[rows["rating"] > 1]


THROUGH = """
inputs: {rows: table}
steps:
  rated: {python: rated, args: {rows: "{{ inputs.rows }}"}, output: table}
  again: {python: rated, args: {rows: "{{ rated }}"}}
"""


def test_frame_goes_through_a_run_with_its_types(house: House) -> None:
    """What comes out is what went in, less the rows that a step left out; one artifact each."""
    kernel = house.kernel(rated=rated)
    run_id = start(kernel, THROUGH, rows=FRAME)
    found = with_frames(kernel.output(run_id))["again"]
    expected = FRAME[FRAME["rating"] > 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected)
    assert len(artifacts(house)) == 2
    state = kernel.client.state(run_id)
    assert [stored.output.media for stored in state.instances.values()] == [PARQUET, PARQUET]
    inputs = with_frames(house.client().values.load(state.inputs))
    pd.testing.assert_frame_equal(inputs["rows"], FRAME)


def test_items_of_a_table_are_its_rows_and_it_is_not_kept_again(house: House) -> None:
    """The event that says which items there are refers to the table itself."""
    kernel = house.kernel(work=lambda who, first, all_rows: f"{who} {first} {len(all_rows)}")
    text = """
inputs: {rows: table}
steps:
  act:
    for_each: inputs.rows
    as: row
    key: row.name
    python: work
    args:
      who: "{{ row.name }} {{ row.since[:10] }}"
      first: "{{ inputs.rows[0].name }}"
      all_rows: "{{ inputs.rows }}"
"""
    run_id = start(kernel, text, rows=FRAME)
    assert kernel.output(run_id) == {
        "act": ["Acme 2024-01-01 Acme 3", "Bolt 2024-01-02 Acme 3", "Core 2024-01-03 Acme 3"]
    }
    (created,) = events(kernel, run_id, RunCreated)
    (expanded,) = events(kernel, run_id, StepExpanded)
    assert expanded.items.media == PARQUET
    assert expanded.items.artifact in str(created.inputs.value)
    assert len(artifacts(house)) == 1


def events(kernel: Kernel, run_id: Any, kind: type) -> list[Any]:
    return [one.event for one in kernel.client.events(run_id) if isinstance(one.event, kind)]


def test_prompt_has_a_sample_and_the_model_never_sees_a_bound_table(house: House) -> None:
    """The tool gets the frame; what it returns as a frame is shown bounded."""
    given: list[Any] = []

    def look_up(rows: pd.DataFrame, name: str) -> pd.DataFrame:
        """Look a name up.

        Args:
            rows: Where.
            name: Which.
        """
        given.append(rows)
        return rows[rows["name"] == name]

    kernel = house.kernel(
        Reply(calls=(ScriptedCall(name="look_up", arguments={"name": "n7"}),)),
        Reply(text="done"),
        tools=(make_tool(look_up, effect="read"),),
    )
    text = """
inputs: {rows: table}
steps:
  ask:
    agent: "Which of {{ inputs.rows }}?"
    tools:
      - look_up: {rows: "{{ inputs.rows }}"}
"""
    frame = pd.DataFrame({"name": [f"n{n}" for n in range(5_000)], "n": range(5_000)})
    run_id = start(kernel, text, rows=frame)
    pd.testing.assert_frame_equal(given[0], frame)
    (started,) = events(kernel, run_id, StepStarted)
    prompt = str(kernel.client.values.load(started.input)["prompt"])  # type: ignore[call-overload,index]
    assert "Table of 5,000 rows x 2 columns; columns: name: str, n: int" in prompt
    assert prompt.endswith("… and 4,980 more rows?")
    assert len(events(kernel, run_id, ModelRequested)) == 2
    assert len(artifacts(house)) == 2


def test_tool_gets_records_or_a_frame_as_its_signature_says(house: House) -> None:
    """And a model that gives records to a parameter that asks for a frame is understood."""
    seen: list[Any] = []

    def as_records(rows: list[dict[str, Any]]) -> int:
        """Count."""
        seen.append(rows)
        return len(rows)

    def as_frame(rows: pd.DataFrame) -> int:
        """Count."""
        seen.append(rows)
        return len(rows)

    kernel = house.kernel(
        Reply(calls=(ScriptedCall(name="as_frame", arguments={"rows": [{"a": 1}]}),)),
        Reply(text="done"),
        tools=(make_tool(as_records, effect="read"), make_tool(as_frame, effect="read")),
    )
    text = """
inputs: {rows: table}
steps:
  one: {tool: as_records, args: {rows: "{{ inputs.rows }}"}}
  two: {tool: as_frame, args: {rows: "{{ inputs.rows }}"}, needs: [one]}
  three: {agent: Count., tools: [as_frame], needs: [two]}
"""
    start(kernel, text, rows=FRAME)
    assert seen[0] == list(Table(table(FRAME)))
    pd.testing.assert_frame_equal(seen[1], FRAME)
    assert seen[2].to_dict("records") == [{"a": 1}]


def table(frame: Any) -> Any:
    from mn_notebook.frames import table_of

    return table_of(frame).source


def test_table_outlives_the_kernel_that_made_it(house: House) -> None:
    """A new kernel reads it from the artifact, and the recorded call gets the very same frame."""
    held, entered = threading.Event(), threading.Event()
    got: list[Any] = []

    def slow(rows: Any) -> Any:
        entered.set()
        held.wait(20)
        return rows

    def quick(rows: Any) -> Any:
        got.append(rows)
        return {"found": rows.iloc[:2], "n": len(rows)}

    text = """
inputs: {rows: table}
steps:
  rated: {python: rated, args: {rows: "{{ inputs.rows }}"}}
  act: {python: work, args: {rows: "{{ rated }}"}, output: {found: table, n: int}}
"""
    first = house.kernel(rated=rated, work=slow)
    run_id = first.start(text, rows=FRAME)
    assert entered.wait(10)
    first.runtime.close()
    held.set()
    second = house.kernel(rated=rated, work=quick)
    second.runtime.resume(run_id)
    assert second.until(run_id).status == "succeeded"
    expected = FRAME[FRAME["rating"] > 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(got[0], expected)
    output: Any = second.output(run_id)
    assert isinstance(output["act"]["found"], Table)
    pd.testing.assert_frame_equal(frame_of(output["act"]["found"]), expected)
    assert output["act"]["n"] == 2
    assert second.kinds(run_id).count("step.succeeded") == 2


def test_artifact_without_its_event_harms_nobody(house: House) -> None:
    """A crash between the artifact and its event leaves a file; the next run takes it up."""
    kernel = house.kernel(rated=rated)
    kernel.client.values.keep(FRAME)
    assert len(artifacts(house)) == 1
    start(kernel, THROUGH, rows=FRAME)
    assert len(artifacts(house)) == 2


def test_frame_that_cannot_be_kept_fails_its_step_in_words(house: House) -> None:
    """And the run says why."""
    kernel = house.kernel(work=lambda: pd.DataFrame([[1, 2]], columns=["a", "a"]))
    said = kernel.failure("steps:\n  act: {python: work}\n")
    assert "two columns of a table are called 'a'" in said


def test_frame_that_cannot_be_an_input_is_refused_in_words(house: House) -> None:
    """Before the run exists."""
    kernel = house.kernel(rated=rated)
    with pytest.raises(UsageError, match="input 'rows': two columns"):
        start(kernel, THROUGH, rows=pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(UsageError, match="input 'rows': expected table, found 'abc'"):
        kernel.start(THROUGH, rows="abc")


WITHOUT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "pyarrow", "polars"):
            raise ImportError(f"{name} is not installed here")

if "absent" in sys.argv:
    sys.meta_path.insert(0, Absent())

import mn_notebook
from pathlib import Path
from mn_notebook.client import NewRun
from mn_notebook.runtime import open_runtime
from mn_notebook.settings import MnSettings
from mn_notebook.language import Catalog, parse_cell

text = '''
inputs: {rows: table}
steps:
  act: {for_each: inputs.rows, python: work, args: {n: "{{ item.n }}"}, output: int}
  all: {python: count, args: {rows: "{{ inputs.rows }}"}}
'''
workflow = parse_cell("w", text, Catalog(tools=None, functions=None, types={})).workflow
folder = Path(sys.argv[1])
settings = MnSettings(store=str(folder / "store.db"), notebook="a.ipynb", user="ann")
names = {"work": lambda n: n + 1, "count": lambda rows: len(rows)}
runtime = open_runtime(settings, namespace=names)
run_id = runtime.start(NewRun(workflow, text, runtime.origin, {"rows": [{"n": 1}, {"n": 2}]}))
line = runtime.wait(run_id, until=lambda line: line.status in ("succeeded", "failed"),
                    timeout_seconds=20)
output = runtime.client.values.load(runtime.client.state(run_id).output)
runtime.close()
assert output == {"act": [2, 3], "all": 2}, (line, output)
loaded = [name for name in ("pandas", "pyarrow", "numpy", "polars") if name in sys.modules]
assert not loaded, loaded
print("fine")
"""


@pytest.mark.parametrize("libraries", ["present", "absent"])
def test_run_without_frames_imports_no_library_of_frames(tmp_path: Path, libraries: str) -> None:
    """Neither ``import mn_notebook`` nor a run over records needs pandas or pyarrow."""
    command = [sys.executable, "-c", WITHOUT, str(tmp_path), libraries]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.stdout.endswith("fine\n"), done.stderr


SHOWN = """
inputs: {rows: table}
steps:
  rated: {python: rated, args: {rows: "{{ inputs.rows }}"}}
  review:
    approve: Send these?
    for: send
    show: [inputs.rows]
    edit: [rated]
  send: {tool: send, args: {rows: "{{ review.rated }}"}}
"""


def test_person_is_shown_tables_bounded_and_what_is_sent_is_the_whole(house: House) -> None:
    """The decision allows the call with the whole table; its sketch cannot be sent back as one."""
    sent: list[Any] = []

    def send(rows: pd.DataFrame) -> int:
        """Send."""
        sent.append(rows)
        return len(rows)

    frame = pd.DataFrame({"name": [f"n{n}" for n in range(2_000)], "rating": 3})
    kernel = house.kernel(rated=rated, tools=(make_tool(send),))
    run_id = kernel.start(SHOWN, rows=table_of_frame(frame))
    kernel.until(run_id, "waiting")
    (asked,) = kernel.client.picture(run_id).approvals
    fields: Any = {field.path: field.value for field in asked.fields}
    assert fields["inputs.rows"]["table"] == "2,000 rows x 2 columns"
    assert fields["rated"]["first"][0] == {"name": "n0", "rating": 3}
    assert not any(field.editable for field in asked.fields)
    proposed: Any = asked.calls[0].args
    assert proposed["rows"]["table"] == "2,000 rows x 2 columns"
    assert len(kernel.client.picture(run_id).model_dump_json()) < 20_000
    kernel.decide(run_id, "approve")
    assert kernel.until(run_id).status == "succeeded"
    pd.testing.assert_frame_equal(sent[0], frame)
    assert kernel.kinds(run_id).count("approval.requested") == 1
    assert len(artifacts(house)) == 1


def table_of_frame(frame: Any) -> Any:
    return Table(table(frame))


def test_output_that_is_a_table_is_shown_from_its_event(house: House) -> None:
    """Its size and its first rows; the picture says that this is not all."""
    kernel = house.kernel(rated=rated)
    frame = pd.DataFrame({"name": [f"n{n}" for n in range(2_000)], "rating": 3})
    run_id = start(kernel, THROUGH, rows=frame)
    for path in artifacts(house):
        path.unlink()
    picture = house.client().picture(run_id)
    output: Any = picture.output
    assert output["again"]["table"] == "2,000 rows x 2 columns"
    assert picture.output_cut
