"""Steps with ``isolation: process``: real children, real crashes, real kills."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mn_notebook.agents.calling import NotKept, jsonable, printed_before, user_fault
from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.agents.failures import ChildEnded, ChildKilled, RaisedInChild
from mn_notebook.agents.isolation import call_isolated
from mn_notebook.domain.tables import Table
from mn_notebook.domain.workflow import PythonStep, Workflow
from mn_notebook.errors import PermanentError
from tests.integration import isolated
from tests.integration.house import House, waits_until

Define = Callable[[str], Any]


def gone(pid: int) -> bool:
    """Tell whether a process has ended; one that nobody has taken note of has, too."""
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True


def pids_in(path: Path) -> list[int]:
    assert waits_until(path.exists, 20)
    return [int(word) for word in path.read_text().split()]


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("PPid:"))


# --- what comes back ---------------------------------------------------------------------------


async def test_value_and_prints_come_back() -> None:
    """The call is made in another process, and what it prints is kept as a thread's prints are."""
    returned = await call_isolated(isolated.add, {"a": 1, "b": 2})
    assert returned.value == 3
    lines = returned.printed.splitlines()
    assert sorted(line.rpartition(" ")[0] for line in lines) == ["adding in", "and"]
    assert f"adding in {os.getpid()}" not in lines


async def test_coroutine_is_awaited_in_the_child() -> None:
    """Both kinds of functions work, and any JSON comes back as it is."""
    value = {"ä": [1.5, None, True, {"deep": "\ud83d"}]}
    assert (await call_isolated(isolated.later, {"value": value})).value == value


async def test_large_values_go_both_ways() -> None:
    """Neither an argument nor a result has to fit into a pipe."""
    text = "ä" * 3_000_000
    returned = await call_isolated(isolated.repeat, {"text": text, "times": 2})
    assert returned.value == text * 2


async def test_tables_go_both_ways() -> None:
    """A table arrives as a frame, and a frame comes back as a table with its types."""
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"n": [1, 2], "day": pd.to_datetime(["2026-01-01", "2026-01-02"])})
    arguments = {"rows": jsonable(frame)}
    returned = (await call_isolated(isolated.doubled, arguments)).value
    assert isinstance(returned, dict)
    assert (returned["n"], returned["$mn:table"]) == (2, 1)
    assert isinstance(returned["rows"], Table)
    assert [name for name, _ in returned["rows"].columns] == ["n", "day"]
    assert returned == {"n": 2, "rows": jsonable(frame.assign(n=[2, 4])), "$mn:table": 1}


async def test_endless_prints_neither_block_nor_fill_the_journal() -> None:
    """The child may go on printing; what is kept has the length that a thread's has."""
    returned = await call_isolated(isolated.chatter, {})
    assert returned.value == "done"
    assert returned.printed.startswith("line 0\nline 1\n")
    assert returned.printed.endswith("… (cut)")
    assert len(returned.printed) < 10_100


async def test_exception_comes_back_with_its_traceback() -> None:
    """Type, message, the end of the traceback, and what was printed before."""
    with pytest.raises(RaisedInChild) as caught:
        await call_isolated(isolated.raise_, {"text": "no good"})
    error = user_fault(caught.value, retry_all=False)
    assert (error.type, error.message, error.permanent) == (
        "ValueError",
        "ValueError: no good",
        True,
    )
    assert "raise ValueError(text)" in error.detail
    assert printed_before(caught.value) == "about to raise"
    assert not user_fault(caught.value, retry_all=True).permanent
    assert not leaves_doubt(caught.value)


async def test_transient_error_stays_transient() -> None:
    """What the function says about trying again is heard."""
    with pytest.raises(RaisedInChild) as caught:
        await call_isolated(isolated.raise_transient, {})
    error = user_fault(caught.value, retry_all=False)
    assert (error.type, error.permanent, error.retry_after_seconds) == ("TransientError", False, 3)


