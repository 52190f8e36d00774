"""Facts on their way into the journal and out of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from mn_notebook.domain import events as e
from mn_notebook.domain.events import KINDS, Recorded, UnknownEvent, read_event
from mn_notebook.domain.ids import RunId
from mn_notebook.domain.messages import Price
from mn_notebook.domain.values import Stored

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)
STORED = st.builds(Stored, value=JSON) | st.builds(
    Stored, artifact=st.text("0123456789abcdef", min_size=64, max_size=64), size=st.integers(0, 99)
)
st.register_type_strategy(Stored, STORED)
MONEY = st.none() | st.decimals(min_value=0, max_value=10, places=6, allow_nan=False)


def strategy(kind: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Build any event of a class from the types of its fields."""
    given_: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if name == "kind":
            continue
        text = str(field.annotation)
        if "datetime" in text or "AwareDatetime" in text:
            aware = st.datetimes(timezones=st.just(UTC))
            given_[name] = st.none() | aware if "None" in text else aware
        elif name == "form" and field.is_required():
            given_[name] = st.dictionaries(st.text(max_size=4), JSON, max_size=2)
        elif name == "price":
            given_[name] = st.builds(
                Price, usd=MONEY, source=st.text(max_size=5), matched=st.none() | st.text()
            )
        elif "float" in text:
            finite = st.floats(0, 1e9)
            given_[name] = st.none() | finite if "None" in text else finite
        elif name == "error":
            given_[name] = st.builds(
                e.ErrorInfo,
                type=st.text(max_size=5),
                message=st.text(max_size=5),
                permanent=st.booleans(),
                retry_after_seconds=st.none() | st.floats(0, 1e6),
                detail=st.text(max_size=5),
            )
    return st.builds(kind, **given_)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_event_is_read_as_it_was_written(kind: str, data: st.DataObject):
    """Also when all that has its default value is left out, as the journal does it."""
    event = data.draw(strategy(KINDS[kind]))
    assert read_event(kind, event.VERSION, event.model_dump_json()) == event
    assert read_event(kind, event.VERSION, event.model_dump_json(exclude_defaults=True)) == event


def test_money_keeps_every_digit():
    """It is decimal on the way in and on the way out."""
    price = Price(usd=Decimal("0.1000000000000000001"), source="s")
    assert Price.model_validate_json(price.model_dump_json()) == price


@pytest.mark.parametrize(("kind", "version"), [("step.dreamt", 1), ("run.started", 99)])
def test_what_a_newer_program_wrote_is_not_guessed_at(kind: str, version: int):
    """An unknown kind or a later version is refused as a whole."""
    with pytest.raises(UnknownEvent) as unknown:
        read_event(kind, version, "{}")
    assert (unknown.value.kind, unknown.value.version) == (kind, version)


def test_an_unknown_field_is_refused():
    """A field that this program does not know may mean everything."""
    with pytest.raises(ValidationError):
        read_event("run.started", 1, '{"surprise": 1}')


def test_an_older_form_is_upgraded_version_by_version(monkeypatch: pytest.MonkeyPatch):
    """What was written by an older program is read as if it were written now."""
    monkeypatch.setattr(e.StepSkipped, "VERSION", 3)
    monkeypatch.setitem(
        e.UPGRADES, ("step.skipped", 1), lambda old: {"step": old["name"], "why": old["why"]}
    )
    monkeypatch.setitem(
        e.UPGRADES,
        ("step.skipped", 2),
        lambda old: {"kind": "step.skipped", "path": old["step"], "because": old["why"]},
    )
    event = read_event("step.skipped", 1, '{"name": "a", "why": "no"}')
    assert event == e.StepSkipped(path="a", because="no")


def test_an_older_form_without_its_kind_is_upgraded_too(monkeypatch: pytest.MonkeyPatch):
    """The journal leaves out the kind from the body, because it has its own column."""
    monkeypatch.setattr(e.StepSkipped, "VERSION", 2)
    monkeypatch.setitem(
        e.UPGRADES, ("step.skipped", 1), lambda old: {"path": old["path"], "because": old["why"]}
    )
    event = read_event("step.skipped", 1, '{"path": "a", "why": "no"}')
    assert event == e.StepSkipped(path="a", because="no")


def test_events_cannot_be_changed():
    """A fact is a fact."""
    event = e.RunCancelRequested(by="ann")
    with pytest.raises(ValidationError):
        setattr(event, "by", "bob")  # noqa: B010 - typed, it could not even be tried


def test_a_record_made_quickly_is_like_one_that_was_checked() -> None:
    """It equals it, dumps alike, and copies alike."""
    at = datetime(2030, 1, 1, tzinfo=UTC)
    event = e.RunStarted()
    quick = Recorded.known(RunId("r"), 1, at, event)
    checked = Recorded(run_id=RunId("r"), seq=1, at=at, event=event)
    assert quick == checked
    assert quick.model_dump_json() == checked.model_dump_json()
    assert quick.model_copy(update={"seq": 2}) == checked.model_copy(update={"seq": 2})
    assert quick.model_fields_set == checked.model_fields_set
    with pytest.raises(ValidationError):
        quick.seq = 3  # type: ignore[misc]  # it is frozen, and that is asked about
