"""The analyst's code is called so that nothing in it can stop the engine."""

import asyncio
import io
import json
import logging
import subprocess
import sys
import threading
from collections import namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from pydantic import BaseModel, JsonValue
from typing_extensions import override

from mn_notebook.agents.calling import (
    MAX_PRINTED,
    NotKept,
    PrintRouter,
    call,
    call_here,
    jsonable,
    printed_before,
    route_prints,
    user_fault,
)
from mn_notebook.domain.tables import Table
from mn_notebook.errors import (
    ModelMissing,
    PermanentError,
    RunError,
    StoreError,
    TransientError,
    UsageError,
)
from tests.unit.agents.bench import a_cell

say = print


# --- calling -----------------------------------------------------------------------------------


async def test_function_runs_in_a_thread_of_its_own() -> None:
    """A blocking function does not hold up the loop."""
    returned = await call(lambda: threading.current_thread().name, {})
    assert returned.value == "mn-call"
    assert threading.current_thread().name != "mn-call"


async def test_coroutine_runs_on_a_loop_of_its_own() -> None:
    """An analyst's coroutine cannot block ours either."""
    ours = id(asyncio.get_running_loop())

    async def work(x: int) -> dict[str, JsonValue]:
        return {"x": x, "ours": id(asyncio.get_running_loop()) == ours}

    assert (await call(work, {"x": 2})).value == {"x": 2, "ours": False}


async def test_calls_run_side_by_side() -> None:
    """Two calls that wait for each other both end."""
    barrier = threading.Barrier(2, timeout=5)
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(call(barrier.wait, {})) for _ in range(2)]
    assert sorted(str(one.result().value) for one in calls) == ["0", "1"]


async def test_changing_an_argument_changes_nothing_else() -> None:
    """What a function does to its arguments must not change what the journal says."""
    given: dict[str, Any] = {"rows": [{"a": 1}], "address": {"city": "Bern"}}

    def spoil(rows: list[Any], address: dict[str, Any]) -> int:
        rows[0].clear()
        rows.clear()
        address["city"] = "?"
        return len(rows)

    await call(spoil, given)
    await call_here(spoil, given)
    assert given == {"rows": [{"a": 1}], "address": {"city": "Bern"}}


async def test_cancelling_leaves_the_thread_alone() -> None:
    """Waiting ends at once; the thread goes on and its value is nobody's."""
    begun, go, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go.wait(5)
        ended.set()

    task = asyncio.ensure_future(call(work, {}))
    await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not ended.is_set()
    go.set()
    assert ended.wait(5)


async def test_deadline_ends_the_waiting() -> None:
    """A function that never returns costs its attempt, not the engine."""
    go = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await call(lambda: go.wait(5), {})
    go.set()


