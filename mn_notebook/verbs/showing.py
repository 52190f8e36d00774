"""Shows what a verb answered as plain text: for terminals, and wherever nothing else is shown."""

from shlex import quote
from textwrap import wrap

from mn_notebook.agents.local.progress import megabytes
from mn_notebook.display import definition_text, run_text, runs_text
from mn_notebook.domain.picture import RunPicture
from mn_notebook.domain.why import Explanation
from mn_notebook.domain.words import age, one_line, plain, plural
from mn_notebook.verbs.effect_words import STATES
from mn_notebook.verbs.results import (
    Approvals,
    Asked,
    BackedUp,
    Decided,
    Defined,
    EffectLine,
    Effects,
    Exported,
    ModelLine,
    Models,
    Preview,
    Pruning,
    PutBack,
    Rendered,
    Report,
    Result,
    Resumed,
    RunList,
    RunLog,
    Said,
    ServerLine,
    ServerList,
    Started,
    Undoing,
    Waiting,
)

_SIGNS = {"ok": "✓", "warn": "!", "bad": "✗"}


def as_text(result: Result, *, width: int = 80, program: str = "%mn") -> str:
    """Return a result as text; what models and people wrote in it is made harmless.

    ``program`` is what is typed before a verb where it is shown.
    """
    match result:
        case RunPicture():
            return run_text(result, width=width, program=program)
        case RunList(lines, more):
            return runs_text(lines, more=more, width=width)
        case (
            Said(text)
            | Decided(text=text)
            | BackedUp(text=text)
            | PutBack(text=text)
            | Pruning(text=text)
            | Undoing(text=text)
        ):
            return plain(text)
        case Asked():
            return "\n".join(plain(line) for line in _asked(result))
        case Defined():
            return _defined(result, width, program)
        case Resumed():
            return _resumed(result, width, program)
        case Started(picture, forecast):
            return "\n\n".join(
                filter(None, [plain(forecast), run_text(picture, width=width, program=program)])
            )
        case Preview():
            return _preview(result)
        case Explanation():
            return _explained(result, width)
        case _:
            return _as_list(result, program)


def _asked(result: Asked) -> list[str]:
    return [*filter(None, [result.text]), *(decided.text for decided in result.decided)]


def _preview(result: Preview) -> str:
    values = f" with the values of run {result.run_id[:4]}" if result.run_id else ""
    named = " · ".join(one_line(name, 60) for name in (result.workflow, result.step) if name)
    head = f"{named}{values}; nothing is run."
    more = [f"{plural(result.more, 'more item', 'more items')}."] if result.more else []
    cost = [plain(result.cost)] if result.cost else []
    return "\n\n".join([head, *map(_rendered, result.rendered), *more, *cost])


def _rendered(one: Rendered) -> str:
    item = f"item {one_line(one.key, 60)}: " if one.key else ""
    size = (
        f"{item}{plural(one.characters, 'character')}, about "
        f"{plural(one.tokens_estimated, 'token')} (an estimate)"
    )
    return f"{size}\n{plain(one.text)}"


def _explained(result: Explanation, width: int) -> str:
    blocks = [
        *(_sentences(head, texts, width) for head, texts in _parts(result) if texts),
        _commands(result),
    ]
    return "\n\n".join([*wrap(plain(result.head), width), *filter(None, blocks)])


def _parts(result: Explanation) -> tuple[tuple[str, tuple[str, ...]], ...]:
    did = "What the steps before it came to" if result.step else "What it did"
    why = "Why it stands where it stands"
    return ((did, result.did), (why, result.why), ("What happens next", (result.next,)))


def _sentences(head: str, texts: tuple[str, ...], width: int) -> str:
    lines = [
        line
        for text in texts
        for line in wrap(
            one_line(text), width, initial_indent="  ", subsequent_indent="    ",
            break_on_hyphens=False, break_long_words=False,
        )
    ]  # fmt: skip
    return "\n".join([f"{head}:", *lines])


def _commands(result: Explanation) -> str:
    if not result.commands:
        return ""
    width = max(len(command.line) for command in result.commands)
    lines = [f"  {one_line(c.line):<{width}}  {one_line(c.does)}" for c in result.commands]
    return "\n".join(["What you could do:", *lines])


def _as_list(
    result: RunLog | Approvals | Exported | Models | ServerList | Report | Effects, program: str
) -> str:
    match result:
        case Effects():
            return _effects(result)
        case ServerList():
            return _servers(result)
        case RunLog():
            return _log(result, program)
        case Approvals():
            return _approvals(result)
        case Exported():
            return _exported(result, program)
        case Models():
            return _models(result)
        case Report():
            return _report(result)


def _log(result: RunLog, program: str) -> str:
    lines = [*result.lines, *([result.unread] if result.unread else [])]
    if not result.earlier:
        return "\n".join(lines) or "Nothing is recorded of this."
    earlier = plural(result.earlier, "earlier fact")
    head = f"{earlier}: `{program} log {result.run.short_id} --most 0` tells all"
    return "\n".join([head, *lines])


