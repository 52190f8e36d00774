"""What is spent by the day and by the class, in rows that all processes of a store share.

They are written in the transaction of the event that they follow from, so that no crash parts them.
A call counts from its announcement on, as it was reckoned; its outcome puts what it used in the
place of that, on the day of its announcement. One whose outcome never comes stays counted.
"""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from mn_notebook.domain.events import (
    BudgetRaised,
    BudgetReached,
    BudgetUnit,
    ModelFailed,
    ModelRequested,
    ModelResponded,
)
from mn_notebook.domain.messages import Estimate
from mn_notebook.domain.workflow import Budget
from mn_notebook.errors import BudgetExceeded
from mn_notebook.ports import Ceiling, Group
from mn_notebook.store.database import Cursor
from mn_notebook.store.sqlite import budgets as sql

NANO = Decimal(1_000_000_000)
"""In a dollar; rows hold whole numbers."""

COUNTED = frozenset({ModelRequested, ModelResponded, ModelFailed, BudgetRaised})
"""Events that change these rows."""


class Spending:
    """Counts model calls by day and class, inside the transactions of their events."""

    def too_much(self, cursor: Cursor, group: Group) -> BudgetExceeded | None:
        """Return which day's budget the model call of a group does not fit into, or None."""
        event = next((one for one in group.events if isinstance(one, ModelRequested)), None)
        if event is None:
            return None
        day = day_of(group.at)
        for ceiling in group.ceilings:
            if ceiling.workflow_class in ("", group.workflow_class):
                reached = self._reached(cursor, ceiling, event, day, group.at)
                if reached is not None:
                    return BudgetExceeded(f"today's budget is used up: {day}", reached=reached)
        return None

    def _reached(
        self, cursor: Cursor, ceiling: Ceiling, event: ModelRequested, day: str, at: datetime
    ) -> BudgetReached | None:
        row = self._row(cursor, day, ceiling.workflow_class)
        nano_usd, tokens, calls, raised = row or (0, 0, 0, "{}")
        limits = raised_today(ceiling.budget, raised)
        estimate = event.estimate or Estimate(usd=Decimal(0), tokens=0)
        uses: tuple[tuple[BudgetUnit, Decimal, Decimal, Decimal | int | None], ...] = (
            ("usd", Decimal(nano_usd) / NANO, estimate.usd or Decimal(0), limits.usd),
            ("calls", Decimal(calls), Decimal(1), limits.calls),
            ("tokens", Decimal(tokens), Decimal(estimate.tokens), limits.tokens),
        )
        unit: BudgetUnit
        if estimate.usd is None and limits.unknown_price == "block":
            unit, counted, limit = "price", uses[0][1], limits.usd or Decimal(0)
        else:
            short = next(
                (use for use in uses if use[3] is not None and sum(use[1:3]) > use[3]), None
            )
            if short is None:
                return None
            unit, counted, limit = short[0], short[1], Decimal(short[3] or 0)
        return BudgetReached(
            path=event.path,
            level="class" if ceiling.workflow_class else "day",
            where=ceiling.workflow_class,
            unit=unit,
            counted=counted,
            limit=limit,
            estimate=event.estimate,
            model=event.model,
            day=day,
            until=next_day(at),
        )

    def write(self, cursor: Cursor, group: Group, event: Any) -> None:
        """Write what follows from an event inside its transaction."""
        match event:
            case ModelRequested():
                self._reserve(cursor, group, event)
            case ModelResponded() | ModelFailed():
                self._settle(cursor, group.run_id, event)
            case BudgetRaised(level="class" | "day"):
                self._raise(cursor, event)
            case _:
                pass

    def _reserve(self, cursor: Cursor, group: Group, event: ModelRequested) -> None:
        estimate = event.estimate
        if estimate is None:
            return
        day, nano_usd = day_of(group.at), nano(estimate.usd or Decimal(0))
        reserved = {
            "run_id": group.run_id,
            "call_id": event.call_id,
            "day": day,
            "workflow_class": group.workflow_class,
            "nano_usd": nano_usd,
            "tokens": estimate.tokens,
        }
        self._do(cursor, "reserve", reserved)
        for whose in _whose(group.workflow_class):
            self._add(cursor, day, whose, nano_usd, estimate.tokens, 1)

    def _settle(self, cursor: Cursor, run_id: str, event: ModelResponded | ModelFailed) -> None:
        which = {"run": run_id, "call": event.call_id}
        self._do(cursor, "reserved", which)
        row = cursor.fetchone()
        if row is None:
            return
        day, workflow_class, nano_usd, tokens = row
        used_usd, used_tokens = _used(event, nano_usd, tokens)
        self._do(cursor, "release", which)
        for whose in _whose(workflow_class):
            self._add(cursor, day, whose, used_usd - nano_usd, used_tokens - tokens, 0)

    def _raise(self, cursor: Cursor, event: BudgetRaised) -> None:
        row = self._row(cursor, event.day, event.where)
        if row is None:
            self._open(cursor, event.day, event.where)
        before = json.loads(row[3]) if row is not None else {}
        said = event.budget.model_dump(mode="json", exclude_none=True)
        limits = json.dumps({**before, **said})
        values = {"which_day": event.day, "whose": event.where, "limits": limits}
        self._do(cursor, "raise", values)

    def _add(
        self, cursor: Cursor, day: str, whose: str, nano_usd: int, tokens: int, calls: int
    ) -> None:
        values = {
            "which_day": day,
            "whose": whose,
            "more_usd": nano_usd,
            "more_tokens": tokens,
            "more_calls": calls,
        }
        self._do(cursor, "add", values)
        if cursor.rowcount == 0:
            self._open(cursor, day, whose)
            self._do(cursor, "add", values)

    def _open(self, cursor: Cursor, day: str, whose: str) -> None:
        row = {"day": day, "workflow_class": whose, "nano_usd": 0, "tokens": 0, "calls": 0}
        self._do(cursor, "open_day", {**row, "raised": "{}"})

    def _row(self, cursor: Cursor, day: str, whose: str) -> Any:
        self._do(cursor, "spent", {"which_day": day, "whose": whose})
        return cursor.fetchone()

    def _do(self, cursor: Cursor, name: str, values: dict[str, Any]) -> None:
        statement = sql.STATEMENTS[name]
        cursor.execute(statement.sql, statement.row(values))


