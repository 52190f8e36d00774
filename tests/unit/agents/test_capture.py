"""A function of a notebook is taken with what it needs, and made again of that."""

import functools
import weakref
from typing import Any

import pytest

from mn_notebook.agents.capture import Captured, capture, identity_of
from mn_notebook.agents.restore import restore
from mn_notebook.agents.tools import ToolRegistry, registering_in
from tests.unit.agents.cells import Cells

DECORATED = """
import functools
import weakref
from math import sqrt as root
RATE = 0.25
def twice(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args) * 2
    return wrapper
class Box:
    rate = RATE
    def __init__(self, n):
        self.n = n
    def worth(self):
        return helper(self.n) * self.rate
@twice
def helper(n):
    return Box(root(n)).n
alias = helper
def work(n, box: "Box | None" = None):
    return Box(n).worth() + alias(n)
"""


def again(captured: Captured) -> Any:
    assert not captured.refusal
    assert not captured.live
    return restore(captured.defines, captured.source, captured.imports, captured.helpers)


@pytest.fixture
def cells() -> Cells:
    return Cells()


@pytest.mark.parametrize(
    ("source", "arguments", "result"),
    [
        pytest.param("def work(n):\n    return n + 1\n", (1,), 2, id="plain"),
        pytest.param(DECORATED, (16,), 10.0, id="decorators, classes, helpers, an alias"),
        pytest.param(
            "from __future__ import annotations\ndef work(n: Later) -> None:\n    return n\n",
            (3,),
            3,
            id="annotations that nobody evaluates",
        ),
        pytest.param(
            "import functools\n@functools.lru_cache(maxsize=2)\ndef work(n):\n    return n * 2\n",
            (4,),
            8,
            id="a wrapper that is no function",
        ),
        pytest.param(
            "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: 'int'\n"
            "def work(n):\n    return Point(n).x\n",
            (5,),
            5,
            id="a dataclass",
        ),
        pytest.param(
            "def even(n):\n    return n == 0 or odd(n - 1)\n"
            "def odd(n):\n    return n != 0 and even(n - 1)\n"
            "def work(n):\n    return even(n)\n",
            (7,),
            False,
            id="helpers that need each other",
        ),
        pytest.param(
            "import os.path, xml.dom\nimport xml.etree.ElementTree\n"
            "def work(n):\n    return xml.etree.ElementTree.fromstring(n).tag\n",
            ("<a/>",),
            "a",
            id="a module inside a package",
        ),
        pytest.param(
            "WORDS = ['a', 'b']\nLIMIT: int = -3\n"
            "def work(n):\n    return [w for w in WORDS if n > LIMIT]\n",
            (1,),
            ["a", "b"],
            id="written constants",
        ),
        pytest.param(
            "def work(n):\n    import json\n    def inner(x):\n        return json.loads(x)\n"
            "    return [inner(n) for _ in range(2)]\n",
            ("1",),
            [1, 1],
            id="what is inside stays inside",
        ),
        pytest.param("async def work(n):\n    return n\n", None, None, id="a coroutine"),
    ],
)
def test_captured_function_works_anew(
    cells: Cells, source: str, arguments: tuple[Any, ...] | None, result: Any
) -> None:
    """Made of its source it gives the same, has the same identity, and is captured the same."""
    cells.run(source)
    captured = capture(cells["work"])
    made = again(captured)
    if arguments is not None:
        assert made(*arguments) == cells["work"](*arguments) == result
    assert identity_of(made) == identity_of(cells["work"])
    second = capture(made)
    assert (second.source, second.imports, second.helpers) == (
        captured.source,
        captured.imports,
        captured.helpers,
    )


def test_live_globals_are_named(cells: Cells) -> None:
    """Frames, clients and computed constants live in their kernel; an alias is an import."""
    cells.run("import decimal as d, os\nclient = object()\nLIMIT = len('abc')\nframe = [object()]")
    cells.run("def work():\n    return d.Decimal(1), client, LIMIT, frame, os, not_there, print")
    captured = capture(cells["work"])
    assert captured.live == ("LIMIT", "client", "frame", "not_there")
    assert captured.imports == ("import decimal as d", "import os")
    assert captured.cell == 2


