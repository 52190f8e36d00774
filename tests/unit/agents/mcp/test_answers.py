"""What answers of servers come to, without any server."""

from typing import Any

import pytest

from mn_notebook.agents.doubt import leaves_doubt
from mn_notebook.agents.mcp.answers import MAX_RESULT, Answer, value_of
from mn_notebook.agents.mcp.faults import (
    DefinitionChanged,
    ServerAbsent,
    ServerConnectionLost,
    ServerRefused,
    ServerTimedOut,
    ToolSaidError,
    UnlikeDeclared,
)
from mn_notebook.agents.mcp.redaction import Redaction
from mn_notebook.agents.mcp.served import model_name
from mn_notebook.domain.definitions import Hints, ToolDefinition, effect_of
from mn_notebook.domain.policies import NOT_BEGUN
from mn_notebook.domain.workflow import Effect

PLAIN = ToolDefinition(name="t", input_schema={"type": "object"})
TYPED = PLAIN.model_copy(
    update={"output_schema": {"type": "object", "required": ["n"], "properties": {"n": {}}}}
)


def text(said: str) -> Answer:
    return Answer(blocks=({"type": "text", "text": said},))


def test_what_is_structured_counts_before_text() -> None:
    """The text is often the same once more."""
    both = Answer(({"type": "text", "text": "x"},), structured={"n": 1}, has_structured=True)
    assert value_of(both, TYPED) == {"n": 1}
    assert value_of(text("x"), PLAIN) == "x"
    assert value_of(Answer(structured=None, has_structured=False), PLAIN) == ""


@pytest.mark.parametrize(
    "answer",
    [text("fine"), Answer(structured={"m": 1}, has_structured=True)],
    ids=["missing", "unlike"],
)
def test_what_a_schema_declares_has_to_come(answer: Answer) -> None:
    """Else nobody can tell what the tool did."""
    with pytest.raises(UnlikeDeclared):
        value_of(answer, TYPED)


def test_sizes_are_bounded_and_said() -> None:
    """A text is cut; what is structured cannot be."""
    cut = str(value_of(text("x" * (MAX_RESULT + 5)), PLAIN))
    assert cut.endswith("… (cut: 5 characters more)")
    large = Answer(structured=["x" * MAX_RESULT], has_structured=True)
    with pytest.raises(UnlikeDeclared, match="ask for less"):
        value_of(large, PLAIN)


def test_pieces_that_are_no_text_are_named() -> None:
    """Whoever reads the result knows that there was more."""
    pieces = (
        {"type": "text", "text": "a"},
        {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"},
        {"type": "resource_link", "uri": "file:///x"},
        {"type": "resource", "resource": {"uri": "file:///y", "text": "inside"}},
        {"type": "resource", "resource": {"uri": "file:///z", "blob": "AAAA"}},
        {"type": "resource", "resource": None},
        {"type": "hologram"},
    )
    assert str(value_of(Answer(pieces), PLAIN)).splitlines() == [
        "a",
        "[audio of 3 bytes, audio/wav: not kept]",
        "[link: file:///x]",
        "inside",
        "[file:///z of 3 bytes: not kept]",
        "[resource: not kept]",
        "[hologram: not kept]",
    ]


def test_an_error_is_told_in_its_words() -> None:
    """It is the tool's own; whether trying again helps is not known."""
    with pytest.raises(ToolSaidError, match="'t' says: no such row"):
        value_of(Answer(({"type": "text", "text": "no such row"},), is_error=True), PLAIN)


def test_faults_say_whether_a_write_may_have_happened() -> None:
    """Sent and unanswered: nobody knows. Not sent, or answered: everybody does."""
    doubtful = [ServerConnectionLost("x"), ServerTimedOut("x"), UnlikeDeclared("x")]
    assert all(leaves_doubt(fault) for fault in doubtful)
    certain = [ServerAbsent("x"), DefinitionChanged("x"), ServerRefused("x"), ToolSaidError("x")]
    assert not any(leaves_doubt(fault) for fault in certain)
    assert {ServerAbsent.__name__, DefinitionChanged.__name__} == NOT_BEGUN


@pytest.mark.parametrize(
    ("hints", "given", "effect"),
    [
        (Hints(), None, "write"),
        (Hints(read_only=True), None, "read"),
        (Hints(read_only=True, open_world=True), None, "read"),
        (Hints(idempotent=True), None, "write"),
        (Hints(idempotent=True, destructive=False), None, "idempotent"),
        (Hints(idempotent=True, destructive=True), None, "write"),
        (Hints(), "read", "read"),
        (Hints(read_only=False), "read", "write"),
        (Hints(destructive=True), "read", "write"),
        (Hints(read_only=False, destructive=False, idempotent=True), "read", "idempotent"),
        (Hints(read_only=True), "write", "write"),
    ],
)
def test_hints_and_the_users_word(hints: Hints, given: Effect | None, effect: Effect) -> None:
    """The stronger of both counts, and without trust the strongest."""
    assert effect_of(hints, given, is_trusted=True) == effect
    assert effect_of(hints, given, is_trusted=False) == "write"


def test_every_word_of_a_description_belongs_to_its_hash() -> None:
    """A pin holds for nothing else."""
    others: list[dict[str, Any]] = [
        {"name": "u"},
        {"description": "x"},
        {"title": "x"},
        {"input_schema": {"type": "object", "properties": {}}},
        {"output_schema": {"type": "object"}},
        {"hints": Hints(read_only=True)},
    ]
    fresh = {ToolDefinition.model_validate({**PLAIN.model_dump(), **o}).hash for o in others}
    assert len(fresh) == len(others)
    assert PLAIN.hash not in fresh


def test_names_for_models_are_short_plain_and_apart() -> None:
    """Model servers take 64 letters, digits, _ and -."""
    assert model_name("a", "b") == "a__b"
    assert model_name("a", "b.c") != model_name("a", "b/c")
    assert len(model_name("server", "t" * 128)) == 64


def test_secrets_are_named_wherever_they_stand() -> None:
    """Longer ones first, so that no rest of them stays."""
    redaction = Redaction([("KEY", "abcd"), ("LONG", "abcdefgh"), ("SHORT", "ab")])
    assert redaction.text("abcdefgh abcd ab") == "[LONG] [KEY] ab"
    assert redaction.value({"abcd": ["x abcd", 1, None]}) == {"[KEY]": ["x [KEY]", 1, None]}
