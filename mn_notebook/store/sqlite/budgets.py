"""What is spent by the day and by the class. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

STATEMENTS = {
    'spent': Compiled(
        'SELECT mn_spending.nano_usd, mn_spending.tokens, mn_spending.calls, '
        'mn_spending.raised FROM mn_spending WHERE mn_spending.day = ? AND '
        'mn_spending.workflow_class = ?',
        ('which_day', 'whose'),
        {},
    ),
    'open_day': Compiled(
        'INSERT INTO mn_spending (day, workflow_class, nano_usd, tokens, calls, raised) '
        'VALUES (?, ?, ?, ?, ?, ?)',
        ('day', 'workflow_class', 'nano_usd', 'tokens', 'calls', 'raised'),
        {},
    ),
    'add': Compiled(
        'UPDATE mn_spending SET nano_usd=(mn_spending.nano_usd + ?), '
        'tokens=(mn_spending.tokens + ?), calls=(mn_spending.calls + ?) WHERE '
        'mn_spending.day = ? AND mn_spending.workflow_class = ?',
        ('more_usd', 'more_tokens', 'more_calls', 'which_day', 'whose'),
        {},
    ),
    'raise': Compiled(
        'UPDATE mn_spending SET raised=? WHERE mn_spending.day = ? AND '
        'mn_spending.workflow_class = ?',
        ('limits', 'which_day', 'whose'),
        {},
    ),
    'reserve': Compiled(
        'INSERT INTO mn_reservation (run_id, call_id, day, workflow_class, nano_usd, '
        'tokens) VALUES (?, ?, ?, ?, ?, ?)',
        ('run_id', 'call_id', 'day', 'workflow_class', 'nano_usd', 'tokens'),
        {},
    ),
    'reserved': Compiled(
        'SELECT mn_reservation.day, mn_reservation.workflow_class, '
        'mn_reservation.nano_usd, mn_reservation.tokens FROM mn_reservation WHERE '
        'mn_reservation.run_id = ? AND mn_reservation.call_id = ?',
        ('run', 'call'),
        {},
    ),
    'release': Compiled(
        'DELETE FROM mn_reservation WHERE mn_reservation.run_id = ? AND '
        'mn_reservation.call_id = ?',
        ('run', 'call'),
        {},
    ),
}
