"""Every mistake is named with its line, its column and what would be right."""

import textwrap

import pytest

from mn_notebook.domain.workflow import AgentStep, ApproveStep, PythonStep, Retry, Schema, ToolStep
from mn_notebook.errors import DefinitionError
from mn_notebook.language import Catalog, Checked, parse_cell, parse_file

BRIEF = """\
inputs:
  ticker: str

steps:
  gather:
    agent: Find the three facts that moved {{ inputs.ticker }} this quarter.
    tools: [search_filings]
    output:
      facts: list[str]
      direction: up | flat | down

  check:                                   # one agent for each fact, in parallel
    for_each: gather.facts
    as: fact
    agent: Is this supported by the filings? "{{ fact }}"
    tools: [search_filings]
    output:
      supported: bool
      quote: str

  draft:
    agent: |
      Write a one-page brief from the supported ones of these:
      {{ check.rows | selectattr('output.supported') | list }}
    output:
      text: str

  review:
    approve: Publish this brief?
    for: publish                           # shows this very call
    edit: [draft.text]
    expires: {after: 2d, then: reject}

  publish:
    tool: publish_brief
    args: {title: "{{ inputs.ticker }} brief", body: "{{ review.draft.text }}"}
"""

LARGE = """\
group: operations
about: Screens suppliers.
inputs:
  suppliers: table
  region:
    type: eu | us
    default: eu
    about: Where they must be registered.
  note: str?
outputs:
  report: "{{ report.text }}"
  risky: "{{ risky }}"
defaults:
  model: gpt-5.4-mini
  timeout: 10m
  retry: {attempts: 5, backoff: 2s}
limits: {concurrency: 3}
tools: [search_registry, "package.module:send_mail"]
steps:
  profile:
    for_each: inputs.suppliers
    as: supplier
    key: supplier.name
    concurrency: 5
    on_error: {quorum: 0.8}
    agent: |
      What is known about {{ supplier.name }} in {{ inputs.region }}? ({{ index }})
    model: gpt-5.4
    tools:
      - search_registry: {region: "{{ inputs.region }}"}
    turns: 6
    timeout: 1h30m
    output:
      risk: low | medium | high
      evidence: list[str]
  risky:
    python: package.module:pick_risky
    args: {profiles: "{{ profile.rows }}", limit: 3}
    effect: write
  count:
    python: count_them
    args: {values: "{{ risky }}"}
    output: int
  letters:
    agent: Draft {{ count }} letters for {{ risky }}. {% if inputs.note %}Note it.{% endif %}
    when: count > 0 and risky
    output:
      letters: list[Letter]
  review:
    approve: Send {{ count }} letters?
    for: send
    show: [count, "risky | length"]
    edit: [letters.letters]
    expires: {after: 2d, then: wait}
  send:
    needs: [profile]
    for_each: review.letters.letters
    tool: send_mail
    retry: {attempts: 2}
    args: {to: "{{ item.to }}", body: "{{ item.body }}"}
  report:
    agent: Summarise {{ send.rows }}, approved by {{ review.by }}.
    output: {text: str}
"""

LETTER: Schema = {
    "type": "object",
    "title": "Letter",
    "properties": {"to": {"type": "string"}, "body": {"type": "string"}},
}
CATALOG = Catalog(
    tools={"search_filings": "read", "publish_brief": "write", "search_registry": "read"},
    functions={"count_them"},
    types={"Letter": LETTER},
)


def checked(text: str, catalog: Catalog = CATALOG) -> Checked:
    return parse_cell("brief", textwrap.dedent(text), catalog)


def messages(text: str, catalog: Catalog = CATALOG) -> list[str]:
    with pytest.raises(DefinitionError) as caught:
        checked(text, catalog)
    return [str(problem) for problem in caught.value.problems]


