"""Where the outcomes of calls stand that identical calls may take over. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

FORGET = Compiled(
    'DELETE FROM mn_answer WHERE mn_answer.name = ? AND mn_answer.run_id = ?',
    ('which', 'run'),
    {},
)

PUT = Compiled(
    'INSERT INTO mn_answer (name, run_id, seq, at) VALUES (?, ?, ?, ?)',
    ('name', 'run_id', 'seq', 'at'),
    {},
)

OF_RUN = Compiled(
    'SELECT mn_answer.run_id, mn_answer.seq FROM mn_answer WHERE mn_answer.name = ? '
    'AND mn_answer.run_id = ?',
    ('which', 'run'),
    {},
)

NEWEST = Compiled(
    'SELECT mn_answer.run_id, mn_answer.seq FROM mn_answer WHERE mn_answer.name = ? '
    'AND mn_answer.at >= ? ORDER BY mn_answer.at DESC, mn_answer.run_id LIMIT ? '
    'OFFSET ?',
    ('which', 'since', 'most', 'param_1'),
    {'param_1': 0},
)