def test_call_that_never_ends_does_not_keep_the_process() -> None:
    """A process with a hanging call can end: its threads are daemons."""
    program = (
        "import asyncio, threading\n"
        "from mn_notebook.agents.calling import call\n"
        "async def main():\n"
        "    async with asyncio.timeout(0.05):\n"
        "        await call(threading.Event().wait, {})\n"
        "try: asyncio.run(main())\n"
        "except TimeoutError: print('ends')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("ends\n", "", 0)


class Odd(BaseException):
    """No ordinary error."""


async def _cancelled() -> None:
    raise asyncio.CancelledError


def _raises(fault: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise fault

    return work


@pytest.mark.parametrize(
    ("function", "said"),
    [
        pytest.param(lambda: sys.exit(3), "SystemExit(3)", id="sys.exit"),
        pytest.param(_raises(KeyboardInterrupt()), "KeyboardInterrupt()", id="interrupt"),
        pytest.param(_raises(GeneratorExit()), "GeneratorExit()", id="generator exit"),
        pytest.param(_raises(Odd("x")), "Odd(x)", id="any other"),
        pytest.param(_cancelled, "CancelledError()", id="cancelled by itself"),
        pytest.param(lambda: next(iter([])), "StopIteration()", id="next of nothing"),
    ],
)
async def test_exit_is_the_functions_failure(function: Callable[[], Any], said: str) -> None:
    """What would end a loop or a process is an ordinary, lasting failure of the call."""
    with pytest.raises(PermanentError, match="the function ended with") as caught:
        await call(function, {})
    assert said in str(caught.value)


async def test_ordinary_errors_come_through() -> None:
    """The error that a function raises is the error that is judged."""
    with pytest.raises(ZeroDivisionError):
        await call(lambda: 1 / 0, {})


# --- printing ----------------------------------------------------------------------------------


async def test_prints_are_kept_and_never_shown() -> None:
    """What a call prints belongs to its step, not to whatever cell happens to run."""
    with a_cell() as stdout:

        def work() -> None:
            say("one")
            say("two", file=sys.stderr)

        returned = await call(work, {})
        assert returned.printed == "one\ntwo\n"
        assert stdout.getvalue() == ""


async def test_prints_of_a_coroutine_are_kept() -> None:
    """A loop of its own prints like a function."""
    with a_cell() as stdout:

        async def work() -> None:
            say("one")
            async with asyncio.TaskGroup() as group:
                group.create_task(_printing("two"))

        assert (await call(work, {})).printed == "one\ntwo\n"
        assert stdout.getvalue() == ""


async def _printing(text: str) -> None:
    say(text)


async def test_prints_before_a_failure_are_kept() -> None:
    """What a failing function said last is what one wants to read."""
    with a_cell() as stdout:

        def work() -> None:
            say("at row 17")
            raise ValueError

        with pytest.raises(ValueError) as caught:  # noqa: PT011 - its prints are what counts
            await call(work, {})
        assert printed_before(caught.value) == "at row 17\n"
        with pytest.raises(PermanentError) as exited:
            await call(lambda: (say("bye"), sys.exit()), {})
        assert printed_before(exited.value) == "bye\n"
        assert printed_before(ValueError()) == ""
        assert stdout.getvalue() == ""


async def test_calls_side_by_side_keep_their_prints_apart() -> None:
    """Each call has a record of its own."""
    with a_cell() as stdout:
        barrier = threading.Barrier(2, timeout=5)

        def work(name: str) -> None:
            barrier.wait()
            say(name)
            barrier.wait()
            say(name)

        async with asyncio.TaskGroup() as group:
            calls = [group.create_task(call(work, {"name": name})) for name in "ab"]
        assert [one.result().printed for one in calls] == ["a\na\n", "b\nb\n"]
        assert stdout.getvalue() == ""


async def test_what_is_logged_without_a_handler_is_kept() -> None:
    """The handler of last resort looks the stream up when it writes."""

    def work() -> None:
        record = logging.makeLogRecord({"msg": "watch out", "levelno": logging.WARNING})
        assert logging.lastResort is not None
        logging.lastResort.handle(record)

    with a_cell() as stdout:
        assert (await call(work, {})).printed == "watch out\n"
        assert stdout.getvalue() == ""


async def test_threads_that_a_call_starts_print_for_it() -> None:
    """Those of a pool, and those that they start themselves, as well."""
    with a_cell() as stdout:
        say("from a cell")
        assert (await call(_say_and_let_say, {})).printed == "kept\nthread\ninner\npool\n"
        thread = threading.Thread(target=say, args=("thread of a cell",))
        thread.start()
        thread.join()
        assert stdout.getvalue() == "from a cell\nthread of a cell\n"
    assert threading.Thread.start.__module__ == "threading", "left as it was found"


def _say_and_let_say() -> None:
    def nested() -> None:
        say("thread")
        inner = threading.Thread(target=say, args=("inner",))
        inner.start()
        inner.join()

    say("kept")
    thread = threading.Thread(target=nested)
    thread.start()
    thread.join()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(say, "pool").result()


async def test_what_a_call_leaves_behind_prints_on_its_own_account() -> None:
    """A pool that a call has made, and a cell uses later, is the cell's then."""
    pools: list[ThreadPoolExecutor] = []

    def work() -> None:
        pools.append(ThreadPoolExecutor(1))
        pools[0].submit(say, "for the call").result()

    with a_cell() as stdout:
        assert (await call(work, {})).printed == "for the call\n"
        pools[0].submit(say, "for a cell").result()
        pools[0].shutdown()
        assert stdout.getvalue() == "for a cell\n"


async def test_redirected_prints_stay_redirected() -> None:
    """A function may capture its own prints."""
    with a_cell():

        def work() -> str:
            with redirect_stdout(io.StringIO()) as own:
                say("mine")
            return own.getvalue()

        returned = await call(work, {})
        assert (returned.value, returned.printed) == ("mine\n", "")


async def test_endless_prints_are_cut_with_a_word() -> None:
    """A chatty function cannot fill the journal."""
    with a_cell():
        returned = await call(lambda: [say("x" * 999) for _ in range(100)] and None, {})
        assert len(returned.printed) <= MAX_PRINTED + 10
        assert returned.printed.endswith("… (cut)")


async def test_odd_prints_can_be_stored() -> None:
    """Half of a character, as odd file names hold it, is replaced."""
    with a_cell():
        returned = await call(lambda: say("caf\udce9"), {})
        assert returned.printed.encode()


class Terminal(io.StringIO):
    encoding = "latin-1"
    errors = "replace"

    @override
    def isatty(self) -> bool:
        return True

    @override
    def fileno(self) -> int:
        return 42

    def special(self) -> str:
        return "of the terminal"


def test_router_is_like_the_stream_that_it_stands_for() -> None:
    """Programs look at a stream before they write: colours, encodings, files."""
    stream = Terminal()
    router = PrintRouter(stream)
    assert (router.isatty(), router.fileno(), router.writable()) == (True, 42, True)
    assert (router.encoding, router.errors, router.special()) == (
        "latin-1",
        "replace",
        "of the terminal",
    )
    router.writelines(["a", "b"])
    router.flush()
    assert stream.getvalue() == "ab"
    assert PrintRouter(io.StringIO()).encoding == "utf-8"


def test_routing_twice_is_routing_once() -> None:
    """The extension may be loaded again."""
    with a_cell():
        first = sys.stdout
        route_prints()
        assert sys.stdout is first


# --- values ------------------------------------------------------------------------------------


class Point(BaseModel):
    x: int
    at: date


@dataclass
class Pair:
    left: Any
    right: Any


class Colour(Enum):
    RED = "red"


Size = namedtuple("Size", ["w", "h"])
DAY = date(2030, 1, 2)
NOON = datetime(2030, 1, 2, 12)  # noqa: DTZ001 - of the kind that analysts have
FRAME = pd.DataFrame({"n": [1, 2], "at": [pd.Timestamp("2030-01-02"), pd.NaT]})
ROWS = [{"n": 1, "at": "2030-01-02T00:00:00"}, {"n": 2, "at": None}]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        pytest.param(None, None, id="none"),
        pytest.param("é\x00\n", "é\x00\n", id="text"),
        pytest.param(10**30, 10**30, id="huge whole number"),
        pytest.param(0.1, 0.1, id="number"),
        pytest.param(float("nan"), None, id="nan"),
        pytest.param(float("inf"), None, id="infinity"),
        pytest.param({"a": [float("nan"), 1.0]}, {"a": [None, 1.0]}, id="nan inside"),
        pytest.param((1, (2,)), [1, [2]], id="tuples"),
        pytest.param(Size(1, 2), [1, 2], id="named tuple"),
        pytest.param({3}, [3], id="set"),
        pytest.param(frozenset({"a"}), ["a"], id="frozen set"),
        pytest.param(b"ab", "ab", id="bytes of text"),
        pytest.param({1: "a", 2.5: "b"}, {"1": "a", "2.5": "b"}, id="keys of other types"),
        pytest.param({DAY: 1}, {"2030-01-02": 1}, id="dates as keys"),
        pytest.param(DAY, "2030-01-02", id="date"),
        pytest.param(NOON, "2030-01-02T12:00:00", id="moment"),
        pytest.param(timedelta(minutes=2), "PT2M", id="duration"),
        pytest.param(Decimal("1.10"), "1.10", id="decimal"),
        pytest.param(UUID(int=1), "00000000-0000-0000-0000-000000000001", id="uuid"),
        pytest.param(Path("a/b"), "a/b", id="path"),
        pytest.param(Colour.RED, "red", id="enum"),
        pytest.param(Point(x=1, at=DAY), {"x": 1, "at": "2030-01-02"}, id="model"),
        pytest.param(
            Pair({1}, Point(x=1, at=DAY)),
            {"left": [1], "right": {"x": 1, "at": "2030-01-02"}},
            id="dataclass",
        ),
        pytest.param((x for x in "ab"), ["a", "b"], id="generator"),
        pytest.param(np.int64(2), 2, id="numpy whole number"),
        pytest.param(np.float64("nan"), None, id="numpy nan"),
        pytest.param(np.bool_(True), True, id="numpy truth"),
        pytest.param(np.array([1, 2]), [1, 2], id="numpy array"),
        pytest.param(np.array([7]), [7], id="numpy array of one"),
        pytest.param(np.array(7), 7, id="numpy array of no dimension"),
        pytest.param(np.array([]), [], id="numpy array of none"),
        pytest.param(np.array([[1.5, np.nan]]), [[1.5, None]], id="numpy matrix"),
        pytest.param(np.zeros((1, 1, 1)), [[[0.0]]], id="numpy cube"),
        pytest.param(np.array(["a"]), ["a"], id="numpy texts"),
        pytest.param(np.datetime64("2030-01-02"), "2030-01-02", id="numpy day"),
        pytest.param(
            np.array(["2030-01-02"], dtype="datetime64[ns]"),
            ["2030-01-02T00:00:00"],
            id="numpy moments",
        ),
        pytest.param({"x": np.array([1])}, {"x": [1]}, id="numpy inside"),
        pytest.param(FRAME, ROWS, id="frame"),
        pytest.param({"f": FRAME, "g": [FRAME]}, {"f": ROWS, "g": [ROWS]}, id="frames inside"),
        pytest.param(FRAME.to_dict("records"), ROWS, id="records of a frame"),
        pytest.param(FRAME["n"], [1, 2], id="series"),
        pytest.param(pd.Series([1.0, None]), [1.0, None], id="series with a gap"),
        pytest.param({"s": FRAME["at"]}, {"s": ["2030-01-02T00:00:00", None]}, id="series inside"),
        pytest.param(
            pd.DataFrame({"n": pd.array([1, None], dtype="Int64")}),
            [{"n": 1}, {"n": None}],
            id="frame of nullable numbers",
        ),
        pytest.param(
            pd.DataFrame({"c": pd.Categorical(["a"])}), [{"c": "a"}], id="frame of categories"
        ),
        pytest.param(pd.DataFrame(), [], id="empty frame"),
        pytest.param(pd.Index([1, 2]), [1, 2], id="index"),
        pytest.param(pd.NA, None, id="NA"),
        pytest.param([pd.NaT], [None], id="NaT"),
        pytest.param(pd.Timestamp("2030-01-02"), "2030-01-02T00:00:00", id="timestamp"),
    ],
)
def test_value_becomes_json(value: Any, plain: JsonValue) -> None:
    """What analysts return is turned into what a journal holds, nothing silently lost."""
    assert jsonable(value) == plain
    assert type(jsonable(value)) is type(plain) or value is not None
    json.dumps(jsonable(value) if not hasattr(value, "send") else plain, allow_nan=False)