def test_brief_becomes_a_workflow() -> None:
    """The example of the product becomes its five steps, without a warning."""
    found = checked(BRIEF)
    assert found.warnings == ()
    assert found.source == BRIEF
    assert found.workflow.name == found.workflow.group == "brief"
    needs = {step.name: step.needs for step in found.workflow.steps}
    assert needs == {
        "gather": (),
        "check": ("gather",),
        "draft": ("check",),
        "review": ("draft",),
        "publish": ("review",),
    }
    review = found.workflow.step(found.workflow.steps[3].name)
    assert isinstance(review, ApproveStep)
    assert review.authorises == "publish"
    assert review.edit == ("draft.text",)
    assert review.expires is not None
    assert review.expires.after_seconds == 2 * 86400
    assert [step.line for step in found.workflow.steps] == [5, 12, 21, 28, 34]


def test_everything_the_language_says_arrives() -> None:
    """Every key of the language has its field in the workflow."""
    workflow = checked(LARGE).workflow
    profile, risky, count, letters, review, send, report = workflow.steps
    assert (workflow.group, workflow.about, workflow.model) == (
        "operations",
        "Screens suppliers.",
        "gpt-5.4-mini",
    )
    assert workflow.max_concurrency == 3
    assert workflow.tools == ("search_registry", "package.module:send_mail")
    assert workflow.outputs == {"report": "{{ report.text }}", "risky": "{{ risky }}"}
    assert workflow.inputs["region"].default == "eu"
    assert [spec.required for spec in workflow.inputs.values()] == [True, False, False]
    assert workflow.inputs["note"].type_text == "str?"
    assert isinstance(profile, AgentStep)
    assert profile.for_each is not None
    assert profile.for_each.model_dump() == {
        "over": "inputs.suppliers",
        "item_name": "supplier",
        "key": "supplier.name",
        "concurrency": 5,
        "max_items": 1000,
        "on_error": "quorum",
        "quorum": 0.8,
        "first": None,
    }
    assert (profile.model, profile.turns, profile.timeout_seconds) == ("gpt-5.4", 6, 5400)
    assert profile.retry == Retry(attempts=5, backoff_seconds=2)
    assert profile.tools[0].bound == {"region": "{{ inputs.region }}"}
    assert isinstance(risky, PythonStep)
    assert (risky.effect, risky.retry, risky.timeout_seconds) == ("write", None, 600)
    assert risky.args == {"profiles": "{{ profile.rows }}", "limit": 3}
    assert isinstance(count, PythonStep)
    assert count.output == {"type": "integer"}
    assert letters.when == "count > 0 and risky"
    assert isinstance(review, ApproveStep)
    assert review.show == ("count", "risky | length")
    assert isinstance(send, ToolStep)
    assert send.retry == Retry(attempts=2)
    assert (send.needs, send.uses) == (("profile", "review"), ("review",))
    assert report.needs == ("review", "send")


def test_tool_steps_do_not_take_the_default_attempts() -> None:
    """What may act on the world is repeated only where its own step says so."""
    workflow = checked("""\
        defaults: {retry: {attempts: 4}}
        steps:
          a: {agent: hello}
          b: {tool: search_filings}
          c: {python: count_them}
          d: {python: count_them, effect: write}
        """).workflow
    assert [step.retry and step.retry.attempts for step in workflow.steps] == [4, None, 4, None]


def test_approval_needs_what_the_call_is_made_from() -> None:
    """An approval can show the call because it waits for all that the call is made from."""
    workflow = checked("""\
        steps:
          a: {agent: one}
          b: {agent: two}
          ok: {approve: Really?, for: act}
          act:
            tool: publish_brief
            needs: [ok]
            args: {x: "{{ a }}", y: "{{ b }}"}
        """).workflow
    assert workflow.steps[2].needs == ("a", "b")
    assert workflow.steps[2].uses == ()


def test_authorised_step_needs_its_approval_itself() -> None:
    """A decision is found by the step that it authorises, though another stands between."""
    workflow = checked("""\
        steps:
          ok: {approve: Really?, for: act}
          b: {agent: two, needs: [ok]}
          act: {tool: publish_brief, needs: [b]}
        """).workflow
    assert workflow.steps[2].needs == ("ok", "b")


