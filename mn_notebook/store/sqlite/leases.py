"""Who may advance a run: claims, beats and what nobody living owns. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

CLAIM = Compiled(
    'UPDATE mn_run SET head=(mn_run.head + ?), fence=(mn_run.fence + ?), owner=?, '
    'updated_at=? WHERE mn_run.id = ? AND mn_run.fence = ? AND mn_run.owner IS ? '
    'RETURNING head, fence',
    ('head_1', 'fence_1', 'me', 'now', 'run', 'seen', 'former'),
    {'head_1': 1, 'fence_1': 1},
)

RELEASE = Compiled(
    'UPDATE mn_run SET owner=? WHERE mn_run.id = ? AND mn_run.fence = ?',
    ('nobody', 'run', 'held'),
    {},
)

RELEASE_ALL = Compiled(
    'UPDATE mn_run SET owner=? WHERE mn_run.owner = ?',
    ('nobody', 'me'),
    {},
)

INSERT_EVENT = Compiled(
    'INSERT INTO mn_event (run_id, seq, kind, version, at, batch, body, seal) VALUES '
    '(?, ?, ?, ?, ?, ?, ?, ?)',
    ('run_id', 'seq', 'kind', 'version', 'at', 'batch', 'body', 'seal'),
    {},
)

REGISTER = Compiled(
    'INSERT INTO mn_process (id, pid, host, program, origin, started_at, beat, ended) '
    'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ('id', 'pid', 'host', 'program', 'origin', 'started_at', 'beat', 'ended'),
    {},
)

BEAT = Compiled(
    'UPDATE mn_process SET beat=(mn_process.beat + ?) WHERE mn_process.id = ?',
    ('beat_1', 'which'),
    {'beat_1': 1},
)

END = Compiled(
    'UPDATE mn_process SET ended=? WHERE mn_process.id = ?',
    ('ended', 'which'),
    {'ended': True},
)

OWNER = Compiled(
    'SELECT mn_run.owner, mn_run.fence FROM mn_run WHERE mn_run.id = ?',
    ('run',),
    {},
)

BEAT_OF = Compiled(
    'SELECT mn_process.beat, mn_process.ended FROM mn_process WHERE mn_process.id = ?',
    ('which',),
    {},
)

HELD = Compiled(
    'SELECT mn_run.id, mn_run.fence FROM mn_run WHERE mn_run.owner = ?',
    ('me',),
    {},
)

UNFINISHED = Compiled(
    'SELECT anon_1.id, anon_1.owner FROM (SELECT mn_run.id AS id, mn_run.owner AS '
    'owner, mn_run.created_at AS created_at FROM mn_run WHERE mn_run.origin = ? AND '
    'mn_run.status = ? UNION SELECT mn_run.id AS id, mn_run.owner AS owner, '
    'mn_run.created_at AS created_at FROM mn_run WHERE mn_run.origin = ? AND '
    'mn_run.status = ? UNION SELECT mn_run.id AS id, mn_run.owner AS owner, '
    'mn_run.created_at AS created_at FROM mn_run WHERE mn_run.origin = ? AND '
    'mn_run.status = ? AND mn_run.wake_at <= ? UNION SELECT mn_run.id AS id, '
    'mn_run.owner AS owner, mn_run.created_at AS created_at FROM mn_run WHERE '
    'mn_run.owner > ? AND coalesce(mn_run.origin, ?) = ? AND coalesce(mn_run.status, '
    '?) = ? UNION SELECT mn_run.id AS id, mn_run.owner AS owner, mn_run.created_at AS '
    'created_at FROM mn_run WHERE mn_run.origin = ? AND mn_run.status = ? AND '
    'mn_run.wake_at IS NULL AND mn_run.waiting = ?) AS anon_1 ORDER BY '
    'anon_1.created_at',
    ('origin', 'status_1', 'origin', 'status_2', 'origin', 'status_3', 'now', 'owner_1', 'coalesce_1', 'origin', 'coalesce_2', 'coalesce_3', 'origin', 'status_3', 'waiting_1'),
    {'status_1': 'queued', 'status_2': 'running', 'status_3': 'waiting', 'owner_1': '', 'coalesce_1': '', 'coalesce_2': '', 'coalesce_3': 'waiting', 'waiting_1': 0},
)
