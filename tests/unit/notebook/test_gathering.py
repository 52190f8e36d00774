"""Pieces of text become the text so far."""

from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.notebook.gathering import MAX_TAIL, gathering
from mn_notebook.ports import TextPiece


def piece(text: str, call: int = 1, path: str = "draft") -> TextPiece:
    return TextPiece(RunId("r"), StepPath(path), 1, CallId(f"{path}!{call}"), text)


def shown(*pieces: TextPiece) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []

    def publish(
        run_id: RunId, path: str, tail: str, *, call_id: str = "", length: int | None = None
    ) -> None:
        found.append((path, tail, length or 0))

    take = gathering(publish)
    for one in pieces:
        take(one)
    return found


def test_pieces_of_one_call_add_up():
    """Who looks sees all that has been said."""
    assert shown(piece("Dear "), piece("Ann")) == [("draft", "Dear ", 5), ("draft", "Dear Ann", 8)]


def test_another_call_begins_anew():
    """A repeated call does not continue what was lost."""
    assert shown(piece("Dear "), piece("Hi", call=2))[-1] == ("draft", "Hi", 2)


def test_steps_do_not_mix():
    """Each step has its own text."""
    assert shown(piece("a"), piece("b", path="other"), piece("c"))[-1] == ("draft", "ac", 2)


def test_a_long_text_keeps_its_end():
    """Memory is bounded, and the length is still told."""
    path, tail, length = shown(piece("x" * MAX_TAIL), piece("end"))[-1]
    assert (path, len(tail), tail[-3:], length) == ("draft", MAX_TAIL, "end", MAX_TAIL + 3)
