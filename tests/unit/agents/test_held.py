"""What a callable holds beside its code is known, or the callable counts as changed."""

import enum
import functools
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mn_notebook.agents import held
from mn_notebook.agents.capture import held_by
from mn_notebook.agents.tools import make_tool
from mn_notebook.domain.ids import UNLIKE


class Adds:
    """Something that can be called, and holds data."""

    step = 1

    def __init__(self, more: Any) -> None:
        self.more = more

    def __call__(self, n: int) -> Any:
        return n + self.more

    def method(self, n: int) -> Any:
        return n + self.more


class Slotted:
    __slots__ = ("more",)

    def __init__(self, more: Any) -> None:
        self.more = more

    def __call__(self, n: int) -> Any:
        return self.more


@dataclass(frozen=True)
class Pair:
    left: Any
    right: Any = 0

    def __call__(self) -> Any:
        return self.left


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


def closing_over(more: Any) -> Callable[[int], Any]:
    def work(n: int) -> Any:
        return n + more

    return work


def with_default(value: Any) -> Callable[..., Any]:
    def work(n: int, more: Any = value) -> Any:
        return more

    return work


def with_keyword_default(value: Any) -> Callable[..., Any]:
    def work(n: int, *, more: Any = value) -> Any:
        return more

    return work


def with_attribute(value: Any) -> Callable[..., Any]:
    def work(n: int) -> Any:
        return work.more  # type: ignore[attr-defined]

    work.more = value  # type: ignore[attr-defined]
    return work


def decorated(value: Any) -> Callable[..., Any]:
    def inner(n: int) -> int:
        return n

    @functools.wraps(inner)
    def wrapper(n: int) -> Any:
        return inner(n) + value

    return wrapper


def add(n: Any, more: Any) -> Any:
    return n


def plain(n: int) -> int:
    return n


MAKERS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "an object": Adds,
    "an object with slots": Slotted,
    "a dataclass": Pair,
    "a bound method": lambda value: Adds(value).method,
    "a partial": lambda value: functools.partial(add, value),
    "a partial by keyword": lambda value: functools.partial(add, more=value),
    "a partial of an object": lambda value: functools.partial(Adds(value), 3),
    "a closure": closing_over,
    "a default": with_default,
    "a keyword's default": with_keyword_default,
    "an attribute": with_attribute,
    "a decorator's closure": decorated,
    "an object in a closure": lambda value: closing_over(Adds(value)),
    "a closure in an object": lambda value: Adds(closing_over(value)),
}

PAIRS: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "numbers": (lambda: 1, lambda: 2),
    "a number and a truth": (lambda: 1, lambda: True),
    "a number and a float": (lambda: 1, lambda: 1.0),
    "texts": (lambda: "a" * 3, lambda: "aab"),
    "bytes": (lambda: b"a", lambda: b"b"),
    "lists": (lambda: [1, [2]], lambda: [1, [3]]),
    "a list and a tuple": (lambda: [1, 2], lambda: (1, 2)),
    "how lists are nested": (lambda: [[1], 2], lambda: [[1, 2]]),
    "dictionaries": (lambda: {"a": 1}, lambda: {"a": 2}),
    "the order of a dictionary": (lambda: {"a": 1, "b": 2}, lambda: {"b": 2, "a": 1}),
    "sets": (lambda: {"a", "b", "c"}, lambda: {"a", "b", "d"}),
    "members": (lambda: Colour.RED, lambda: Colour.BLUE),
    "objects": (lambda: Pair(1), lambda: Pair(1, 2)),
    "functions": (lambda: len, lambda: max),
    "classes": (lambda: Adds, lambda: Slotted),
    "modules": (lambda: sys, lambda: functools),
    "decimals": (lambda: Decimal("1.0"), lambda: Decimal("1.00")),
    "times": (lambda: datetime(2026, 1, 1, tzinfo=UTC), lambda: datetime(2026, 1, 2, tzinfo=UTC)),
    "paths": (lambda: Path("a"), lambda: Path("b")),
    "arrays": (lambda: np.array([1, 2]), lambda: np.array([1, 3])),
    "types of arrays": (lambda: np.array([1, 2]), lambda: np.array([1.0, 2.0])),
    "frames": (lambda: pd.DataFrame({"a": [1, 2]}), lambda: pd.DataFrame({"a": [1, 3]})),
    "names of columns": (lambda: pd.DataFrame({"a": [1]}), lambda: pd.DataFrame({"b": [1]})),
}


