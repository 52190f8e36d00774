"""What the processes of a store know together of the servers that they call."""

import sqlalchemy as sa
from sqlalchemy import bindparam

from mn_notebook.store.tables import LoadRow, table_of

_LOAD = table_of(LoadRow)
_COLUMNS = (_LOAD.c.key, _LOAD.c.body, _LOAD.c.until, _LOAD.c.seal)

TROUBLES = sa.select(*_COLUMNS).where(_LOAD.c.trouble == sa.true())
ONE = sa.select(*_COLUMNS).where(_LOAD.c.key == bindparam("which"))
DELETE = sa.delete(_LOAD).where(_LOAD.c.key == bindparam("which"))
PUT = sa.insert(_LOAD).values({name: bindparam(name) for name in LoadRow.model_fields})
CLEAR = sa.delete(_LOAD).where(_LOAD.c.until < bindparam("now"))
