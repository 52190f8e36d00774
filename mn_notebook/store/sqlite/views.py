"""What lists show of runs and of what waits for a person. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

NEWEST = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run ORDER BY '
    'mn_run.created_at DESC, mn_run.id LIMIT ? OFFSET ?',
    ('most', 'param_1'),
    {'param_1': 0},
)

NEWEST_OF = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE mn_run.origin = ? '
    'ORDER BY mn_run.created_at DESC, mn_run.id LIMIT ? OFFSET ?',
    ('whose', 'most', 'param_1'),
    {'param_1': 0},
)

UNENDED = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE mn_run.status = ? '
    'OR mn_run.status = ? OR mn_run.status = ? OR mn_run.status = ? ORDER BY '
    'mn_run.created_at, mn_run.id',
    ('status_1', 'status_2', 'status_3', 'status_4'),
    {'status_1': 'queued', 'status_2': 'running', 'status_3': 'waiting', 'status_4': 'paused'},
)

COUNT = Compiled(
    'SELECT count(*) AS count_1 FROM mn_run',
    (),
    {},
)

COUNT_OF = Compiled(
    'SELECT count(*) AS count_1 FROM mn_run WHERE mn_run.origin = ?',
    ('whose',),
    {},
)

STANDING = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE mn_run.origin = ? '
    'AND mn_run.status = ? ORDER BY coalesce(mn_run.created_at, ?) DESC, mn_run.id '
    'LIMIT ? OFFSET ?',
    ('whose', 'how', 'coalesce_1', 'most', 'param_1'),
    {'coalesce_1': '', 'param_1': 0},
)

COUNT_STANDING = Compiled(
    'SELECT count(*) AS count_1 FROM mn_run WHERE mn_run.origin = ? AND mn_run.status '
    '= ?',
    ('whose', 'how'),
    {},
)

AWAITING = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE mn_run.origin = ? '
    'AND mn_run.status = ? AND mn_run.wake_at = ? ORDER BY '
    'coalesce(mn_run.created_at, ?) DESC, mn_run.id LIMIT ? OFFSET ?',
    ('whose', 'status_1', 'wake_at', 'coalesce_1', 'most', 'param_1'),
    {'status_1': 'waiting', 'coalesce_1': '', 'param_1': 0},
)

COUNT_AWAITING = Compiled(
    'SELECT count(*) AS count_1 FROM mn_run WHERE mn_run.origin = ? AND mn_run.status '
    '= ? AND mn_run.wake_at = ?',
    ('whose', 'status_1', 'wake_at'),
    {'status_1': 'waiting'},
)

ENDED = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE mn_run.status = ? '
    'OR mn_run.status = ? OR mn_run.status = ? ORDER BY mn_run.created_at, mn_run.id',
    ('status_1', 'status_2', 'status_3'),
    {'status_1': 'succeeded', 'status_2': 'failed', 'status_3': 'cancelled'},
)

PAST = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE (mn_run.status = '
    '? OR mn_run.status = ? OR mn_run.status = ?) AND mn_run.origin = ? AND '
    'mn_run.workflow = ? ORDER BY mn_run.created_at DESC, mn_run.id LIMIT ? OFFSET ?',
    ('status_1', 'status_2', 'status_3', 'whose', 'name', 'most', 'param_1'),
    {'status_1': 'succeeded', 'status_2': 'failed', 'status_3': 'cancelled', 'param_1': 0},
)

ELSEWHERE = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE (mn_run.status = '
    '? OR mn_run.status = ? OR mn_run.status = ?) AND mn_run.origin != ? AND '
    'mn_run.workflow_hash = ? ORDER BY mn_run.created_at DESC, mn_run.id LIMIT ? '
    'OFFSET ?',
    ('status_1', 'status_2', 'status_3', 'whose', 'version', 'most', 'param_1'),
    {'status_1': 'succeeded', 'status_2': 'failed', 'status_3': 'cancelled', 'param_1': 0},
)

BY_PREFIX = Compiled(
    'SELECT mn_run.id, mn_run.workflow_hash, mn_run.workflow, mn_run.origin, '
    'mn_run.title, mn_run.status, mn_run.head, mn_run.fence, mn_run.owner, '
    'mn_run.created_at, mn_run.updated_at, mn_run.finished_at, mn_run.wake_at, '
    'mn_run.cost_usd, mn_run.cost_known, mn_run.steps_done, mn_run.steps_total, '
    'mn_run.waiting, mn_run.scripted, mn_run.seal FROM mn_run WHERE mn_run.id >= ? '
    'AND mn_run.id < ? ORDER BY mn_run.id LIMIT ? OFFSET ?',
    ('lowest', 'highest', 'param_1', 'param_2'),
    {'param_1': 10, 'param_2': 0},
)

OPEN = Compiled(
    'SELECT mn_approval.id, mn_approval.run_id, mn_approval.path, '
    'mn_approval.subject, mn_approval.prompt, mn_approval.requested_at, '
    'mn_approval.expires_at, mn_run.workflow, mn_run.title FROM mn_approval JOIN '
    'mn_run ON mn_run.id = mn_approval.run_id WHERE mn_approval.status = ? ORDER BY '
    'mn_approval.requested_at, mn_approval.id LIMIT ? OFFSET ?',
    ('status_1', 'most', 'param_1'),
    {'status_1': 'open', 'param_1': 0},
)

OPEN_OF = Compiled(
    'SELECT mn_approval.id, mn_approval.run_id, mn_approval.path, '
    'mn_approval.subject, mn_approval.prompt, mn_approval.requested_at, '
    'mn_approval.expires_at, mn_run.workflow, mn_run.title FROM mn_approval JOIN '
    'mn_run ON mn_run.id = mn_approval.run_id WHERE mn_approval.status = ? AND '
    'mn_approval.run_id = ? ORDER BY coalesce(mn_approval.requested_at, ?), '
    'mn_approval.id LIMIT ? OFFSET ?',
    ('status_1', 'whose', 'coalesce_1', 'most', 'param_1'),
    {'status_1': 'open', 'coalesce_1': '', 'param_1': 0},
)

COUNT_OPEN = Compiled(
    'SELECT count(*) AS count_1 FROM mn_approval WHERE mn_approval.status = ?',
    ('status_1',),
    {'status_1': 'open'},
)
