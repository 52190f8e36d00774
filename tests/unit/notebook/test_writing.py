"""Texts that are being written: the newest of each place, bounded, and never kept."""

from mn_notebook.domain.ids import RunId
from mn_notebook.notebook.writing import MAX_TAIL, MAX_TEXTS, Text, Writing

RUN = RunId("4k2f0000")


def a_text(path: str = "draft", tail: str = "so far") -> Text:
    return Text.of(RUN, path, tail, call_id="draft!1", length=None)


def test_of_a_step_only_the_newest_text_is_passed_on() -> None:
    """A front end is sent a few texts a second, however many pieces a model sends."""
    writing = Writing()
    for tail in ("so", "so far", "so far so"):
        writing.put(a_text(tail=tail))
    writing.put(a_text(path="check[2]"))
    assert [(text.path, text.tail) for text in writing.take()] == [
        ("draft", "so far so"),
        ("check[2]", "so far"),
    ]
    assert not writing.take()


def test_very_many_texts_are_not_all_passed_on() -> None:
    """A thousand items that write at once do not flood a front end."""
    writing = Writing()
    for item in range(1000):
        writing.put(a_text(path=f"check[{item}]"))
    paths = [text.path for text in writing.take()]
    assert len(paths) == MAX_TEXTS
    assert paths[-1] == "check[999]"


def test_only_the_end_of_a_long_text_is_sent() -> None:
    """A message stays small, says how long the text is, and can be written as UTF-8."""
    message = a_text(tail="a" * 9000 + "\ud83d").message()
    tail = message["tail"]
    assert isinstance(tail, str)
    assert len(tail) == MAX_TAIL
    assert tail.encode()
    assert message["length"] == 9001
    assert message["verb"] == "text"
