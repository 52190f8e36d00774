"""Who has been told what waits, and who is telling it. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

UNTOLD = Compiled(
    'SELECT mn_approval.id, mn_approval.run_id, mn_run.workflow, mn_run.title, '
    'mn_approval.path, mn_approval.subject, mn_approval.prompt, '
    'mn_approval.requested_at, mn_approval.expires_at, mn_approval.escalated_at, '
    'mn_approval.escalated_to, mn_run.origin FROM mn_approval JOIN mn_run ON '
    'mn_run.id = mn_approval.run_id LEFT OUTER JOIN mn_notice ON '
    'mn_notice.approval_id = CASE WHEN (mn_approval.escalated_at IS NULL) THEN '
    'mn_approval.id ELSE mn_approval.id || ? END WHERE mn_approval.status = ? AND '
    'mn_notice.approval_id IS NULL ORDER BY mn_approval.requested_at, mn_approval.id',
    ('id_1', 'status_1'),
    {'id_1': '!escalated', 'status_1': 'open'},
)

BEGUN = Compiled(
    'SELECT DISTINCT mn_notice.notice, mn_notice.process, mn_notice.next_at, '
    'mn_notice.tries FROM mn_notice WHERE mn_notice.outcome = ?',
    ('outcome_1',),
    {'outcome_1': ''},
)

OF_NOTICE = Compiled(
    'SELECT mn_approval.id, mn_approval.run_id, mn_run.workflow, mn_run.title, '
    'mn_approval.path, mn_approval.subject, mn_approval.prompt, '
    'mn_approval.requested_at, mn_approval.expires_at, mn_approval.escalated_at, '
    'mn_approval.escalated_to FROM mn_approval JOIN mn_run ON mn_run.id = '
    'mn_approval.run_id JOIN mn_notice ON mn_notice.approval_id = CASE WHEN '
    '(mn_approval.escalated_at IS NULL) THEN mn_approval.id ELSE mn_approval.id || ? '
    'END WHERE mn_approval.status = ? AND mn_notice.notice = ? ORDER BY '
    'mn_approval.requested_at, mn_approval.id',
    ('id_1', 'status_1', 'which'),
    {'id_1': '!escalated', 'status_1': 'open'},
)

LAST = Compiled(
    'SELECT max(mn_notice.claimed_at) AS max_1 FROM mn_notice',
    (),
    {},
)

INSERT = Compiled(
    'INSERT INTO mn_notice (approval_id, run_id, notice, process, claimed_at, tries, '
    'next_at, outcome, fault) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ('approval_id', 'run_id', 'notice', 'process', 'claimed_at', 'tries', 'next_at', 'outcome', 'fault'),
    {},
)

TAKE = Compiled(
    'UPDATE mn_notice SET process=? WHERE mn_notice.notice = ? AND mn_notice.process '
    '= ? AND mn_notice.outcome = ?',
    ('mine', 'which', 'was', 'outcome_1'),
    {'outcome_1': ''},
)

END = Compiled(
    'UPDATE mn_notice SET tries=?, next_at=?, outcome=?, fault=? WHERE '
    'mn_notice.notice = ? AND mn_notice.process = ? AND mn_notice.outcome = ?',
    ('times', 'later', 'how', 'why', 'which', 'mine', 'outcome_1'),
    {'outcome_1': ''},
)

FAILING = Compiled(
    'SELECT mn_notice.notice, mn_notice.outcome, mn_notice.fault, '
    'mn_notice.claimed_at FROM mn_notice WHERE mn_notice.fault != ? AND '
    '(mn_notice.outcome = ? OR mn_notice.outcome = ?) ORDER BY mn_notice.claimed_at '
    'DESC, mn_notice.approval_id',
    ('fault_1', 'outcome_1', 'outcome_2'),
    {'fault_1': '', 'outcome_1': '', 'outcome_2': 'failed'},
)

LAST_SENT = Compiled(
    'SELECT max(mn_notice.claimed_at) AS max_1 FROM mn_notice WHERE mn_notice.outcome '
    '= ?',
    ('outcome_1',),
    {'outcome_1': 'sent'},
)