def _effects(result: Effects) -> str:
    head = f"{one_line(result.workflow, 60)} · run {result.short_id}"
    note = [plain(result.note)] if result.note else []
    if not result.lines:
        return "\n".join([f"{head}: it has done nothing to the world.", *note])
    lines = [f"{head} · {plural(len(result.lines), 'call')}"]
    for entry in result.lines:
        lines += [
            f"{entry.number:>4}  {entry.at:%H:%M:%S}  {entry.text}",
            f"{'':16}{_state(entry)}",
        ]
    return "\n".join([*lines, *note])


def _state(entry: EffectLine) -> str:
    said = [entry.effect, STATES[entry.state]]
    if entry.approved_by:
        said.append(f"approved by {one_line(entry.approved_by, 40)} ({entry.approved_via})")
    if entry.rules:
        said.append(f"let by {one_line('; '.join(entry.rules), 80)}")
    if entry.settled_by:
        said.append(f"says {one_line(entry.settled_by, 40)}")
    if entry.attempts > 1:
        said.append(f"begun {entry.attempts} times with one key")
    if entry.because and not entry.settled_by:
        said.append(one_line(entry.because, 120))
    return " · ".join(said)


def _approvals(result: Approvals) -> str:
    if not result.waiting:
        return "Nothing waits for a person."
    lines = [line for entry in result.waiting for line in _waiting(entry, result)]
    if result.more:
        total = len(result.waiting) + result.more
        more = plural(result.more, "more decision waits", "more decisions wait")
        lines.append(f"{more}: `approvals --most {total}` lists all")
    return "\n".join(lines)


def _waiting(entry: Waiting, result: Approvals) -> list[str]:
    approval = entry.approval
    title = " · ".join(filter(None, (entry.workflow, one_line(entry.title, 60))))
    asked = age(approval.requested_at, result.now)
    return [
        f"◆ {one_line(approval.prompt, 120)}",
        f"  {one_line(title)} · run {entry.short_id} · step {one_line(approval.path)} · {asked}",
        f"  {one_line(approval.command)}",
    ]


def _defined(result: Defined, width: int, program: str) -> str:
    drawn = [definition_text(one, width=width) for one in (result.outline, *result.children)]
    if program == "mn":
        # Each ends with the line that runs it; what lies beside a file has no name of its own.
        own, *children = (one.rpartition("\n") for one in drawn)
        head = f"{own[0]}{own[1]}{own[2].removeprefix('%')}"
        drawn = [head, *(text.rstrip() for text, _, _ in children)]
    return "\n\n".join([*drawn, *result.notes])


def _resumed(result: Resumed, width: int, program: str) -> str:
    shown = [run_text(picture, width=width, program=program) for picture in result.runs]
    return "\n\n".join([*shown, *map(plain, result.notes)]) or "No run is interrupted."


def _exported(result: Exported, program: str) -> str:
    left = [f"  left out: {plain(text)}" for text in result.left_out]
    path = str(result.path)
    typed = " ".join([f"{program} run {quote(path)}", *map(plain, result.given)])
    return "\n".join([f"Written to {path}: `{typed}` runs it again.", *left])


def _models(result: Models) -> str:
    lines = [result.note] if result.note else []
    for model in result.models:
        sign = "✓" if model.installed else "○"
        lines += [
            f"{sign} {model.name} · {_state_of(model)} · licence {model.licence}",
            f"  {model.about}",
            f"  {model.spoken_to}. {model.origin}",
        ]
    return "\n".join([*lines, f"A step that names no model gets: {result.answers}."])


def _servers(result: ServerList) -> str:
    if not result.servers:
        return f"No server is known: a workflow declares some below `servers:`, or {result.file}."
    return "\n".join(line for server in result.servers for line in _server(server))


def _server(server: ServerLine) -> list[str]:
    sign = {"here": "✓", "failed": "✗", "not started": "○"}[server.state]
    told = ", ".join(filter(None, (server.told, server.protocol and f"MCP {server.protocol}")))
    lines = [f"{sign} {server.name} · {server.state}{f' · {one_line(told)}' if told else ''}"]
    lines.append(f"  {one_line(server.place, 100)}")
    if server.variables:
        lines.append(f"  is given {', '.join(server.variables)}")
    if server.fault:
        lines.append(f"  {one_line(server.fault)}")
    for tool in server.tools:
        lines.append(f"  {tool.effect:<10} {tool.name} · {tool.trust} · it {tool.hints}")
        lines += [f"    {one_line(tool.about, 110)}"] if tool.about else []
    return [*lines, *(f"  | {one_line(line, 110)}" for line in server.log)]


def _state_of(model: ModelLine) -> str:
    if model.installed:
        return f"installed, {megabytes(model.bytes_here)}"
    if model.bytes_here:
        here, whole = megabytes(model.bytes_here), megabytes(model.size_bytes)
        return f"{here} of {whole} are here: install to go on"
    return f"{megabytes(model.size_bytes)} to download"


def _report(result: Report) -> str:
    width = max(len(finding.subject) for finding in result.findings)
    lines = []
    for finding in result.findings:
        lines.append(
            f"{_SIGNS[finding.verdict]} {finding.subject:<{width}}  {one_line(finding.text)}"
        )
        if finding.remedy:
            lines.append(f"  {'':<{width}}  {one_line(finding.remedy)}")
    return "\n".join(lines)