def _circle() -> list[Any]:
    circle: list[Any] = []
    circle.append(circle)
    return circle


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(object(), id="object"),
        pytest.param([object()], id="object inside"),
        pytest.param(len, id="function"),
        pytest.param(Point, id="class"),
        pytest.param(b"\xff", id="bytes that are no text"),
        pytest.param(_circle(), id="circle"),
        pytest.param(_deep(), id="very deep"),
        pytest.param((1 / 0 for _ in "a"), id="generator that fails"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    """The refusal says what was found and what to return instead, and is lasting."""
    with pytest.raises(NotKept, match="expected a value that JSON can hold, found") as caught:
        jsonable(value)
    assert "return plain values" in str(caught.value)
    assert isinstance(caught.value, PermanentError)


# --- failures ----------------------------------------------------------------------------------


class Busy(Exception):
    """An error of some library."""


PROGRAMMING = [
    ZeroDivisionError("x"),
    AssertionError("x"),
    AttributeError("x"),
    ImportError("x"),
    KeyError("x"),
    IndexError("x"),
    NameError("x"),
    NotImplementedError("x"),
    SyntaxError("x"),
    TypeError("x"),
    ValueError("x"),
    UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
]
PASSING = [RuntimeError("x"), OSError("x"), TimeoutError("x"), ConnectionError("x"), Busy("x")]
LASTING = [PermanentError("x"), ModelMissing("x"), UsageError("x"), StoreError("x"), RunError("x")]


def _named(faults: list[Any]) -> list[Any]:
    return [pytest.param(fault, id=type(fault).__name__) for fault in faults]


@pytest.mark.parametrize("fault", _named(PROGRAMMING))
def test_programming_error_is_lasting_unless_the_step_retries(fault: Exception) -> None:
    """Trying wrong code again cannot help; who says ``retry`` knows better."""
    assert user_fault(fault, retry_all=False).permanent
    assert not user_fault(fault, retry_all=True).permanent


@pytest.mark.parametrize("fault", _named(PASSING))
def test_other_errors_may_pass(fault: Exception) -> None:
    """A network that stutters is tried again."""
    assert not user_fault(fault, retry_all=False).permanent
    assert not user_fault(fault, retry_all=True).permanent


@pytest.mark.parametrize("fault", _named(LASTING))
def test_our_own_errors_are_lasting(fault: Exception) -> None:
    """Who raises `PermanentError` means it, also where all is retried."""
    assert user_fault(fault, retry_all=True).permanent


def test_transient_error_says_how_long_to_wait() -> None:
    """What the other side asked for reaches the policy."""
    error = user_fault(TransientError("busy", retry_after_seconds=7), retry_all=False)
    assert (error.permanent, error.retry_after_seconds, error.message) == (False, 7, "busy")


def test_failure_carries_the_end_of_its_traceback() -> None:
    """A person finds the line of the notebook that failed."""

    def deep(n: int) -> None:
        if n == 0:
            raise KeyError("ticker")
        deep(n - 1)

    with pytest.raises(KeyError) as caught:
        deep(200)
    error = user_fault(caught.value, retry_all=False)
    assert (error.type, error.message) == ("KeyError", "KeyError: 'ticker'")
    assert 'raise KeyError("ticker")' in error.detail
    assert len(error.detail) <= 2000


def test_failure_without_words_is_named() -> None:
    """An empty message says at least what it was."""
    assert user_fault(RuntimeError(), retry_all=False).message == "RuntimeError"


def test_odd_words_of_a_failure_can_be_stored() -> None:
    """The name of a file that is no text does not stop the journal."""
    error = user_fault(FileNotFoundError("caf\udce9.csv"), retry_all=False)
    assert error.model_dump_json()


@dataclass
class Report:
    """What a function may return: a frame in an object of the analyst's own."""

    title: str
    rows: Any


class Unspeakable(Exception):
    """Whoever asks it what it says is to end."""

    @override
    def __str__(self) -> str:
        raise SystemExit(3)


def test_a_failure_that_cannot_be_said_ends_nobody_but_its_call() -> None:
    """It is told in the loop of the engine, which has to go on."""
    error = user_fault(Unspeakable(), retry_all=False)
    assert error.message == "Unspeakable: it cannot be said: SystemExit"


def test_frame_becomes_a_table_wherever_it_is() -> None:
    """Also in an object, and beside a text that looks like whatever stands for it meanwhile."""
    found: Any = jsonable({"report": Report("mn-table-0", FRAME), "more": (FRAME,)})
    assert isinstance(found["report"]["rows"], Table)
    assert isinstance(found["more"][0], Table)
    assert found["report"] == {"title": "mn-table-0", "rows": ROWS}
    assert jsonable(found) == found
    assert isinstance(jsonable(found["report"]["rows"]), Table)


def test_frame_that_cannot_be_a_table_is_not_kept() -> None:
    """A write that returned one has happened: its call is in doubt, not failed."""
    with pytest.raises(NotKept, match="two columns of a table are called 'a'"):
        jsonable(pd.DataFrame([[1, 2]], columns=["a", "a"]))
