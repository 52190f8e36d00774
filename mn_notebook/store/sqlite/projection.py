"""The rows that go with an event. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

STATEMENTS = {
    'open_attempt': Compiled(
        'INSERT INTO mn_attempt (run_id, path, token) VALUES (?, ?, ?)',
        ('run_id', 'path', 'token'),
        {},
    ),
    'close_attempt': Compiled(
        'DELETE FROM mn_attempt WHERE mn_attempt.run_id = ? AND mn_attempt.path = ?',
        ('run_id', 'path'),
        {},
    ),
    'close_attempts': Compiled(
        'DELETE FROM mn_attempt WHERE mn_attempt.run_id = ?',
        ('run_id',),
        {},
    ),
    'ask': Compiled(
        'INSERT INTO mn_approval (id, run_id, path, subject, status, prompt, '
        'requested_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        ('id', 'run_id', 'path', 'subject', 'status', 'prompt', 'requested_at', 'expires_at'),
        {},
    ),
    'end_approval': Compiled(
        'UPDATE mn_approval SET status=?, decision=?, decided_by=?, decided_at=? WHERE '
        'mn_approval.id = ?',
        ('status', 'decision', 'decided_by', 'decided_at', 'which'),
        {},
    ),
    'escalate': Compiled(
        'UPDATE mn_approval SET escalated_at=?, escalated_to=? WHERE mn_approval.id = ?',
        ('at', 'to', 'which'),
        {},
    ),
    'decision': Compiled(
        'SELECT mn_approval.decided_by FROM mn_approval WHERE mn_approval.id = ? AND '
        'mn_approval.status = ?',
        ('which', 'status_1'),
        {'status_1': 'decided'},
    ),
    'close_approvals': Compiled(
        'UPDATE mn_approval SET status=? WHERE mn_approval.run_id = ? AND '
        'mn_approval.status = ?',
        ('status', 'run', 'status_1'),
        {'status': 'closed', 'status_1': 'open'},
    ),
    'take_command': Compiled(
        'UPDATE mn_command SET taken=? WHERE mn_command.id = ?',
        ('taken', 'which'),
        {'taken': True},
    ),
}
