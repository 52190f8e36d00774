"""What a run is given, compared with what its workflow asks for."""

import pytest

from mn_notebook.domain.inputs import checked_inputs
from mn_notebook.errors import UsageError
from mn_notebook.frames import table_of
from mn_notebook.frames.reading import frame_from_records
from mn_notebook.language import parse_cell

FLOW = parse_cell(
    "w",
    """inputs:
  count: {type: int, default: 3}
  names: {type: "list[str]", default: []}
  due: date?
  at: datetime?
  deep: {type: any, default: null}
steps:
  a: {python: f, args: {all: "{{ inputs }}"}}
""",
).workflow


def test_what_is_left_out_has_its_default() -> None:
    """Only what may be missing is null then."""
    assert checked_inputs(FLOW, {}) == {
        "count": 3,
        "names": [],
        "due": None,
        "at": None,
        "deep": None,
    }


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"count": None}, "input 'count': expected int, found nothing (null)"),
        ({"names": None}, "input 'names': expected list[str], found nothing (null)"),
        (
            {"due": "26.11.2026"},
            "input 'due': expected date?, found '26.11.2026' "
            '("26.11.2026" is not a "date", such as 2026-11-26)',
        ),
        (
            {"at": "2026-11-26 10:00"},
            "input 'at': expected datetime?, found '2026-11-26 10:00' "
            '("2026-11-26 10:00" is not a "date-time", such as 2026-11-26T09:30:00Z)',
        ),
    ],
    ids=["null", "null for a list", "another date", "no zone"],
)
def test_what_does_not_fit_is_told_in_words(given: dict[str, str], told: str) -> None:
    """A default is no leave for null, and what may be missing is told by its own type."""
    with pytest.raises(UsageError) as found:
        checked_inputs(FLOW, given)
    assert str(found.value) == told


def test_a_whole_number_reaches_the_run_as_one() -> None:
    """Whoever types 3.0 for an int, or reads it from a file of JSON, means 3."""
    given = checked_inputs(FLOW, {"count": 3.0, "deep": 3.0})
    assert (repr(given["count"]), repr(given["deep"])) == ("3", "3.0")


def test_a_table_stays_a_table() -> None:
    """Its columns know their types already."""
    flow = parse_cell(
        "w", "inputs: {t: table}\nsteps: {a: {python: f, args: {t: '{{ inputs.t }}'}}}"
    )
    table = table_of(frame_from_records([{"n": 3.0}]))
    assert checked_inputs(flow.workflow, {"t": table})["t"] is table
