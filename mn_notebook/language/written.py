"""A workflow as text: what reads back as the same workflow."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias, assert_never

from mn_notebook.domain.durations import duration_text
from mn_notebook.domain.servers import DEFAULT_TIMEOUT_SECONDS, Server
from mn_notebook.domain.type_words import type_text
from mn_notebook.domain.workflow import (
    AgentStep,
    ApproveStep,
    AskStep,
    Budget,
    Cache,
    Expiry,
    ForEach,
    InputField,
    LongResults,
    PythonStep,
    Retry,
    Rule,
    Schema,
    Step,
    ToolStep,
    ToolUse,
    WaitStep,
    Workflow,
    WorkflowStep,
)
from mn_notebook.language.types import is_optional
from mn_notebook.language.vocabulary import PEOPLE_AND_TIME
from mn_notebook.language.yaml_lines import Writable, entry_lines, key_text, section_lines

Fields: TypeAlias = dict[str, Writable]

_TAKEN = frozenset({"type", "default"})
"""Fields that would make a mapping of fields look like a type with a default."""


def written(workflow: Workflow) -> str:
    """Return a workflow as the text of a file, defaults left out.

    ``parse_file(written(workflow))`` is the same workflow, lines aside, when the pydantic models
    that it names are known. What no text can say, such as the sample of a trial, is left out.
    """
    lines = entry_lines("workflow", workflow.name)
    for key, value in _header(workflow).items():
        lines += entry_lines(key, value)
    if workflow.inputs:
        fields = {name: _input(field) for name, field in workflow.inputs.items()}
        lines += section_lines("inputs", fields)
    if workflow.outputs:
        lines += section_lines("outputs", workflow.outputs)
    lines += ["", "steps:"]
    for position, step in enumerate(workflow.steps):
        lines += [""] if position else []
        lines += step_lines(step.name, step_fields(step), 2)
    return "\n".join(lines) + "\n"


def _header(workflow: Workflow) -> Fields:
    limits = _kept(
        steps=None if workflow.max_concurrency == 8 else workflow.max_concurrency,
        calls_per_minute=workflow.calls_per_minute,
    )
    return _kept(
        group=None if workflow.group == workflow.name else workflow.group,
        about=workflow.about or None,
        defaults=_kept(model=_model(workflow), cheaper=workflow.cheaper) or None,
        limits=limits or None,
        budget=_budget(workflow.budget),
        tools=workflow.tools or None,
        policy=[_rule(rule) for rule in workflow.policy] or None,
        servers={name: _server(server) for name, server in workflow.servers.items()} or None,
    )


def _rule(rule: Rule) -> Fields:
    return _kept(
        tool=None if rule.tool == "*" else rule.tool,
        effect=rule.effect,
        group=None if rule.group == "*" else rule.group,
        when=rule.when,
        approvals=rule.approvals,
        deny=rule.deny or None,
        because=rule.because or None,
        expires=_expiry(rule.expires),
    )


def _server(server: Server) -> Fields:
    timeout = server.timeout_seconds
    return _kept(
        command=list(server.command) or None,
        url=server.url or None,
        env=list(server.env) or None,
        headers=server.headers or None,
        check=server.check or None,
        timeout=None if timeout == DEFAULT_TIMEOUT_SECONDS else duration_text(timeout),
    )


def _input(field: InputField) -> Writable:
    schema = field.json_schema
    kind = type_fields(schema)
    if isinstance(kind, str):
        kind = field.type_text
    has_default = field.default is not None or not (field.required or is_optional(schema))
    if not has_default and not field.about and not _looks_typed(kind):
        return kind
    return {
        "type": kind,
        **({"default": field.default} if has_default else {}),
        **({"about": field.about} if field.about else {}),
    }


def type_fields(schema: Schema) -> Writable:
    """Return a type as it is written: a mapping of fields, or a line of notation."""
    properties = schema.get("properties")
    if "title" in schema or not isinstance(properties, dict):
        return type_text(schema)
    return {
        name: type_fields(inner) if isinstance(inner, dict) else "any"
        for name, inner in properties.items()
    }


def _looks_typed(kind: Writable) -> bool:
    return isinstance(kind, dict) and not _TAKEN.isdisjoint(kind)


def _form(schema: Schema) -> Writable:
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return {}
    return {
        name: _form_field(inner) if isinstance(inner, dict) else "any"
        for name, inner in properties.items()
    }


def _form_field(schema: Schema) -> Writable:
    kind = type_fields(
        {key: value for key, value in schema.items() if key not in ("default", "description")}
    )
    if "default" not in schema and "description" not in schema and not _looks_typed(kind):
        return kind
    return {
        "type": kind,
        **({"default": schema["default"]} if "default" in schema else {}),
        **({"about": schema["description"]} if "description" in schema else {}),
    }


# --- steps --------------------------------------------------------------------------------------


def step_lines(name: str, fields: Fields, indent: int) -> list[str]:
    """Return the lines of a step; the fields of its output or its form have a line each."""
    lines = [f"{' ' * indent}{key_text(name)}:"]
    for key, value in fields.items():
        lines += key_lines(key, value, indent + 2)
    return lines


def key_lines(key: str, value: Writable, indent: int) -> list[str]:
    """Return the lines of a key of a step."""
    if key in ("output", "fields") and isinstance(value, Mapping) and value:
        return section_lines(key, value, indent)
    return entry_lines(key, value, indent)


def step_fields(step: Step) -> Fields:
    """Return the keys of a step with their values, as they are written."""
    return {**_before(step), **_own(step), **_after(step)}


def _before(step: Step) -> Fields:
    for_each = step.for_each
    return {
        **_kept(needs=[need for need in step.needs if need not in step.uses] or None),
        **_kept(join=_join(step), when=step.when),
        **({} if for_each is None else _items(for_each, step.kind)),
    }


def _join(step: Step) -> Writable:
    if step.join.quorum is not None:
        return {step.join.rule: step.join.quorum}
    return None if step.join.rule == "all_success" else step.join.rule


def _items(for_each: ForEach, kind: str) -> Fields:
    usual = 1000 if kind in PEOPLE_AND_TIME else 4
    on_error: Writable = None if for_each.on_error == "fail" else for_each.on_error
    if for_each.on_error == "quorum":
        on_error = {"quorum": for_each.quorum}
    fields = {
        "for_each": for_each.over,
        "as": None if for_each.item_name == "item" else for_each.item_name,
        "key": for_each.key,
        "concurrency": None if for_each.concurrency == usual else for_each.concurrency,
        "on_error": on_error,
    }
    return {key: value for key, value in fields.items() if value is not None}


def _own(step: Step) -> Fields:
    match step:
        case AgentStep():
            return {"agent": step.prompt, **_agent(step)}
        case ToolStep():
            return {"tool": step.tool, **_tool_call(step)}
        case PythonStep():
            return {"python": step.function, **_python(step)}
        case ApproveStep():
            return {"approve": step.prompt, **_approve(step)}
        case AskStep():
            form = {"fields": _form(step.fields)}
            return {"ask": step.prompt, **form, **_kept(expires=_expiry(step.expires))}
        case WaitStep():
            return _kept(wait=step.duration, until=step.until, signal=step.signal)
        case WorkflowStep():
            rest = _kept(args=step.args or None, budget=_budget(step.budget))
            return {"workflow": step.workflow, **rest}
    assert_never(step)


def _tool_call(step: ToolStep) -> Fields:
    return _kept(args=step.args or None, output=_output(step), cache=_cache(step.cache))


def _agent(step: AgentStep) -> Fields:
    return _kept(
        model=_model(step),
        unsure=step.unsure,
        tools=[_tool(use) for use in step.tools] or None,
        turns=None if step.turns == 8 else step.turns,
        output=_output(step),
        budget=_budget(step.budget),
        cache=_cache(step.cache),
        long_results=_long_results(step.long_results),
    )


def _model(asking: AgentStep | Workflow) -> Writable:
    """Return the model, or the whole ladder."""
    return [asking.model, *asking.ladder] if asking.ladder else asking.model


def _cache(cache: Cache | None) -> Writable:
    if cache is None:
        return None
    age = cache.max_age_seconds
    return cache.scope if age is None else duration_text(age)


def _long_results(rule: LongResults) -> Writable:
    usual = LongResults()
    fields = _kept(
        over=None if rule.over == usual.over else rule.over,
        then=None if rule.then == usual.then else rule.then,
        model=rule.model,
    )
    return fields or None


def _budget(budget: Budget | None) -> Writable:
    if budget is None:
        return None
    return _kept(
        usd=None if budget.usd is None else _dollars(budget.usd),
        calls=budget.calls,
        tokens=budget.tokens,
        time=None if budget.seconds is None else duration_text(budget.seconds),
        unknown_price=budget.unknown_price,
    )


def _dollars(usd: Decimal) -> int | float:
    return int(usd) if usd == int(usd) else float(usd)


def _tool(use: ToolUse) -> Writable:
    return {use.tool: use.bound} if use.bound else use.tool


def _python(step: PythonStep) -> Fields:
    return _kept(
        args=step.args or None,
        effect=None if step.effect == "idempotent" else step.effect,
        isolation=None if step.isolation == "thread" else step.isolation,
        output=_output(step),
    )


def _output(step: AgentStep | ToolStep | PythonStep) -> Writable:
    return None if step.output is None else type_fields(step.output)


def _approve(step: ApproveStep) -> Fields:
    redo = step.on_reject
    sent_back = None
    if redo is not None:
        bound = _kept(at_most=None if redo.at_most == 3 else redo.at_most)
        sent_back = {"redo": redo.target, **bound}
    fields = _kept(show=list(step.show) or None, edit=list(step.edit) or None)
    rest = _kept(on_reject=sent_back, expires=_expiry(step.expires))
    return {**({"for": step.authorises} if step.authorises else {}), **fields, **rest}


def _expiry(expires: Expiry | None) -> Writable:
    if expires is None:
        return None
    then = None if expires.then == "reject" else expires.then
    return {
        "after": duration_text(expires.after_seconds),
        **_kept(then=then, to=expires.to or None),
    }


def _after(step: Step) -> Fields:
    repeat = step.repeat
    usual = None if step.kind in ("wait", "workflow") else 300
    timeout = step.timeout_seconds
    return _kept(
        repeat_until=repeat.until if repeat else None,
        at_most=repeat.at_most if repeat else None,
        retry=_retry(step.retry),
        timeout=None if timeout is None or timeout == usual else duration_text(timeout),
        on_failure=None if step.on_failure == "fail" else step.on_failure,
        fallback=step.fallback,
    )


def _retry(retry: Retry | None) -> Writable:
    if retry is None:
        return None
    backoff = None if retry.backoff_seconds == 2 else duration_text(retry.backoff_seconds)
    return {"attempts": retry.attempts, **_kept(backoff=backoff)}


def _kept(**fields: Writable) -> Fields:
    return {key: value for key, value in fields.items() if value is not None}