async def test_broken_connection_in_the_child_leaves_doubt() -> None:
    """A write that ended so may have happened."""
    with pytest.raises(RaisedInChild) as caught:
        await call_isolated(isolated.raise_connection, {})
    assert leaves_doubt(caught.value)


async def test_value_that_json_cannot_hold_is_told() -> None:
    """As from a thread: the function has returned, so that a write has happened."""
    with pytest.raises(RaisedInChild, match="expected a value that JSON can hold") as caught:
        await call_isolated(isolated.object_, {})
    assert user_fault(caught.value, retry_all=True).type == NotKept.__name__
    assert leaves_doubt(caught.value)


async def test_exit_is_a_failure_with_its_words() -> None:
    """``sys.exit`` ends the function, not more."""
    with pytest.raises(RaisedInChild, match=r"ended with SystemExit\(enough\)"):
        await call_isolated(isolated.quit_, {})


async def test_memory_error_comes_back_as_such() -> None:
    """A child that asks for too much says so."""
    with pytest.raises(RaisedInChild, match="MemoryError"):
        await call_isolated(isolated.exhaust, {})


# --- how it can end ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        pytest.param(
            isolated.segfault, {}, "the child ended with signal 11 (SIGSEGV)", id="segfault"
        ),
        pytest.param(
            isolated.leave, {"code": 3}, "the child ended with exit code 3, before", id="exit"
        ),
        pytest.param(
            isolated.leave, {"code": 0}, "the child ended with exit code 0, before", id="exit 0"
        ),
    ],
)
async def test_end_of_its_own_doing_is_told(
    function: Any, arguments: dict[str, Any], said: str
) -> None:
    """What happened is said, nothing is guessed; trying again needs the step's word."""
    with pytest.raises(ChildEnded) as caught:
        await call_isolated(function, arguments)
    assert said in str(caught.value)
    assert user_fault(caught.value, retry_all=False).permanent
    assert not user_fault(caught.value, retry_all=True).permanent
    assert leaves_doubt(caught.value)


async def test_crash_says_where_it_was() -> None:
    """What was printed before is kept, and the end of the trace is the error's detail."""
    with pytest.raises(ChildEnded) as caught:
        await call_isolated(isolated.segfault, {})
    assert printed_before(caught.value).startswith("so far, so good\n")
    assert "in segfault" in user_fault(caught.value, retry_all=False).detail


async def test_kill_from_outside_is_told_and_may_be_tried_again() -> None:
    """Nobody knows who killed it: mostly a system that is short of memory."""
    with pytest.raises(ChildKilled, match=r"signal 9 \(SIGKILL\); if nobody killed it") as caught:
        await call_isolated(isolated.die, {})
    assert not user_fault(caught.value, retry_all=False).permanent
    assert leaves_doubt(caught.value)


# --- ending it ---------------------------------------------------------------------------------


async def cancelled_after(path: Path, call: Any) -> list[int]:
    """Cancel a call as soon as it has written down its processes, and return those."""
    task = asyncio.ensure_future(call)
    pids = await asyncio.to_thread(pids_in, path)
    assert not any(gone(pid) for pid in pids)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return pids


async def test_cancelling_ends_the_child_and_its_children(tmp_path: Path) -> None:
    """Also those who are deaf to a polite signal; when the cancel is through they are gone."""
    path = tmp_path / "pids"
    pids = await cancelled_after(path, call_isolated(isolated.hang, {"where": str(path)}))
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)


async def test_cancelling_ends_a_child_that_hangs_in_c(tmp_path: Path) -> None:
    """The child's own interpreter does not have to help."""
    path = tmp_path / "pid"
    began = time.monotonic()
    (pid,) = await cancelled_after(path, call_isolated(isolated.hang_in_c, {"where": str(path)}))
    assert gone(pid)
    assert time.monotonic() - began < 15


