"""The verb that looks whether everything is in order, and says how to mend what is not."""

import importlib.metadata
import importlib.util
import json
import platform
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from jupyter_core.paths import jupyter_path

from mn_notebook._version import __version__
from mn_notebook.agents.endpoints import OPENAI_URL, shown_url
from mn_notebook.clock import RandomIds, SystemClock
from mn_notebook.domain.notices import QuietHours
from mn_notebook.domain.words import one_line, plural
from mn_notebook.engine.hooks import hook_of, shown
from mn_notebook.engine.summary import summary_of
from mn_notebook.errors import MnError
from mn_notebook.runtime.models import local_models
from mn_notebook.runtime.servers import servers_of
from mn_notebook.secrecy.known import may_hold, names
from mn_notebook.secrecy.sources import found_in_environment, found_in_file, keyring_is_there
from mn_notebook.store.checkup import Checkup, look_over
from mn_notebook.store.database import Database
from mn_notebook.store.examination import examine
from mn_notebook.store.notices import failing, last_sent
from mn_notebook.store.repairing import repair as save_whole
from mn_notebook.store.searching import search
from mn_notebook.verbs.hold import is_interrupted
from mn_notebook.verbs.models import default_profile
from mn_notebook.verbs.options import Flag
from mn_notebook.verbs.results import Finding, Report
from mn_notebook.verbs.session import Session

EXAMINATION_SECONDS = 10.0
"""How long `doctor` looks at what is in a store, unless it is to look at all of it."""
SEARCH_SECONDS = 5.0
"""How long it searches a store for secrets, unless it is to look at all of it."""
SERVERS_SECONDS = 15.0
"""How long `doctor` waits for the servers of tools."""
_REPAIR = "`mn doctor --repair` saves what is whole into a fresh store and keeps this file"
_SHOWN_DAMAGES = 10
_PATIENCE_SECONDS = 4.0
_LOW_BYTES = 500_000_000
_PACKAGES = (
    *("ipykernel", "jupyterlab", "ipywidgets", "anywidget", "openai", "pandas", "pyarrow"),
    "duckdb",
)


def doctor(session: Session, /, *, repair: Flag = False, whole: Flag = False) -> Report:
    """Look whether the store, the model, the extension and the packages are in order.

    Args:
        session: Whose store it is.
        repair: Save what is whole of a damaged store into a fresh one; the old file is kept.
        whole: Look at all of the store, however long that takes.
    """
    if repair:
        return Report(tuple(_repaired(session)))
    return Report(
        (
            *_store(session),
            *_contents(session, None if whole else EXAMINATION_SECONDS),
            *_runs(session),
            *_notices(session),
            _endpoint(session),
            *_local(session),
            _secrets(),
            *_slipped(session, None if whole else SEARCH_SECONDS),
            *_servers(session),
            _extension(),
            _python(),
        )
    )


def _store(session: Session) -> Iterator[Finding]:
    try:
        found = look_over(session.client.store.database)
    except MnError as fault:
        yield Finding("store", "bad", str(fault), "let MN_STORE name a file on a local disk")
        return
    yield _store_finding(found)
    if found.free_bytes and found.free_bytes < _LOW_BYTES:
        free = f"{found.free_bytes / 1e6:,.0f} MB are free beside the store"
        yield Finding("disk", "warn", free, "make room: a full disk pauses every run")


def _store_finding(found: Checkup) -> Finding:
    what = f"{found.address}, {found.size_bytes / 1e6:,.1f} MB, schema {found.schema}"
    if found.fault:
        return Finding("store", "bad", f"{what}: {one_line(found.fault, 200)}", _REPAIR)
    if not found.writable:
        return Finding("store", "bad", f"{what}: it cannot be written", "mend its permissions")
    return Finding("store", "ok", f"{what}, writable")


def _contents(session: Session, seconds: float | None) -> Iterator[Finding]:
    """Tell whether what is in the store is as it was written."""
    database = Database(session.settings.store)
    if database.path is None or not database.path.exists():
        database.close()
        return
    try:
        found = examine(database, summary_of, seconds=seconds)
    except sqlite3.Error as fault:
        yield Finding("contents", "bad", f"the store cannot be read: {fault}", _REPAIR)
        return
    seen = (
        f"{plural(found.runs, 'run')}, {plural(found.events, 'event')} and "
        f"{plural(found.artifacts, 'artifact')} looked at"
    )
    left = f"not looked at: {', '.join(found.left)}; `doctor --whole` does" if found.left else ""
    if not found.damages:
        said = f"{seen}, {'all' if not found.left else 'those'} as they were written"
        yield Finding("contents", "ok", said, left)
        return
    for damage in found.damages[:_SHOWN_DAMAGES]:
        where = f"run {damage.run_id[:8]}: " if damage.run_id else ""
        yield Finding("contents", "bad", f"{where}{damage.text}")
    more = len(found.damages) - _SHOWN_DAMAGES
    said = f"{seen}{f'; {more} more like these' if more > 0 else ''}"
    yield Finding("contents", "bad", said, f"{_REPAIR}{f'; {left}' if left else ''}")


