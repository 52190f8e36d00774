"""What is asked of the owners of runs, and what they have taken up. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

PUT = Compiled(
    'INSERT INTO mn_command (id, run_id, kind, body, "by", via, at, taken, seal) '
    'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ('id', 'run_id', 'kind', 'body', 'by', 'via', 'at', 'taken', 'seal'),
    {},
)

DECIDE = Compiled(
    'UPDATE mn_approval SET status=?, decision=?, decided_by=?, decided_at=? WHERE '
    'mn_approval.id = ? AND mn_approval.status = ? AND (mn_approval.expires_at IS '
    'NULL OR mn_approval.expires_at > ?)',
    ('decided', 'made', 'who', 'now', 'which', 'status_1', 'now'),
    {'status_1': 'open'},
)

APPROVAL_IS = Compiled(
    'SELECT mn_approval.status, mn_approval.decision, mn_approval.decided_by, '
    'mn_approval.decided_at, mn_approval.expires_at FROM mn_approval WHERE '
    'mn_approval.id = ?',
    ('which',),
    {},
)

PENDING = Compiled(
    'SELECT mn_command.id, mn_command.run_id, mn_command.kind, mn_command.body, '
    'mn_command."by", mn_command.via, mn_command.at, mn_command.seal, mn_run.origin '
    'FROM mn_command JOIN mn_run ON mn_run.id = mn_command.run_id WHERE '
    'mn_command.taken = 0 ORDER BY mn_command.at, mn_command.id',
    (),
    {},
)

TAKE = Compiled(
    'UPDATE mn_command SET taken=? WHERE mn_command.id = ? AND (EXISTS (SELECT * FROM '
    'mn_run WHERE mn_run.id = mn_command.run_id AND mn_run.fence = ?))',
    ('taken', 'which', 'held'),
    {'taken': True},
)
