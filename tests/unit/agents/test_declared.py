"""A tool that a workflow declares is the one that it calls, or the workflow is refused."""

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mn_notebook.agents.declared import import_declared
from mn_notebook.agents.tools import ToolRegistry, make_tool, registering_in
from mn_notebook.domain.ids import StepName
from mn_notebook.domain.workflow import ApproveStep, Workflow
from mn_notebook.errors import PermanentError

TEXT = '''
def book(hotel: str) -> str:
    """Book a room."""
    return hotel
'''


def a_module(name: str, text: str = TEXT) -> ModuleType:
    module = types.ModuleType(name)
    exec(text, module.__dict__)
    sys.modules[name] = module
    return module


@pytest.fixture
def travel() -> Iterator[ModuleType]:
    yield a_module("travel")
    del sys.modules["travel"]


def declaring(*tools: str) -> Workflow:
    step = ApproveStep(name=StepName("s"), prompt="Go?")
    return Workflow(name="trip", group="", steps=(step,), tools=tools)


def function_of(registry: ToolRegistry) -> Any:
    found = registry.get("book")
    return None if found is None else found.function


def test_declared_tool_is_known_by_its_name(travel: ModuleType) -> None:
    """Once, and again when the workflow is defined again."""
    registry = ToolRegistry()
    for _ in range(2):
        import_declared(declaring("travel:book"), registry)
        assert function_of(registry) is travel.book


def test_reloaded_module_brings_its_new_tool(travel: ModuleType) -> None:
    """An older one of the same module is not kept."""
    registry = ToolRegistry()
    import_declared(declaring("travel:book"), registry)
    exec(TEXT, travel.__dict__)
    import_declared(declaring("travel:book"), registry)
    assert function_of(registry) is travel.book


def test_another_tool_of_that_name_is_not_called_in_its_place(travel: ModuleType) -> None:
    """Neither one of the notebook nor one of another module; and the other one stays as it is."""

    def book(hotel: str) -> str:
        """Do something else."""
        return f"not {hotel}"

    for home, said in (("__main__", "of the notebook"), ("elsewhere", "of the module 'elsewhere'")):
        registry = ToolRegistry()
        book.__module__ = home
        registry.add(make_tool(book))
        with pytest.raises(PermanentError, match=said) as raised:
            import_declared(declaring("travel:book"), registry)
        assert "means the tool 'book' of 'travel'" in str(raised.value)
        assert function_of(registry) is book


def test_module_that_declares_its_own_does_not_replace_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To be imported is to be declared; who is refused leaves what was there."""

    def book(hotel: str) -> str:
        """Do something else."""
        return f"not {hotel}"

    (tmp_path / "agency.py").write_text(f"import mn_notebook as mn\n\n@mn.tool{TEXT}")
    monkeypatch.syspath_prepend(tmp_path)
    book.__module__ = "__main__"
    registry = ToolRegistry()
    registry.add(make_tool(book))
    with (
        registering_in(registry),
        pytest.raises(PermanentError, match="means the tool 'book' of 'agency'"),
    ):
        import_declared(declaring("agency:book"), registry)
    assert sys.modules.pop("agency").book is not book
    assert function_of(registry) is book


def test_what_a_module_hands_on_is_its_own(travel: ModuleType) -> None:
    """A package that gives another one's tool its name is no second tool."""
    sys.modules["desk"] = desk = types.ModuleType("desk")
    desk.__dict__["book"] = travel.book
    registry = ToolRegistry()
    import_declared(declaring("travel:book"), registry)
    import_declared(declaring("desk:book"), registry)
    assert function_of(registry) is travel.book
    del sys.modules["desk"]


def test_declared_tool_keeps_what_it_says_under_another_name(travel: ModuleType) -> None:
    """Where it was declared as a tool of another name, its effect goes with it."""
    registry = ToolRegistry()
    registry.add(make_tool(travel.book, name="reserve", effect="idempotent"))
    import_declared(declaring("travel:book"), registry)
    assert registry.effects() == {"book": "idempotent", "reserve": "idempotent"}
