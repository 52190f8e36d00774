"""Texts that are being written: whole to their end, bounded, and never kept."""

from mn_notebook.domain.ids import CallId, RunId, StepPath
from mn_notebook.notebook.writing import MAX_TAIL, MAX_TEXTS, Writing
from mn_notebook.ports import TextPiece


def a_piece(text: str, path: str = "draft", call_id: str = "draft!1") -> TextPiece:
    return TextPiece(RunId("4k2f0000"), StepPath(path), 1, CallId(call_id), text)


def test_pieces_of_a_call_become_one_text() -> None:
    """A front end is sent a few texts a second, however many pieces a model sends."""
    writing = Writing()
    for text in ("so", " far", " so"):
        writing.add(a_piece(text))
    writing.add(a_piece("item", path="check[2]"))
    assert [(text.path, text.tail) for text in writing.take()] == [
        ("draft", "so far so"),
        ("check[2]", "item"),
    ]
    assert not writing.take()
    writing.add(a_piece(" good"))
    assert [text.tail for text in writing.take()] == ["so far so good"]


def test_another_call_begins_its_text_anew() -> None:
    """What a failed attempt said is not taken for the beginning of the next one's answer."""
    writing = Writing()
    writing.add(a_piece("broken"))
    writing.add(a_piece("whole", call_id="draft!2"))
    assert [(text.tail, text.length) for text in writing.take()] == [("whole", 5)]


def test_very_many_texts_are_not_all_passed_on() -> None:
    """A thousand items that write at once do not flood a front end."""
    writing = Writing()
    for item in range(1000):
        writing.add(a_piece("text", path=f"check[{item}]"))
    paths = [text.path for text in writing.take()]
    assert len(paths) == MAX_TEXTS
    assert paths[-1] == "check[999]"


def test_only_the_end_of_a_long_text_is_sent() -> None:
    """A message stays small, says how long the text is, and can be written as UTF-8."""
    writing = Writing()
    writing.add(a_piece("a" * 9000))
    writing.add(a_piece("\ud83d"))
    message = writing.take()[0].message()
    tail = message["tail"]
    assert isinstance(tail, str)
    assert len(tail) == MAX_TAIL
    assert tail.encode()
    assert message["length"] == 9001
    assert message["verb"] == "text"
