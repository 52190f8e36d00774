"""Where the outcomes of calls stand that identical calls may take over."""

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import AnswerRow, table_of

_ANSWER = table_of(AnswerRow)
_NAMED = _ANSWER.c.name == bindparam("which")
_OF_RUN = _ANSWER.c.run_id == bindparam("run")

FORGET = sa.delete(_ANSWER).where(_NAMED, _OF_RUN)
PUT = sa.insert(_ANSWER).values({name: bindparam(name) for name in AnswerRow.model_fields})
OF_RUN = sa.select(_ANSWER.c.run_id, _ANSWER.c.seq).where(_NAMED, _OF_RUN)
NEWEST = (
    sa.select(_ANSWER.c.run_id, _ANSWER.c.seq)
    .where(_NAMED, _ANSWER.c.at >= bindparam("since"))
    .order_by(_ANSWER.c.at.desc(), _ANSWER.c.run_id)
    .limit(bindparam("most", type_=sa.Integer))
)