def hash_of(function: Callable[..., Any]) -> str:
    found = held_by(function)["held"]
    assert isinstance(found, str)
    assert found != UNLIKE
    return found


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("pair", PAIRS)
def test_other_data_is_another_hash_and_the_same_data_the_same(maker: str, pair: str):
    """Wherever it is held, and wherever it lies in memory."""
    make, (one, other) = MAKERS[maker], PAIRS[pair]
    assert hash_of(make(one())) == hash_of(make(one()))
    assert hash_of(make(one())) != hash_of(make(other()))


def test_a_function_that_holds_nothing_has_nothing_to_say():
    """Keys of steps that were written before stay what they are."""
    assert held_by(plain) == {}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(threading.Lock, id="a lock"),
        pytest.param(lambda: (n for n in range(3)), id="a generator"),
        pytest.param(lambda: sys.stdout.buffer, id="a stream"),
        pytest.param(lambda: [["x"]] * held.MOST_PARTS, id="too many parts"),
        pytest.param(lambda: b"x" * (held.MOST_BYTES + 1), id="too large"),
        pytest.param(lambda: Adds(threading.Lock()), id="a lock within"),
    ],
)
def test_what_cannot_be_told_is_never_the_same(maker: str, value: Callable[[], Any]):
    """No hash stands for it, so that nothing can be equal to it."""
    assert held_by(MAKERS[maker](value())) == {"held": UNLIKE}


def test_data_that_holds_itself_is_told():
    """A ring ends."""
    one, other = Adds([1]), Adds([1])
    one.more.append(one)
    other.more.append(other)
    assert hash_of(one) == hash_of(other)
    other.more.append(2)
    assert hash_of(one) != hash_of(other)


def test_an_object_that_does_not_say_what_it_is_made_of_is_unlike_all():
    """Whatever it raises."""

    class Odd:
        def __call__(self) -> None: ...

        def __reduce_ex__(self, _protocol: Any) -> Any:
            raise SystemError("no")

    assert held_by(Odd()) == {"held": UNLIKE}


CLASS = """
class Adds:
    step = {step}
    def __init__(self): self.more = 1
    def __call__(self, n): return self.other(n)
    def other(self, n): return n + {step} * self.more
    @property
    def third(self): return {third}
    @classmethod
    def fourth(cls): return {fourth}
"""


def defined(step: int = 1, third: int = 1, fourth: int = 1) -> Any:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(CLASS.format(step=step, third=third, fourth=fourth), namespace)
    return namespace["Adds"]()


def test_a_class_of_the_notebook_counts_with_all_its_methods():
    """What is called may use any of them, and the data of the class."""
    assert hash_of(defined()) == hash_of(defined())
    changed = [defined(step=2), defined(third=2), defined(fourth=2)]
    assert len({hash_of(one) for one in [defined(), *changed]}) == 4


def test_a_tool_that_holds_data_is_named_with_it_and_its_code_without():
    """Whether its code has changed is another question than whether it gives the same."""
    one, other = (make_tool(closing_over(n), effect="read", name="add") for n in (1, 2))
    assert one.code == other.code
    assert one.hash != other.hash
    assert make_tool(closing_over(1), effect="read", name="add").hash == one.hash
    unlike = make_tool(closing_over(threading.Lock()), effect="read", name="add")
    assert (unlike.code, unlike.hash, unlike.identity) == (one.code, UNLIKE, "")
    assert one.identity == one.hash
    bare = make_tool(plain, effect="read", name="plain")
    assert bare.hash == bare.code


IN_ANOTHER_PROCESS = """
import sys
from tests.unit.agents.test_held import MAKERS, PAIRS, hash_of
for maker in MAKERS.values():
    for one, other in PAIRS.values():
        print(hash_of(maker(one())), hash_of(maker(other())))
"""


def test_the_hashes_are_the_same_in_every_process():
    """Whatever the seed of its hashes: a rerun is made by another process, as a rule."""
    said = {
        subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert len(said.pop().splitlines()) == len(MAKERS) * len(PAIRS)
