"""What is spent by the day and by the class."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import ReservationRow, SpendingRow, table_of

_SPENT = table_of(SpendingRow)
_RESERVED = table_of(ReservationRow)

_OF_DAY = (_SPENT.c.day == bindparam("which_day"), _SPENT.c.workflow_class == bindparam("whose"))
STATEMENTS: Mapping[str, Any] = {
    "spent": sa.select(_SPENT.c.nano_usd, _SPENT.c.tokens, _SPENT.c.calls, _SPENT.c.raised).where(
        *_OF_DAY
    ),
    "open_day": sa.insert(_SPENT).values(
        {name: bindparam(name) for name in SpendingRow.model_fields}
    ),
    "add": sa.update(_SPENT)
    .where(*_OF_DAY)
    .values(
        nano_usd=_SPENT.c.nano_usd + bindparam("more_usd"),
        tokens=_SPENT.c.tokens + bindparam("more_tokens"),
        calls=_SPENT.c.calls + bindparam("more_calls"),
    ),
    "raise": sa.update(_SPENT).where(*_OF_DAY).values(raised=bindparam("limits")),
    "reserve": sa.insert(_RESERVED).values(
        {name: bindparam(name) for name in ReservationRow.model_fields}
    ),
    "reserved": sa.select(
        _RESERVED.c.day, _RESERVED.c.workflow_class, _RESERVED.c.nano_usd, _RESERVED.c.tokens
    ).where(_RESERVED.c.run_id == bindparam("run"), _RESERVED.c.call_id == bindparam("call")),
    "release": sa.delete(_RESERVED).where(
        _RESERVED.c.run_id == bindparam("run"), _RESERVED.c.call_id == bindparam("call")
    ),
}
