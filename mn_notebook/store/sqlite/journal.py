"""The events of runs, their numbers, and the workflows that they follow. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

BY_FENCE = Compiled(
    'UPDATE mn_run SET head=(mn_run.head + ?), updated_at=? WHERE mn_run.id = ? AND '
    'mn_run.fence = ? AND mn_run.owner = ? RETURNING head',
    ('count', 'now', 'run', 'held', 'holder'),
    {},
)

WITH_SUMMARY = Compiled(
    'UPDATE mn_run SET status=?, head=(mn_run.head + ?), updated_at=?, finished_at=?, '
    'wake_at=?, cost_usd=?, cost_known=?, steps_done=?, waiting=?, scripted=? WHERE '
    'mn_run.id = ? AND mn_run.fence = ? AND mn_run.owner = ? RETURNING head',
    ('new_status', 'count', 'now', 'new_finished_at', 'new_wake_at', 'new_cost_usd', 'new_cost_known', 'new_steps_done', 'new_waiting', 'new_scripted', 'run', 'held', 'holder'),
    {},
)

WITH_COUNTS = Compiled(
    'UPDATE mn_run SET head=(mn_run.head + ?), updated_at=?, steps_done=? WHERE '
    'mn_run.id = ? AND mn_run.fence = ? AND mn_run.owner = ? RETURNING head',
    ('count', 'now', 'new_steps_done', 'run', 'held', 'holder'),
    {},
)

BY_TOKEN = Compiled(
    'UPDATE mn_run SET head=(mn_run.head + ?), updated_at=? WHERE mn_run.id = ? AND '
    '(EXISTS (SELECT * FROM mn_attempt WHERE mn_attempt.run_id = ? AND '
    'mn_attempt.path = ? AND mn_attempt.token = ?)) RETURNING head',
    ('count', 'now', 'run', 'attempt_run', 'path', 'token'),
    {},
)

INSERT = Compiled(
    'INSERT INTO mn_event (run_id, seq, kind, version, at, batch, body, seal) VALUES '
    '(?, ?, ?, ?, ?, ?, ?, ?)',
    ('run_id', 'seq', 'kind', 'version', 'at', 'batch', 'body', 'seal'),
    {},
)

WRITTEN = Compiled(
    'SELECT max(mn_event.seq) AS max_1 FROM mn_event WHERE mn_event.run_id = ? AND '
    'mn_event.batch = ?',
    ('run', 'batch'),
    {},
)

NEW_RUN = Compiled(
    'INSERT INTO mn_run (id, workflow_hash, workflow, origin, title, status, head, '
    'fence, owner, created_at, updated_at, finished_at, wake_at, cost_usd, '
    'cost_known, steps_done, steps_total, waiting, scripted, seal) VALUES (?, ?, ?, '
    '?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ('id', 'workflow_hash', 'workflow', 'origin', 'title', 'status', 'head', 'fence', 'owner', 'created_at', 'updated_at', 'finished_at', 'wake_at', 'cost_usd', 'cost_known', 'steps_done', 'steps_total', 'waiting', 'scripted', 'seal'),
    {},
)

NEW_WORKFLOW = Compiled(
    'INSERT INTO mn_workflow (hash, name, model, source, created_at, seal) VALUES (?, '
    '?, ?, ?, ?, ?)',
    ('hash', 'name', 'model', 'source', 'created_at', 'seal'),
    {},
)

HAS_WORKFLOW = Compiled(
    'SELECT mn_workflow.hash FROM mn_workflow WHERE mn_workflow.hash = ?',
    ('which',),
    {},
)

EVENTS = Compiled(
    'SELECT mn_run.head, mn_event.seq, mn_event.kind, mn_event.version, mn_event.at, '
    'mn_event.batch, mn_event.body, mn_event.seal FROM mn_run LEFT OUTER JOIN '
    'mn_event ON mn_event.run_id = ? AND mn_event.seq > ? WHERE mn_run.id = ? ORDER '
    'BY mn_event.seq LIMIT ? OFFSET ?',
    ('run', 'after', 'run', 'most', 'param_1'),
    {'param_1': 0},
)

RUN_IS_THERE = Compiled(
    'SELECT mn_run.id FROM mn_run WHERE mn_run.id = ?',
    ('run',),
    {},
)

ANY_EVENT = Compiled(
    'SELECT mn_event.seq FROM mn_event WHERE mn_event.run_id = ? LIMIT ? OFFSET ?',
    ('run', 'param_1', 'param_2'),
    {'param_1': 1, 'param_2': 0},
)

ONE_WORKFLOW = Compiled(
    'SELECT mn_workflow.hash, mn_workflow.name, mn_workflow.model, '
    'mn_workflow.source, mn_workflow.created_at, mn_workflow.seal FROM mn_workflow '
    'WHERE mn_workflow.hash = ?',
    ('which',),
    {},
)
