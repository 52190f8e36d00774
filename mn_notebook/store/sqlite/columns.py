"""The columns of the tables, in their order.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

MIGRATION = ('name', 'applied_at', 'breaking')
WORKFLOW = ('hash', 'name', 'model', 'source', 'created_at', 'seal')
RUN = ('id', 'workflow_hash', 'workflow', 'origin', 'title', 'status', 'head', 'fence', 'owner', 'created_at', 'updated_at', 'finished_at', 'wake_at', 'cost_usd', 'cost_known', 'steps_done', 'steps_total', 'waiting', 'scripted', 'seal')
EVENT = ('run_id', 'seq', 'kind', 'version', 'at', 'batch', 'body', 'seal')
ATTEMPT = ('run_id', 'path', 'token')
APPROVAL = ('id', 'run_id', 'path', 'subject', 'status', 'prompt', 'requested_at', 'expires_at', 'decision', 'decided_by', 'decided_at', 'escalated_at', 'escalated_to')
COMMAND = ('id', 'run_id', 'kind', 'body', 'by', 'via', 'at', 'taken', 'seal')
PROCESS = ('id', 'pid', 'host', 'program', 'origin', 'started_at', 'beat', 'ended')
ARTIFACT = ('sha256', 'size', 'media_type', 'created_at')
LOAD = ('key', 'trouble', 'body', 'until', 'seal')
STORE = ('id', 'path', 'inode', 'host', 'seen_at')
NOTICE = ('approval_id', 'run_id', 'notice', 'process', 'claimed_at', 'tries', 'next_at', 'outcome', 'fault')
SPENDING = ('day', 'workflow_class', 'nano_usd', 'tokens', 'calls', 'raised')
RESERVATION = ('run_id', 'call_id', 'day', 'workflow_class', 'nano_usd', 'tokens')
ANSWER = ('name', 'run_id', 'seq', 'at')