def _repaired(session: Session) -> Iterator[Finding]:
    if session.runtime is None:
        session.close()  # Only looking: this process itself must not be in the way.
    database = Database(session.settings.store)
    with suppress(sqlite3.Error):
        if database.path is None or not examine(database, summary_of).damages:
            yield Finding("store", "ok", f"{database.address} is whole: nothing was changed")
            return
    done = save_whole(database, summary_of, SystemClock(), RandomIds())
    intact = [run for run in done.runs if not run.lost]
    kept = f"the damaged file is kept as {done.kept}"
    yield Finding("store", "ok", f"{plural(len(intact), 'run')} saved whole", kept)
    for run in done.runs:
        if run.lost and run.events:
            said = f"{run.run_id[:8]}: {plural(run.events, 'event')} saved; {run.lost}"
            remedy = f"it is paused: `{session.program} why {run.run_id[:8]}` tells where it stands"
            yield Finding("run", "warn", said, remedy)
        elif run.lost:
            yield Finding("run", "bad", f"{run.run_id[:8]}: lost {run.lost}")
    for name in done.artifacts:
        yield Finding("artifact", "bad", f"{name[:12]} was damaged, and was moved aside")


def _runs(session: Session) -> Iterator[Finding]:
    try:
        lines = session.client.runs(most=1000)
        waiting = session.client.store.views.count_approvals()
        total = session.client.store.views.count()
    except MnError as fault:
        yield Finding("runs", "bad", str(fault))
        return
    stopped = [line for line in lines if is_interrupted(session, line)]
    asked = plural(waiting, "decision waits", "decisions wait") + " for a person"
    yield Finding("runs", "ok", f"{plural(total, 'run')}; {asked}")
    if stopped:
        ids = ", ".join(line.run_id[:4] for line in stopped[:5])
        remedy = f"open their notebooks, or `{session.program} resume --all`"
        said = plural(len(stopped), "run is", "runs are") + f" interrupted: {ids}"
        yield Finding("interrupted", "warn", said, remedy)


def _notices(session: Session) -> Iterator[Finding]:
    """Tell who is told what waits, and whether that works."""
    said = session.settings.notify
    if not said:
        return
    try:
        hook_of(said)
        quiet = QuietHours.read(session.settings.notify_quiet)
        reader = session.client.store.reader
        troubles, last = failing(reader), last_sent(reader)
    except MnError as fault:
        yield Finding("notify", "bad", str(fault))
        return
    hours = "" if quiet is None else f", not from {quiet.begin:%H:%M} to {quiet.end:%H:%M}"
    when = "nothing was told yet" if last is None else f"last told {last:%Y-%m-%d %H:%M} UTC"
    yield Finding("notify", "ok", f"{shown(said)} is told what waits{hours}; {when}")
    if troubles:
        newest = troubles[0]
        count = plural(len(troubles), "notice") + " could not be told"
        given_up = " and was given up" if newest.given_up else ""
        remedy = "mend MN_NOTIFY; `mn approvals` lists what waits"
        text = f"{count}; the newest{given_up}: {one_line(newest.fault, 200)}"
        yield Finding("notify", "warn", text, remedy)


def _endpoint(session: Session) -> Finding:
    settings = session.settings
    local = local_models(settings)
    try:
        profile = default_profile(settings, local)
    except MnError as fault:
        return Finding("model", "warn", "no model is configured", str(fault))
    finally:
        local.close()
    if profile.provider == "local":
        return Finding("model", "ok", f"{profile.name}, on this machine")
    url = (settings.base_url or OPENAI_URL).rstrip("/")
    name = "the server's first model" if profile.name == "default" else profile.name
    fault_text = _unreachable(url, settings.api_key)
    if fault_text:
        remedy = "see OPENAI_BASE_URL and OPENAI_API_KEY, and whether the server runs"
        return Finding("model", "bad", f"{name} at {shown_url(url)}: {fault_text}", remedy)
    return Finding("model", "ok", f"{name} at {shown_url(url)}, reachable")


