"""Puts the parts together."""

from collections.abc import Mapping
from typing import Any

from mn_notebook._version import __version__
from mn_notebook.agents.calling import route_prints
from mn_notebook.agents.code import Functions
from mn_notebook.agents.compensation import Compensations
from mn_notebook.agents.handlers import Code, make_handlers
from mn_notebook.agents.judging import Judge
from mn_notebook.agents.late import Late, LateModels
from mn_notebook.agents.limits import Limits
from mn_notebook.agents.recorded import RecordedCode
from mn_notebook.agents.text_watchers import TextWatchers
from mn_notebook.agents.tools import REGISTRY, ToolRegistry
from mn_notebook.agents.trust import Signatures
from mn_notebook.client import open_client
from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.ids import ProcessId
from mn_notebook.engine.background import BackgroundWorker
from mn_notebook.engine.reuse import Reusable
from mn_notebook.engine.services import Services
from mn_notebook.engine.worker import Worker
from mn_notebook.language.late import LateExpressions
from mn_notebook.language.policy_file import PolicyFile
from mn_notebook.ports import Ceiling, Clock, IdSource, ModelClient
from mn_notebook.runtime.bringing import prepare
from mn_notebook.runtime.models import configured_models, local_models
from mn_notebook.runtime.owning import Runtime
from mn_notebook.runtime.servers import servers_of
from mn_notebook.secrecy.expressions import RedactedExpressions
from mn_notebook.settings import MnSettings


def open_runtime(
    settings: MnSettings | None = None,
    *,
    namespace: Mapping[str, Any] | None = None,
    registry: ToolRegistry = REGISTRY,
    models: ModelClient | None = None,
    clock: Clock | None = None,
    ids: IdSource | None = None,
) -> Runtime:
    """Open the user's store and start a background thread that advances runs.

    It takes over what was interrupted, of its own notebook, at once. ``namespace`` is where
    functions of the notebook are found; it may change as cells run.

    Raises:
        StoreError: the store cannot be opened; the message says why and what to do.
    """
    settings = settings or MnSettings()
    if settings.toolbox_folder or settings.toolbox_hosts or settings.toolbox_notebooks:
        from mn_notebook.toolbox.setting_up import set_up

        set_up(settings, registry)
    clock = clock or SystemClock()
    ids = ids or RandomIds()
    telling = None
    if settings.notify:
        from mn_notebook.runtime.telling import telling_of

        telling = telling_of(settings)
    client = open_client(settings, threaded=True, clock=clock, ids=ids)
    store = client.store
    process_id = ProcessId(ids.new())
    leases = store.lease_holder(
        process_id=process_id, origin=settings.notebook, program=__version__
    )
    local = Late(lambda: local_models(settings))
    loads = store.loads
    chosen = models or LateModels(lambda: configured_models(settings, local.get(), clock, loads))
    recorded = RecordedCode(Signatures(), namespace)
    servers = Late(lambda: servers_of(settings).watch(recorded.made))
    code = Code(registry, Functions(namespace, recorded=recorded.function), recorded, servers)
    texts = TextWatchers()
    expressions = RedactedExpressions(LateExpressions())
    policy = PolicyFile(settings.policy_path)
    services = Services(
        journal=store.journal,
        values=client.values,
        expressions=expressions,
        clock=clock,
        ids=ids,
        handlers=make_handlers(
            code,
            chosen,
            clock,
            judge=Judge(expressions, policy.rules, code.has_changed),
            limits=Limits(
                clock,
                model_calls=settings.max_model_calls,
                loads=loads,
                rates=settings.declared_rates,
            ),
            on_text=texts.tell,
            memory=store.memory,
        ),
        prepare=lambda state: prepare(state, code, registry),
        mistaken=code.mistaken,
        is_decided=store.inbox.is_decided,
        reusable=Reusable(client.state).find,
        undoer=Compensations(code.tool, absent=code.absent),
        ceilings=tuple(Ceiling(whose, budget) for whose, budget in settings.by_class.items()),
    )
    worker = Worker(
        services,
        leases,
        store.inbox,
        store.views.run,
        origins=[settings.notebook],
        max_attempts=settings.max_attempts,
        trouble=lambda: store.writer.trouble,
        bell=store.bell(process_id),
    )
    route_prints()
    background = BackgroundWorker(worker, at_end=chosen.aclose)
    recorded.made = lambda: background.post(worker.unblock)
    background.start()
    runtime = Runtime(
        client,
        background,
        code,
        chosen,
        local,
        leases,
        origin=settings.notebook,
        texts=texts,
    )
    if telling is not None:
        from mn_notebook.engine.notifying import Notifier
        from mn_notebook.runtime.telling import with_details

        if settings.notify_details:
            telling = with_details(telling, client)
        runtime.notifier = Notifier(
            store.notices(process_id),
            telling,
            clock,
            origins=lambda: frozenset(worker.origins),
            is_alive=leases.is_locked,
        )
        runtime.notifier.start()
    return runtime
