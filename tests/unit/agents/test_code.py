"""Code that a workflow refers to by name is found, read and identified."""

import functools
import linecache
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import pytest

from mn_notebook.agents.code import Functions, code_hash, imported, source_of
from mn_notebook.errors import PermanentError

_CELLS = iter(range(10_000))


def from_cell(source: str, name: str = "work") -> Callable[..., Any]:
    """Define a function as a cell of a notebook does: under a file name that no other cell has."""
    file = f"<cell {next(_CELLS)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return _defined(source, file, name)


def at_prompt(source: str, name: str = "work") -> Callable[..., Any]:
    """Define a function that has no source, as one that was typed at a prompt."""
    return _defined(source, "<stdin>", name)


def _defined(source: str, file: str, name: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)
    found: Callable[..., Any] = names[name]
    return found


ONE = "def work(x):\n    return x.upper()\n"
OTHER = "def work(x):\n    return x.lower()\n"


@pytest.fixture(params=[from_cell, at_prompt], ids=["cell", "prompt"])
def define(request: pytest.FixtureRequest) -> Callable[[str], Callable[..., Any]]:
    found: Callable[[str], Callable[..., Any]] = request.param
    return found


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(OTHER, id="another name used"),
        pytest.param("def work(x):\n    return x.upper() + '!'\n", id="another constant"),
        pytest.param("def work(x):\n    return [c for c in x]\n", id="another shape"),
        pytest.param("def work(x):\n    return (lambda: x.upper())()\n", id="an inner function"),
    ],
)
def test_hash_changes_with_the_function(
    define: Callable[[str], Callable[..., Any]], other: str
) -> None:
    """A cell that runs again with other code is other code."""
    assert code_hash(define(ONE)) != code_hash(define(other))


def test_hash_sees_into_inner_functions(define: Callable[[str], Callable[..., Any]]) -> None:
    """Also where only what is inside has changed."""
    inner = "def work(x):\n    return list(map(lambda c: c.{}(), x))\n"
    assert code_hash(define(inner.format("upper"))) != code_hash(define(inner.format("lower")))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(ONE, id="plain"),
        pytest.param(
            "def work(x):\n    return [lambda: x, lambda: 2]\n", id="with inner functions"
        ),
    ],
)
def test_running_a_cell_again_changes_no_hash(
    define: Callable[[str], Callable[..., Any]], source: str
) -> None:
    """Identity is what the code says, not where or when it was defined."""
    assert code_hash(define(source)) == code_hash(define(source))


def test_hash_of_what_has_no_code_is_stable() -> None:
    """Built-ins have a name and nothing else."""
    assert code_hash(len) == code_hash(len)
    assert code_hash(len) != code_hash(max)


def test_source_is_the_functions_text() -> None:
    """The text is recorded as it stands, without the indentation around it."""
    assert source_of(from_cell(ONE)) == ONE
    indented = "if True:\n    def work(x):\n        return x\n"
    assert source_of(from_cell(indented)) == "def work(x):\n    return x\n"


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(at_prompt(ONE), id="typed at a prompt"),
        pytest.param(len, id="built-in"),
        pytest.param(partial(len, ()), id="partial"),
    ],
)
def test_missing_source_is_empty(function: Callable[..., Any]) -> None:
    """What has no source has an empty one."""
    assert source_of(function) == ""


def test_wrapped_function_is_what_counts() -> None:
    """A decorator that says what it wraps is looked through."""
    inner = from_cell(ONE)

    @wraps(inner)
    def wrapper(x: Any) -> Any:
        return inner(x)

    assert source_of(wrapper) == ONE
    assert code_hash(wrapper) == code_hash(inner)


# --- finding -----------------------------------------------------------------------------------


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    """A module of an installed package."""
    found = types.ModuleType("some_shelf")
    found.__dict__.update(work=from_cell(ONE), number=5, Group=types.SimpleNamespace(work=len))
    sys.modules["some_shelf"] = found
    yield found
    del sys.modules["some_shelf"]


def test_functions_are_looked_up_anew_each_time() -> None:
    """The namespace changes under us as cells run."""
    namespace: dict[str, Any] = {"number": 5, "_hidden": len}
    functions = Functions(namespace)
    assert functions.get("work") is None
    assert functions.get("number") is None
    namespace["work"] = work = from_cell(ONE)
    assert functions.get("work") is work
    assert functions.names() == {"work"}
    assert Functions().get("work") is None


def test_function_of_a_module_is_imported(module: types.ModuleType) -> None:
    """``package.module:function`` needs no cell."""
    assert Functions().get("some_shelf:work") is module.work
    assert imported("some_shelf:Group.work") is len
    assert imported("json:dumps") is not None


def test_missing_module_is_not_there_yet() -> None:
    """It may be installed later."""
    assert imported("no_such_package:work") is None
    assert imported("no_such_package.inner:work") is None
    assert imported("json.no_such_part:work") is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("some_shelf:nothing", "expected a function 'nothing'", id="no such name"),
        pytest.param("some_shelf:number", "expected a function 'number'", id="no function"),
        pytest.param("some_shelf:work.deeper", "expected a function", id="no such attribute"),
        pytest.param("some_shelf:", "expected a function", id="no name"),
        pytest.param(":work", "importing '' failed", id="no module"),
    ],
)
@pytest.mark.usefixtures("module")
def test_module_without_the_function_is_a_lasting_failure(name: str, said: str) -> None:
    """A name that is wrong does not become right by waiting."""
    with pytest.raises(PermanentError, match=r"^(expected|importing)") as caught:
        imported(name)
    assert said in str(caught.value)


class Finder:
    """Finds one module, and says what happens when it is executed."""

    def __init__(self, source: str) -> None:
        self._source = source

    def find_spec(self, name: str, _path: Any, _target: Any = None) -> Any:
        if name != "some_broken_shelf":
            return None
        return __import__("importlib.util", fromlist=["util"]).spec_from_loader(name, self)

    def create_module(self, _spec: Any) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        exec(self._source, module.__dict__)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        pytest.param("1 / 0", "failed: ZeroDivisionError: division by zero", id="an error"),
        pytest.param("raise SystemExit(2)", "failed: SystemExit: 2", id="an exit"),
        pytest.param(
            "import no_such_need", "it needs 'no_such_need', which is not here", id="a missing need"
        ),
    ],
)
def test_import_that_fails_says_why(
    source: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that is there and broken is not called missing, and cannot end the process."""
    monkeypatch.setattr(sys, "meta_path", [Finder(source), *sys.meta_path])
    with pytest.raises(PermanentError, match="importing 'some_broken_shelf' failed") as caught:
        imported("some_broken_shelf:work")
    assert said in str(caught.value)


class Greets:
    """Something that can be called and is no function."""

    def __call__(self, name: str) -> str:
        return f"hello {name}"


def test_a_callable_that_is_no_function_has_the_same_hash_wherever_it_lies_in_memory():
    """Without it nothing that such a callable determines would ever be reused."""
    assert code_hash(Greets()) == code_hash(Greets())
    one, same = (functools.partial(Greets(), name="a") for _ in range(2))
    assert code_hash(one) == code_hash(same)
    assert code_hash(one) != code_hash(functools.partial(Greets(), name="b"))
    assert code_hash(functools.partial(len)) != code_hash(functools.partial(abs))