def _unreachable(url: str, api_key: str | None) -> str:
    """Ask a server for its models; return why it does not answer, or nothing."""
    if not url.startswith(("http://", "https://")):
        return "the address does not begin with http:// or https://"
    request = urllib.request.Request(f"{url}/models")  # noqa: S310 - the scheme is checked above
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS):  # noqa: S310 - likewise
            return ""
    except urllib.error.HTTPError as fault:
        if fault.code in (404, 405):
            return ""  # it answers, and does not list its models
        return f"it answers {fault.code} {one_line(str(fault.reason), 60)}"
    except (OSError, ValueError) as fault:
        return one_line(f"it does not answer: {getattr(fault, 'reason', None) or fault}", 120)


def _local(session: Session) -> Iterator[Finding]:
    local = local_models(session.settings)
    try:
        names = [status.profile.name for status in local.list() if status.installed]
    except MnError as fault:
        yield Finding("local models", "bad", str(fault))
        return
    finally:
        local.close()
    engine = importlib.util.find_spec("xllamacpp") is not None
    if names and not engine:
        remedy = 'pip install "mn-notebook[local]"'
        yield Finding("local models", "warn", f"{', '.join(names)}, and no engine", remedy)
    else:
        yield Finding("local models", "ok", ", ".join(names) or "none installed")


def _secrets() -> Finding:
    """Tell where secrets are found, by their names; a keyring does not say what it has."""
    names, said, in_order = found_in_file()
    in_environment = ", ".join(sorted(found_in_environment())) or "none"
    in_file = f"{', '.join(names) or 'none'} in {said}" if in_order and names else said
    ring = "is there" if keyring_is_there() else "is not installed"
    found = f"{in_environment} in the environment; file: {in_file}; a keyring {ring}"
    if in_order:
        return Finding("secrets", "ok", found)
    return Finding("secrets", "warn", found, "see docs/secrets.md: mn.secret does not find them")


def _slipped(session: Session, seconds: float | None) -> Iterator[Finding]:
    """Tell where the store has the value of a secret, written before anybody knew that it is one.

    Only of those that this process knows.
    """
    try:
        database = session.client.store.database
    except MnError:
        return  # What is wrong with the store is said already.
    if database.path is None or not names():
        return
    folder = database.folder / "artifacts" if database.folder else None
    try:
        found = search(database.path, folder, may_hold, seconds=seconds)
    except (sqlite3.Error, OSError) as fault:
        yield Finding("secrets", "warn", f"the store cannot be searched for them: {fault}")
        return
    if not (found.runs or found.artifacts):
        return
    runs = sorted(found.runs)
    where = ", ".join(run[:4] for run in runs[:_SHOWN_DAMAGES])
    more = f" and {len(runs) - _SHOWN_DAMAGES} more" if len(runs) > _SHOWN_DAMAGES else ""
    said = f"the value of a secret stands in {plural(len(runs), 'run')} ({where}{more})"
    if found.artifacts:
        said += f", and in {plural(len(found.artifacts), 'artifact')}"
    said += ": it was written before it was known to be one"
    remedy = f"change the secret; `{session.program} prune {runs[0][:4] if runs else 'RUN'} --yes` "
    yield Finding("secrets", "bad", said, f"{remedy}takes a run that has ended out of the store")


def _servers(session: Session) -> Iterator[Finding]:
    """Ask the servers of tools that are known what they offer; all at once."""
    try:
        known = servers_of(session.settings)
        names = known.names()
    except MnError as fault:
        yield Finding("servers", "bad", one_line(str(fault), 200))
        return
    known.ready(names, SERVERS_SECONDS)
    for name in names:
        kept = known.kept(name)
        if kept is None:
            continue
        last = kept.log.last(1)
        said = f"it said last: {last[0]}" if last else ""
        if kept.definitions is None:
            remedy = said or f"`{session.program} servers {name}` tries again"
            yield Finding(f"server {name}", "warn", kept.fault or "it does not answer", remedy)
        else:
            offers = f"{plural(len(kept.definitions), 'tool')}, {kept.told} MCP {kept.protocol}"
            yield Finding(f"server {name}", "ok", offers, said)


def _extension() -> Finding:
    remedy = "install mn-notebook into the environment that JupyterLab runs in"
    for folder in jupyter_path("labextensions"):
        package = Path(folder) / "mn-notebook" / "package.json"
        if not package.is_file():
            continue
        try:
            version = str(json.loads(package.read_text(encoding="utf-8")).get("version"))
        except (OSError, ValueError) as fault:
            return Finding("lab extension", "bad", f"{package}: {fault}", remedy)
        if version != __version__:
            said = f"version {version}, and this package is {__version__}"
            return Finding("lab extension", "warn", said, remedy)
        return Finding("lab extension", "ok", f"version {version}")
    return Finding("lab extension", "warn", "not installed: outputs are shown as widgets", remedy)


def _python() -> Finding:
    found = [f"Python {platform.python_version()}", f"mn-notebook {__version__}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return Finding("python", "ok", ", ".join(found))