def _whose(workflow_class: str) -> tuple[str, ...]:
    return ("", workflow_class) if workflow_class else ("",)


def _used(event: ModelResponded | ModelFailed, nano_usd: int, tokens: int) -> tuple[int, int]:
    """Return what a call has used; what nobody says is taken as it was reckoned."""
    if isinstance(event, ModelFailed):
        return (nano_usd, tokens) if event.paid else (0, 0)
    usage = event.usage
    usd = nano_usd if event.price.usd is None else nano(event.price.usd)
    return usd, tokens if usage is None else usage.input_tokens + usage.output_tokens


def raised_today(budget: Budget, raised: str) -> Budget:
    """Return a limit as people have raised it for the day: never below what the process grants."""
    more = Budget.model_validate(json.loads(raised))
    changes = {
        name: max(said, own)
        for name in ("usd", "tokens", "calls")
        if (said := getattr(more, name)) is not None and (own := getattr(budget, name)) is not None
    }
    if more.unknown_price is not None:
        changes["unknown_price"] = more.unknown_price
    return budget.model_copy(update=changes) if changes else budget


def nano(usd: Decimal) -> int:
    """Return an amount in billionths of a dollar, never less than it is."""
    return int((usd * NANO).to_integral_value(ROUND_UP))


def day_of(at: datetime) -> str:
    """Return the day of a moment, in UTC."""
    return at.astimezone(UTC).date().isoformat()


def next_day(at: datetime) -> datetime:
    """Return when the day after begins, in UTC."""
    today = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)
