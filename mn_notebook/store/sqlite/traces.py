"""What runs that have ended have used, as far as their journals alone know it. For SQLite.

Made by ``python -m mn_notebook.store.compiling``: do not edit.
"""

from mn_notebook.store.compiled import Compiled

MOMENTS = Compiled(
    'SELECT mn_event.seq, mn_event.kind, mn_event.at FROM mn_event WHERE '
    'mn_event.run_id = ? ORDER BY mn_event.seq',
    ('run',),
    {},
)

USES = Compiled(
    'SELECT mn_event.seq, mn_event.kind, mn_event.version, mn_event.at, '
    'mn_event.batch, mn_event.body, mn_event.seal FROM mn_event WHERE mn_event.run_id '
    '= ? AND (mn_event.kind = ? OR mn_event.kind = ? OR mn_event.kind = ? OR '
    'mn_event.kind = ? OR mn_event.kind = ? OR mn_event.kind = ?) ORDER BY '
    'mn_event.seq',
    ('run', 'kind_1', 'kind_2', 'kind_3', 'kind_4', 'kind_5', 'kind_6'),
    {'kind_1': 'run.created', 'kind_2': 'run.succeeded', 'kind_3': 'step.expanded', 'kind_4': 'model.requested', 'kind_5': 'model.responded', 'kind_6': 'model.reused'},
)

SUCCESSES = Compiled(
    'SELECT mn_event.seq, mn_event.kind, mn_event.version, mn_event.at, '
    'mn_event.batch, mn_event.body, mn_event.seal FROM mn_event WHERE mn_event.run_id '
    '= ? AND mn_event.kind = ? ORDER BY mn_event.seq',
    ('run', 'kind_1'),
    {'kind_1': 'step.succeeded'},
)