async def test_a_child_that_is_asked_to_end_may_tidy_up(tmp_path: Path) -> None:
    """The first signal can be handled."""
    path = tmp_path / "said"
    task = asyncio.ensure_future(call_isolated(isolated.tidy_up, {"where": str(path)}))
    await asyncio.to_thread(waits_until, lambda: path.exists() and path.read_text() == "begun", 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert path.read_text() == "tidy"


@pytest.mark.parametrize("victim", ["worker", "guardian"])
async def test_a_child_that_somebody_kills_is_told(tmp_path: Path, victim: str) -> None:
    """Whether its own process goes or the one that watches it, nothing of it is left."""
    path = tmp_path / "pids"
    task = asyncio.ensure_future(call_isolated(isolated.hang, {"where": str(path)}))
    pids = await asyncio.to_thread(pids_in, path)
    guardian = parent_of(pids[0])
    os.kill(pids[0] if victim == "worker" else guardian, signal.SIGKILL)
    with pytest.raises(ChildKilled):
        await task
    everybody = [*pids, guardian]
    # After the guardian nobody takes note of their ends, which a signal begins and does not await.
    assert waits_until(lambda: all(gone(pid) for pid in everybody), 5)


async def test_nothing_is_left_behind_by_a_call_that_has_returned(tmp_path: Path) -> None:
    """Its children end with it, and a thread that goes on does not keep it alive."""
    path = tmp_path / "pid"
    assert (await call_isolated(isolated.leave_child, {"where": str(path)})).value == "returned"
    assert gone(pids_in(path)[0])
    assert (await call_isolated(isolated.leave_thread, {})).value == "returned"


def test_a_child_ends_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    """A kernel that is killed leaves no child that runs for ever."""
    path = tmp_path / "pids"
    program = (
        "import asyncio\n"
        "from mn_notebook.agents.isolation import call_isolated\n"
        "from tests.integration import isolated\n"
        f"asyncio.run(call_isolated(isolated.hang, {{'where': {str(path)!r}}}))\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    pids = pids_in(path)
    owner.kill()
    owner.wait()
    assert waits_until(lambda: all(gone(pid) for pid in pids), 10)


# --- functions of a notebook -------------------------------------------------------------------


@pytest.fixture
def define(tmp_path: Path) -> Define:
    """Run cells of a notebook, and return what the last one's name stands for."""
    import linecache

    namespace: dict[str, Any] = {"__name__": "__main__", "In": [""]}

    def cell(text: str) -> Any:
        file = str(tmp_path / f"cell {len(namespace['In'])}")
        namespace["In"].append(text)
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec"), namespace)
        return namespace.get("work")

    return cell


async def test_notebook_function_goes_with_its_imports_and_helpers(define: Define) -> None:
    """It is sent as source; nothing of the kernel's memory goes along."""
    define("import json as j\nfrom math import sqrt\nRATE = 0.5\n")
    define("class Box:\n    def __init__(self, n):\n        self.n = n * RATE\n")
    define("def root(n):\n    return sqrt(Box(n).n)\n")
    work = define("def work(text):\n    return root(j.loads(text)['n'])\n")
    assert (await call_isolated(work, {"text": '{"n": 32}'})).value == 4.0


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        pytest.param(
            "client = object()\ndef work():\n    return client\n",
            "'work' cannot be sent to a child process: it uses the global 'client', which only "
            "this kernel has; pass it as an argument, make it inside the function, or use "
            "`isolation: thread`",
            id="live global",
        ),
        pytest.param("work = lambda: 1\n", "it is a lambda", id="lambda"),
        pytest.param(
            "def make(n):\n    def inner():\n        return n\n    return inner\nwork = make(1)\n",
            "it was made inside another function and uses 'n'",
            id="closure",
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused_with_advice(
    define: Define, cell: str, said: str
) -> None:
    """Honestly, and before a process is started."""
    with pytest.raises(PermanentError) as caught:
        await call_isolated(define(cell), {})
    assert said in str(caught.value)


async def test_system_without_signals_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where groups of processes are unknown, the thread is what there is."""
    monkeypatch.setattr(os, "name", "nt")
    with pytest.raises(PermanentError, match="use `isolation: thread` here"):
        await call_isolated(isolated.add, {"a": 1, "b": 2})


async def test_interpreter_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on processes, or a Python inside of another program."""
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(PermanentError, match="cannot be started: No such file"):
        await call_isolated(isolated.add, {"a": 1, "b": 2})


# --- in a run ----------------------------------------------------------------------------------


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.close()


def a_workflow(function: str, **changes: Any) -> Workflow:
    place = f"tests.integration.isolated:{function}"
    fields = {"name": "work", "function": place, "isolation": "process", **changes}
    step = PythonStep.model_validate(fields)
    return Workflow(name="brief", group="brief", steps=(step,))


def started(house: House, workflow: Workflow) -> Any:
    from mn_notebook.client import NewRun

    kernel = house.kernel()
    return kernel, kernel.runtime.start(NewRun(workflow, "", kernel.runtime.origin, {}))


def test_step_that_segfaults_fails_and_the_kernel_lives(house: House) -> None:
    """The run ends with the signal's name; the next one of this kernel works."""
    kernel, run_id = started(house, a_workflow("segfault"))
    assert kernel.until(run_id, seconds=20).status == "failed"
    assert "signal 11 (SIGSEGV)" in kernel.client.picture(run_id).error
    kinds = kernel.kinds(run_id)
    assert kinds.count("step.started") == 1
    assert "note.added" in kinds
    assert kernel.runtime.is_alive


def test_step_that_ran_out_of_time_is_tried_again(house: House, tmp_path: Path) -> None:
    """Unlike a thread, a child that was ended cannot do the same thing twice at once."""
    path = str(tmp_path / "pid")
    # So many attempts because a busy machine may not even start a child in time.
    changes = {"args": {"where": path}, "timeout_seconds": 5.0}
    changes["retry"] = {"attempts": 9, "backoff_seconds": 0.0}
    kernel, run_id = started(house, a_workflow("hang_once", **changes))
    assert kernel.until(run_id, seconds=50).status == "succeeded"
    assert kernel.output(run_id) == {"work": "at the second try"}
    assert gone(pids_in(Path(path))[0])


def test_cancelling_a_run_ends_its_child(house: House, tmp_path: Path) -> None:
    """A cancel really stops what is under way."""
    path = tmp_path / "pids"
    kernel, run_id = started(house, a_workflow("hang", args={"where": str(path)}))
    pids = pids_in(path)
    kernel.client.cancel(run_id)
    kernel.runtime.ring()
    assert kernel.until(run_id, seconds=20).status == "cancelled"
    assert waits_until(lambda: all(gone(pid) for pid in pids), 10)


def test_write_that_crashed_is_in_doubt(house: House) -> None:
    """It may have been written before the end: a person is asked, nothing is repeated."""
    kernel, run_id = started(house, a_workflow("segfault", effect="write"))
    kernel.until(run_id, "waiting", seconds=20)
    kernel.decide(run_id, "approve")

    def asked() -> Any:
        waiting = kernel.client.approvals()
        return [one for one in waiting if one.subject == "in_doubt"]

    assert waits_until(lambda: bool(asked()), 20)
    request = kernel.client.open_approval(run_id, None).request
    assert "SIGSEGV" in request.evidence


def test_closing_the_runtime_ends_children(house: House, tmp_path: Path) -> None:
    """The run is interrupted and can be gone on with; its child does not go on alone."""
    path = tmp_path / "pids"
    kernel, _ = started(house, a_workflow("hang", args={"where": str(path)}))
    pids = pids_in(path)
    kernel.runtime.close()
    assert waits_until(lambda: all(gone(pid) for pid in pids), 10)
    assert not [one for one in threading.enumerate() if one.name == "mn-child"]