def test_hash_ignores_layout_and_comments() -> None:
    """A workflow that says the same is the same."""
    other = BRIEF.replace("\n\n", "\n# a remark\n\n")
    assert checked(other).workflow.hash == checked(BRIEF).workflow.hash


def test_hash_does_not_depend_on_the_catalog() -> None:
    """A file is the same workflow where its tools are known and where they are not."""
    assert checked(BRIEF, Catalog()).workflow.hash == checked(BRIEF).workflow.hash


MISTAKES = {
    "nothing": ("", ["line 1, column 1: expected a workflow: keys such as `inputs:` and `steps:`"]),
    "list": (
        "- a\n",
        ["line 1, column 1: expected a workflow: keys such as `inputs:` and `steps:`"],
    ),
    "no steps": ("about: x\n", ["line 1, column 1: expected `steps:` with at least one step"]),
    "empty steps": ("steps: {}\n", ["line 1, column 1: expected at least one step"]),
    "null steps": (
        "steps:\n",
        ["line 1, column 1: expected a mapping of steps by name for 'steps', found nothing"],
    ),
    "unknown top key": (
        "input: {}\nsteps: {a: {agent: x}}\n",
        ["line 1, column 1: unknown key 'input' in a workflow; did you mean 'inputs'?"],
    ),
    "unknown step key": (
        "steps:\n  a:\n    agent: x\n    tol: []\n",
        ["line 4, column 5: unknown key 'tol' in an agent step; did you mean 'tools'?"],
    ),
    "key of another language": (
        "steps:\n  a:\n    agent: x\n    depends_on: []\n",
        ["line 4, column 5: unknown key 'depends_on' in an agent step; did you mean 'needs'?"],
    ),
    "no kind": (
        "steps:\n  a:\n    agnet: x\n",
        [
            "line 2, column 3: the step 'a' does nothing: expected one of agent, tool, python, "
            "approve, ask, wait, workflow; did you mean 'agent'?"
        ],
    ),
    "two kinds": (
        "steps:\n  a:\n    agent: x\n    tool: y\n",
        ["line 4, column 5: the step 'a' has two kinds, agent and tool; make it two steps"],
    ),
    "step without mapping": (
        "steps:\n  a: search\n",
        [
            "line 2, column 3: expected what the step 'a' does, such as `agent: …`, found 'search'",
        ],
    ),
    "reserved step": (
        "steps:\n  item: {agent: x}\n",
        ["line 2, column 3: 'item' is a reserved name; choose another one"],
    ),
    "step name": (
        "steps:\n  second-opinion: {agent: x}\n",
        [
            "line 2, column 3: expected a step name of letters, digits and _, found "
            "'second-opinion'; write second_opinion"
        ],
    ),
    "reserved field": (
        "steps:\n  a:\n    agent: x\n    output: {status: str}\n",
        ["line 4, column 14: 'status' is a reserved field; choose another name for it"],
    ),
    "duplicate step": (
        "steps:\n  a: {agent: x}\n  a: {agent: y}\n",
        ["line 3, column 3: duplicate key 'a'; it stands in line 2 already"],
    ),
    "unknown tool": (
        "steps:\n  a:\n    agent: x\n    tools: [search_filing]\n",
        ["line 4, column 13: unknown tool 'search_filing'; did you mean 'search_filings'?"],
    ),
    "unknown tool of a tool step": (
        "steps:\n  a:\n    tool: publish\n",
        ["line 3, column 11: unknown tool 'publish'; did you mean 'publish_brief'?"],
    ),
    "tool twice": (
        "steps:\n  a:\n    agent: x\n    tools: [search_filings, search_filings: {a: 1}]\n",
        ["line 4, column 29: the tool 'search_filings' is listed twice"],
    ),
    "tools as text": (
        "steps:\n  a:\n    agent: x\n    tools: search_filings\n",
        [
            "line 4, column 12: expected a list of tools such as [search] for 'tools', found "
            "'search_filings'; write: tools: [search_filings]"
        ],
    ),
    "bad bound tool": (
        "steps:\n  a:\n    agent: x\n    tools: [{search_filings: 3}]\n",
        [
            "line 4, column 13: expected a tool, or a tool with bound arguments such as "
            "`search: {region: eu}`, found a mapping"
        ],
    ),
    "unknown function": (
        "steps:\n  a:\n    python: count_then\n",
        ["line 3, column 13: unknown function 'count_then'; did you mean 'count_them'?"],
    ),
    "function with arguments": (
        "steps:\n  a:\n    python: count_them(3)\n",
        [
            "line 3, column 13: expected a function or package.module:function, found "
            "'count_them(3)'"
        ],
    ),
    "unknown need": (
        "steps:\n  gather: {agent: x}\n  b: {agent: x, needs: [gathr]}\n",
        ["line 3, column 25: unknown step 'gathr'; did you mean 'gather'?"],
    ),
    "needs itself": (
        "steps:\n  a: {agent: x, needs: [a]}\n",
        ["line 2, column 25: the step 'a' needs itself"],
    ),
    "names itself": (
        "steps:\n  a:\n    agent: x {{ a.b }}\n",
        ["line 3, column 17: the step 'a' refers to itself"],
    ),
    "cycle": (
        "steps:\n  a: {agent: '{{ c }}'}\n  b: {agent: '{{ a }}'}\n  c: {agent: '{{ b }}'}\n",
        [
            "line 2, column 3: these steps wait for each other: a → c → b → a; to do work again, "
            "use `repeat_until` or `on_reject`"
        ],
    ),
    "unknown input": (
        "inputs: {ticker: str}\nsteps:\n  a:\n    agent: x {{ inputs.tickr }}\n",
        ["line 4, column 17: unknown input 'tickr'; did you mean 'ticker'?"],
    ),
    "undeclared input": (
        "steps:\n  a:\n    agent: x {{ inputs.ticker }}\n",
        ["line 3, column 17: unknown input 'ticker'; declare it under `inputs:`"],
    ),
    "bare input": (
        "inputs: {ticker: str}\nsteps:\n  a:\n    agent: x {{ ticker }}{{ inputs.ticker }}\n",
        ["line 4, column 17: 'ticker' is an input; write inputs.ticker"],
    ),
    "unknown name": (
        "steps:\n  gather: {agent: x}\n  b:\n    agent: |\n      one\n        two {{ gathr }}\n",
        ["line 6, column 16: unknown name 'gathr'; did you mean 'gather'?"],
    ),
    "null": (
        "steps:\n  a: {agent: x}\n  b: {agent: y, when: a != null}\n",
        ["line 3, column 28: unknown name 'null'; did you mean none?"],
    ),
    "secrets": (
        "steps:\n  a:\n    agent: x {{ secrets.KEY }}\n",
        [
            'line 3, column 17: secrets never stand in a workflow; call mn.secret("NAME") inside '
            "a tool"
        ],
    ),
    "unknown field": (
        "steps:\n  gather: {agent: x, output: {facts: str}}\n"
        "  b:\n    agent: x {{ gather.fcts }}\n",
        ["line 4, column 17: 'gather' has no field 'fcts'; did you mean 'facts'?"],
    ),
    "field below a field": (
        "steps:\n  g:\n    agent: x\n    output: {who: {name: str}}\n"
        "  b:\n    agent: x {{ g.who.nam }}\n",
        ["line 6, column 17: 'g.who' has no field 'nam'; did you mean 'name'?"],
    ),
    "field of a text": (
        "steps:\n  a: {agent: x}\n  b:\n    agent: x {{ a.text }}\n",
        ["line 4, column 17: 'a' is text and has no field 'text'"],
    ),
    "field of a list": (
        "steps:\n  a: {agent: x, output: 'list[str]'}\n  b:\n    agent: x {{ a.text }}\n",
        ["line 4, column 17: 'a' is a list and has no field 'text'; loop over it, or take a[0]"],
    ),
    "field of a for_each": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, agent: '{{ item }}'}\n"
        "  b:\n    agent: x {{ a.text }}\n",
        [
            "line 5, column 17: 'a' is a list, for its step has a for_each: its outputs are 'a', "
            "all its items 'a.rows'"
        ],
    ),
    "field of rows": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, agent: '{{ item }}'}\n"
        "  b:\n    agent: x {{ a.rows.output }}\n",
        [
            "line 5, column 17: 'a.rows' is a list and has no field 'output'; loop over it "
            "(one row has: index, key, item, status, output, error)"
        ],
    ),
    "item outside": (
        "steps:\n  a:\n    agent: x {{ item }}\n",
        ["line 3, column 17: there is no 'item' without `for_each`"],
    ),
    "item renamed": (
        "inputs: {x: 'list[str]'}\nsteps:\n"
        "  a: {for_each: inputs.x, as: fact, agent: 'x {{ item }}'}\n",
        ["line 3, column 50: there is no 'item'; the item is called 'fact' here"],
    ),
    "item in when": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, when: item.ok, agent: x}\n",
        [
            "line 3, column 33: 'item' is known only for each item, and 'when' is about the whole "
            "step; filter the list in for_each"
        ],
    ),
    "as shadows a step": (
        "inputs: {x: 'list[str]'}\nsteps:\n  b: {agent: x}\n"
        "  a: {for_each: inputs.x, as: b, agent: x}\n",
        [
            "line 4, column 3: the item of 'a' is called like the step 'b'; choose another name "
            "for `as`"
        ],
    ),
    "as reserved": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, as: inputs, agent: x}\n",
        ["line 3, column 31: 'inputs' is a reserved name; choose another one"],
    ),
    "key without for_each": (
        "steps:\n  a: {agent: x, concurrency: 3}\n",
        [
            "line 2, column 17: 'concurrency' needs a `for_each` beside it; for the whole workflow "
            "write, at the top, `limits: {steps: 8}`"
        ],
    ),
    "on_error": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, on_error: ignore, agent: x}\n",
        [
            "line 3, column 37: expected fail, collect or {quorum: 0.8} for 'on_error', "
            "found 'ignore'"
        ],
    ),
    "quorum": (
        "inputs: {x: 'list[str]'}\nsteps:\n"
        "  a: {for_each: inputs.x, on_error: {quorum: 80}, agent: x}\n",
        [
            "line 3, column 46: expected a share above 0 and up to 1, such as 0.8, for "
            "'quorum', found the number 80; write 0.8"
        ],
    ),
    "concurrency": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, concurrency: 0, agent: x}\n",
        [
            "line 3, column 40: expected a whole number from 1 to 1000 for 'concurrency', found "
            "the number 0"
        ],
    ),
    "braces in when": (
        'steps:\n  a: {agent: x}\n  b:\n    agent: y\n    when: "{{ a }}"\n',
        ["line 5, column 12: an expression stands without braces; write: a (in 'when')"],
    ),
    "bad expression": (
        "steps:\n  a: {agent: x}\n  b:\n    agent: y\n    when: a >\n",
        ["line 5, column 11: something is missing at the end (in 'when')"],
    ),
    "bad template": (
        "steps:\n  a:\n    agent: |\n      one\n      two {{ 1 }} and {{ a b }}\n",
        ["line 5, column 23: expected '}}', got 'b' (in 'agent')"],
    ),
    "unclosed if": (
        "steps:\n  a:\n    agent: |\n      {% if 1 %}\n      two\n",
        [
            "line 4, column 7: {% if %} is never closed; add {% endif %} (in 'agent')",
        ],
    ),
    "unknown filter": (
        "steps:\n  a: {agent: x}\n  b:\n    agent: x {{ a | uper }}\n",
        ["line 4, column 14: unknown filter 'uper'; did you mean 'upper'? (in 'agent')"],
    ),
    "unknown test": (
        "steps:\n  a: {agent: x}\n  b: {agent: x, when: a is nonne}\n",
        ["line 3, column 23: unknown test 'nonne'; did you mean 'none'? (in 'when')"],
    ),
    "macro": (
        "steps:\n  a:\n    agent: x {% macro m() %}{% endmacro %}\n",
        ["line 3, column 14: {% macro %} is not available (in 'agent')"],
    ),
    "duration": (
        "steps:\n  a: {agent: x, timeout: 30}\n",
        [
            "line 2, column 26: expected a duration such as 30s, 5m, 1h30m or 2d for "
            "'timeout', found the number 30; write 30s for seconds"
        ],
    ),
    "duration word": (
        "steps:\n  a: {agent: x, timeout: 5 min}\n",
        [
            "line 2, column 26: expected a duration such as 30s, 5m, 1h30m or 2d for "
            "'timeout', found '5 min'"
        ],
    ),
    "no time": (
        "steps:\n  a: {agent: x, timeout: 0s}\n",
        ["line 2, column 26: expected more than no time for 'timeout'"],
    ),
    "retry": (
        "steps:\n  a: {agent: x, retry: 3}\n",
        ["line 2, column 24: expected how often and how long; write: retry: {attempts: 3}"],
    ),
    "retry without attempts": (
        "steps:\n  a: {agent: x, retry: {backoff: 2s}}\n",
        ["line 2, column 17: expected `attempts` in retry, such as {attempts: 3}"],
    ),
    "turns": (
        "steps:\n  a: {agent: x, turns: many}\n",
        [
            "line 2, column 24: expected a whole number from 1 to 100 for 'turns', found 'many'",
        ],
    ),
    "prompt is a number": (
        "steps:\n  a: {agent: 42}\n",
        [
            "line 2, column 14: expected a prompt for 'agent', found the number 42; a text that "
            'looks otherwise is quoted: "42"'
        ],
    ),
    "no prompt": (
        "steps:\n  a:\n    agent:\n",
        ["line 3, column 5: expected a prompt for 'agent', found nothing"],
    ),
    "cut prompt": (
        "steps:\n  a:\n    agent: Close issue #5 of the list\n",
        [
            "line 3, column 12: the prompt ends before ` #`, which begins a comment; to keep it, "
            'write: "Close issue #5 of the list"'
        ],
    ),
    "effect": (
        "steps:\n  a: {python: count_them, effect: reads}\n",
        [
            "line 2, column 35: expected read, idempotent or write for 'effect', found "
            "'reads'; did you mean 'read'?"
        ],
    ),
    "args as list": (
        "steps:\n  a: {python: count_them, args: [1]}\n",
        ["line 2, column 33: expected a mapping of arguments for 'args', found a list"],
    ),
    "approve for nobody": (
        "steps:\n  send: {tool: publish_brief}\n  a: {approve: Ok?, for: sent}\n",
        ["line 3, column 26: unknown step 'sent'; did you mean 'send'?"],
    ),
    "approve for an agent": (
        "steps:\n  send: {agent: x, needs: [a]}\n  a: {approve: Ok?, for: send}\n",
        [
            "line 3, column 26: `for` names the tool step whose calls are approved; 'send' "
            "is an agent step"
        ],
    ),
    "approve for an earlier step": (
        "steps:\n  send: {tool: publish_brief}\n  a: {approve: Ok?, for: send}\n",
        ["line 3, column 26: 'send' does not come after 'a'; add `needs: [a]` to it"],
    ),
    "approve for a call of later values": (
        "steps:\n  a: {approve: Ok?, for: send}\n  b: {agent: x, needs: [a]}\n"
        "  send: {tool: publish_brief, args: {x: '{{ b }}'}}\n",
        [
            "line 2, column 26: the calls of 'send' cannot be shown: they are made from 'b', which "
            "itself comes after 'a'"
        ],
    ),
    "edit an expression": (
        "steps:\n  d: {agent: x}\n  a: {approve: Ok?, edit: [d | upper]}\n",
        ["line 3, column 28: expected a plain path such as draft.text, found 'd | upper'"],
    ),
    "edit an input": (
        "inputs: {x: str}\nsteps:\n  a: {approve: Ok?, edit: [inputs.x]}\n",
        ["line 3, column 28: only what a step gave can be edited, not an input"],
    ),
    "approval shows it not": (
        "steps:\n  d: {agent: x, output: {text: str, title: str}}\n"
        "  a: {approve: Ok?, edit: [d.text]}\n  b:\n    agent: x {{ a.d.title }}\n",
        [
            "line 5, column 17: 'a' does not show 'd.title'; did you mean 'd.text'?",
        ],
    ),
    "rows that an approval does not show": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, agent: '{{ item }}'}\n"
        "  ok: {approve: Ok?, show: [a]}\n  b:\n    agent: x {{ ok.a.rows }}\n",
        [
            "line 6, column 17: 'ok.a' is a list and has no field 'rows'; loop over it, or take "
            "ok.a[0]"
        ],
    ),
    "field of the run": (
        "steps:\n  a:\n    agent: x {{ run.ids }}\n",
        ["line 3, column 17: 'run' has no field 'ids'; did you mean 'id'?"],
    ),
    "expires without after": (
        "steps:\n  a: {approve: Ok?, expires: {then: wait}}\n",
        ["line 2, column 21: expected `after` in expires, such as {after: 2d}"],
    ),
    "default of another type": (
        "inputs: {n: {type: int, default: many}}\nsteps: {a: {agent: '{{ inputs.n }}'}}\n",
        ["line 1, column 34: the default of 'n' is 'many', which is not of its type int"],
    ),
    "default without type": (
        "inputs: {n: {default: 3}}\nsteps: {a: {agent: '{{ inputs.n }}'}}\n",
        ["line 1, column 10: expected a `type` for the input 'n'"],
    ),
    "example of another input": (
        "inputs: {n: int}\nsteps: {a: {agent: '{{ inputs.n }}'}}\nexamples: [{m: 3}]\n",
        [
            "line 3, column 12: the example gives no value for the input 'n'",
            "line 3, column 13: unknown input 'm'; inputs: n",
        ],
    ),
    "example of another type": (
        "inputs: {n: int}\nsteps: {a: {agent: '{{ inputs.n }}'}}\nexamples: [{n: x}]\n",
        ["line 3, column 16: 'n' is 'x', which is not of its type int"],
    ),
    "other name": (
        "workflow: other\nsteps: {a: {agent: x}}\n",
        [
            "line 1, column 11: the cell names the workflow 'brief', and its text 'other'; remove "
            "one of them"
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_mistake_is_explained(text: str, expected: list[str]) -> None:
    """Each mistake has its own message, at the place where it is."""
    assert messages(text) == expected


def test_all_problems_come_at_once() -> None:
    """One look shows everything that is wrong, in the order of the text."""
    found = messages("""\
        inputs: {x: strr}
        steps:
          a: {agent: "{{ nobody }}", timeout: soon}
          b: {tool: nothing, needs: [c]}
        """)
    assert [problem.split(":")[0] for problem in found] == [
        "line 1, column 13",
        "line 3, column 18",
        "line 3, column 39",
        "line 4, column 13",
        "line 4, column 30",
    ]


WARNINGS = {
    "unseen need": (
        "steps:\n  a: {agent: x}\n  b: {agent: y, needs: [a]}\n",
        [
            "line 3, column 25: the agent 'b' sees only its prompt, which does not name 'a'; "
            "write {{ a }} in it"
        ],
    ),
    "unused input": (
        "inputs: {x: str}\nsteps: {a: {agent: x}}\n",
        ["line 1, column 10: the input 'x' is never used; remove it, or use it: {{ inputs.x }}"],
    ),
    "constant when": (
        "steps: {a: {agent: x, when: 1 > 2}}\n",
        ["line 1, column 29: `when` names nothing, so it is always the same"],
    ),
    "boolean when": (
        "steps: {a: {agent: x, when: false}}\n",
        ["line 1, column 29: `when` is always false; the step never starts"],
    ),
    "remark behind a prompt": (
        "steps:\n  a:\n    agent: Close the issue # of the list\n",
        [
            "line 3, column 12: the prompt ends before ` #`, which begins a comment; quote it to "
            "keep it"
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), WARNINGS.values(), ids=WARNINGS.keys())
def test_strange_things_are_warned_of(text: str, expected: list[str]) -> None:
    """What is probably not meant does not stop a workflow, but is said."""
    assert [str(warning) for warning in checked(text).warnings] == expected


FINE = {
    "remark after two spaces": "steps:\n  a:\n    agent: hello  # a remark\n",
    "shortened path of an approval": (
        "steps:\n  d: {agent: x, output: {text: str}}\n  a: {approve: Ok?, edit: [d.text]}\n"
        "  b: {agent: '{{ a.text }} {{ a.because }} {{ a.approved }}'}\n"
    ),
    "loop variables": (
        "steps:\n  a: {agent: x, output: 'list[str]'}\n"
        "  b: {agent: '{% for p in a %}{{ loop.index }} {{ p.q }}{% endfor %}'}\n"
    ),
    "set in a condition": (
        "steps:\n  a: {agent: x}\n  b: {agent: '{% if a %}{% set q = 1 %}{% endif %}{{ q }}'}\n"
    ),
    "fields of a model": ("steps:\n  a: {agent: x, output: Letter}\n  b: {agent: '{{ a.to }}'}\n"),
    "any field of any": "steps:\n  a: {agent: x, output: any}\n  b: {agent: '{{ a.to }}'}\n",
    "method of a mapping": (
        "steps:\n  a: {agent: x, output: {n: str}}\n  b: {agent: '{{ a.items() }}'}\n"
    ),
    "rows of an approval": (
        "inputs: {x: 'list[str]'}\nsteps:\n  a: {for_each: inputs.x, agent: '{{ item }}'}\n"
        "  ok: {approve: Ok?, show: [a.rows]}\n  b: {agent: '{{ ok.a.rows }} {{ ok.rows }}'}\n"
    ),
    "the run": "steps:\n  a: {agent: '{{ run.id }} of {{ run.workflow }}'}\n",
    "module form": "steps:\n  a: {python: 'some.module:run'}\n  b: {tool: 'mcp:time'}\n",
    "declared module tool": "tools: ['pkg.mod:mail']\nsteps: {a: {tool: mail}}\n",
    "repeated value": (
        "steps:\n  a: {agent: x, tools: &t [search_filings]}\n  b: {agent: y, tools: *t}\n"
    ),
    "own name": "workflow: brief\nsteps: {a: {agent: x}}\n",
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE.keys())
def test_right_texts_pass(text: str) -> None:
    """What is right is not complained of."""
    assert checked(text).warnings == ()


def test_first_line_counts_the_magic() -> None:
    """Problems stand at the line of the cell, magic line included."""
    with pytest.raises(DefinitionError) as caught:
        parse_cell("w", "steps:\n  a: {agnt: x}\n", first_line=2)
    assert caught.value.problems[0].line == 3


def test_cell_with_a_wrong_name() -> None:
    """A workflow's name can be typed."""
    with pytest.raises(DefinitionError, match="expected a workflow name of letters"):
        parse_cell("no name", "steps: {a: {agent: x}}")


def test_file_names_its_workflow() -> None:
    """A file begins with its name."""
    found = parse_file("workflow: brief\nsteps: {a: {agent: x}}\nexamples: [{}]\n")
    assert found.workflow.name == "brief"
    assert found.examples == ({},)


def test_file_without_a_name() -> None:
    """A file without a name says what is missing."""
    with pytest.raises(DefinitionError, match="expected `workflow: NAME` at the top of a file"):
        parse_file("steps: {a: {agent: x}}\n")
