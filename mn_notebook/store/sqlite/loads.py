"""What the processes of a store know together of the servers that they call. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

TROUBLES = Compiled(
    'SELECT mn_load."key", mn_load.body, mn_load.until, mn_load.seal FROM mn_load '
    'WHERE mn_load.trouble = 1',
    (),
    {},
)

ONE = Compiled(
    'SELECT mn_load."key", mn_load.body, mn_load.until, mn_load.seal FROM mn_load '
    'WHERE mn_load."key" = ?',
    ('which',),
    {},
)

DELETE = Compiled(
    'DELETE FROM mn_load WHERE mn_load."key" = ?',
    ('which',),
    {},
)

PUT = Compiled(
    'INSERT INTO mn_load ("key", trouble, body, until, seal) VALUES (?, ?, ?, ?, ?)',
    ('key', 'trouble', 'body', 'until', 'seal'),
    {},
)

CLEAR = Compiled(
    'DELETE FROM mn_load WHERE mn_load.until < ?',
    ('now',),
    {},
)