def test_live_globals_of_helpers_count(cells: Cells) -> None:
    """Whatever is needed is needed through and through."""
    cells.run(
        "client = object()\ndef helper():\n    return client\ndef work():\n    return helper()"
    )
    assert capture(cells["work"]).live == ("client",)


def test_constant_that_changed_is_live(cells: Cells) -> None:
    """What has become of it is not what is written; its hash is that of the text."""
    cells.run("SEEN = []\ndef work(n):\n    SEEN.append(n)\n    return SEEN")
    before = identity_of(cells["work"])
    assert capture(cells["work"]).live == ()
    cells["work"](1)
    assert capture(cells["work"]).live == ("SEEN",)
    assert identity_of(cells["work"]) == before


@pytest.mark.parametrize("name", ["API_KEY", "token", "db_password", "ClientSecret"])
def test_text_that_sounds_like_a_secret_is_never_recorded(cells: Cells, name: str) -> None:
    """It is named like a client; its cell brings it back."""
    cells.run(f"{name} = 'sk-123'\ndef work():\n    return {name}")
    captured = capture(cells["work"])
    assert captured.live == (name,)
    assert "sk-123" not in str(captured)


def test_import_that_was_replaced_is_live(cells: Cells) -> None:
    """A name counts as an import only while it stands for what is imported."""
    cells.run("import json\ndef work():\n    return json")
    cells.namespace["json"] = object()
    assert capture(cells["work"]).live == ("json",)


@pytest.mark.parametrize(
    ("source", "refusal"),
    [
        pytest.param("work = lambda n: n\n", "it is a lambda", id="lambda"),
        pytest.param(
            "def make(n):\n    def inner():\n        return n\n    return inner\nwork = make(1)\n",
            "it was made inside another function and uses 'n'",
            id="closure",
        ),
        pytest.param(
            "def shout(function):\n    def wrapper():\n        return function()\n"
            "    return wrapper\n@shout\ndef work():\n    return 1\n",
            "a decorator says functools.wraps",
            id="decorator that hides its function",
        ),
        pytest.param("class Thing:\n    def go(self):\n        pass\nwork = Thing().go\n",
            "it is no plain function but a method", id="method"),
        pytest.param("from functools import partial\nwork = partial(print, 1)\n",
            "it is no plain function but a partial", id="partial"),
        pytest.param("exec('def work():\\n    return 1\\n')", "its source is not known", id="exec"),
    ],
)  # fmt: skip
def test_what_cannot_stand_alone_is_refused(cells: Cells, source: str, refusal: str) -> None:
    """Honestly, with the reason; nothing is guessed."""
    cells.run(source)
    captured = capture(cells["work"])
    assert refusal in captured.refusal
    assert not captured.defines


def test_helper_that_cannot_stand_alone_is_live(cells: Cells) -> None:
    """A lambda of the notebook is as good as a client: its cell brings it back."""
    cells.run("double = lambda n: n * 2\ndef work(n):\n    return double(n)\n")
    assert capture(cells["work"]).live == ("double",)


def test_identity_changes_with_a_helper(cells: Cells) -> None:
    """Whoever uses changed code is changed."""
    cells.run("def helper(n):\n    return n\n")
    cells.run("def work(n):\n    return helper(n)\n")
    before = identity_of(cells["work"])
    cells.run("def unrelated():\n    pass\n")
    assert identity_of(cells["work"]) == before
    cells.run("def helper(n):\n    return -n\n")
    assert identity_of(cells["work"]) != before


def test_identity_is_taken_anew_at_each_call(cells: Cells) -> None:
    """An automatic reload replaces the code inside of a function that stays."""
    cells.run("def work(n):\n    return n\n")
    work = cells["work"]
    before = identity_of(work)
    cells.run("def work(n):\n    return n + 1\n")
    work.__code__ = cells["work"].__code__
    assert identity_of(work) == identity_of(cells["work"]) != before


def test_newest_definition_of_a_class_counts(cells: Cells) -> None:
    """A class that was defined again is recorded as it is now."""
    for rate in (1, 2):
        cells.run(f"class Box:\n    rate = {rate}\n")
    cells.run("def work():\n    return Box.rate\n")
    assert again(capture(cells["work"]))() == 2


def test_restored_source_is_where_tracebacks_look(cells: Cells) -> None:
    """A fault in it shows its line."""
    import traceback

    cells.run("def work(n):\n    return 1 / n\n")
    with pytest.raises(ZeroDivisionError) as caught:
        again(capture(cells["work"]))(0)
    assert "return 1 / n" in "".join(traceback.format_exception(caught.value))


