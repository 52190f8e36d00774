"""Rows that follow from events."""

from mn_notebook.domain.events import KINDS
from mn_notebook.store.projection import _ROWS


def test_every_event_that_obeys_a_command_marks_it_as_taken_up() -> None:
    """Otherwise whoever owns the run next obeys it once more."""
    obeying = {cls for cls in KINDS.values() if "command_id" in cls.model_fields}
    assert obeying - set(_ROWS) == set()