def test_restored_decorator_of_a_tool_registers_it_where_it_is_wanted(cells: Cells) -> None:
    """Its effect comes with it, and the tools of the process stay as they are."""
    from mn_notebook.agents.tools import REGISTRY

    registry = ToolRegistry()
    with registering_in(registry):
        cells.run(
            'import mn_notebook as mn\n@mn.tool(effect="read", name="recorded_look")\n'
            'def work(q: str) -> str:\n    "Look."\n    return q\n'
        )
    captured = capture(cells["work"])
    assert captured.imports == ("import mn_notebook as mn",)
    second = ToolRegistry()
    with registering_in(second):
        again(captured)
    found, before = second.get("recorded_look"), registry.get("recorded_look")
    assert found is not None
    assert before is not None
    assert (found.effect, found.hash) == ("read", before.hash)
    assert REGISTRY.get("recorded_look") is None


def test_unusual_globals_harm_nobody(cells: Cells) -> None:
    """An object may answer every question, badly."""

    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

        def __call__(self) -> None: ...

    cells.namespace.update(odd=Odd(), part=functools.partial(print))
    cells.run("def work():\n    return odd, part\n")
    assert capture(cells["work"]).live == ("odd", "part")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("RATE = 1\n", "RATE = 2\n", id="constant"),
        pytest.param("RATE = [1]\n", "RATE = [2]\n", id="list"),
        pytest.param("", "RATE = 2\n", id="comes"),
        pytest.param("RATE = 2\n", "del RATE\n", id="goes"),
        pytest.param("def RATE(): return 1\n", "def RATE(): return 2\n", id="helper"),
        pytest.param("class RATE: x = 1\n", "class RATE: x = 2\n", id="class"),
        pytest.param("import json as RATE\n", "import ast as RATE\n", id="import"),
        pytest.param("import json as RATE\n", "RATE = object()\n", id="live"),
    ],
)
def test_identity_follows_every_name(cells: Cells, before: str, after: str) -> None:
    """It is remembered only for as long as nothing that it rests on changes."""
    cells.run("def middle():\n    return RATE\n")
    cells.run("def work(n):\n    return middle() * n\n")
    cells.run(before)
    first = identity_of(cells["work"])
    assert identity_of(cells["work"]) == first
    cells.run(after)
    assert identity_of(cells["work"]) != first


def test_identity_follows_code_that_is_exchanged_in_place(cells: Cells) -> None:
    """An automatic reload does that to helpers, also behind a decorator."""
    cells.run("import functools\ndef helper(n):\n    return n\n")
    cells.run("@functools.wraps(helper)\ndef outer(n):\n    return helper(n)\n")
    cells.run("def work(n):\n    return outer(n)\n")
    first = identity_of(cells["work"])
    helper = cells["helper"]
    cells.run("def helper(n):\n    return n + 1\n")
    helper.__code__ = cells["helper"].__code__
    cells.namespace["helper"] = helper
    assert identity_of(cells["work"]) != first


def test_identity_follows_an_annotation_that_comes(cells: Cells) -> None:
    """Schemas are made from annotations, so what they name is needed too."""
    cells.run("def work(n: 'Metres'):\n    return n\n")
    first = identity_of(cells["work"])
    cells.run("class Metres:\n    pass\n")
    assert identity_of(cells["work"]) != first


def test_remembering_keeps_no_data_alive(cells: Cells) -> None:
    """A frame that the notebook has deleted is gone."""
    cells.run("class Frame:\n    pass\ndata = Frame()\n")
    cells.run("def work(n):\n    return data\n")
    identity_of(cells["work"])
    gone = weakref.ref(cells["data"])
    cells.run("del data\n")
    assert gone() is None


def test_what_the_shell_puts_in_the_place_of_a_builtin_is_one(cells: Cells) -> None:
    """IPython gives every notebook an ``open`` of its own, and no function lives on it."""

    @functools.wraps(open)
    def shells_own(file: Any) -> Any:
        return file

    cells.namespace["open"] = shells_own
    cells.run("def work(n):\n    return open(n)\n")
    captured = capture(cells["work"])
    assert (captured.live, captured.helpers, captured.imports) == ((), (), ())
