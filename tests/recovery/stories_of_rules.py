"""Workflows of every further kind of step and every rule, to be killed in their middle."""

from tests.recovery.story import Story

DIALOGUE = Story(
    """
inputs: {topic: str}
outputs:
  who: "{{ contact.email }}"
  sent: "{{ send }}"
  first: "{{ gate }}"
  second: "{{ second_gate }}"
  aside: "{{ aside }}"
steps:
  contact:
    ask: Who should hear about {{ inputs.topic }}?
    fields: {email: str}
  rest: {wait: 150ms, needs: [contact]}
  draft:
    needs: [contact]
    agent: |
      Draft {{ inputs.topic }}. {% if feedback %}Better, {{ feedback }}.{% else %}A first try.{% endif %}
    tools:
      - look: {where: "{{ run.id }}/draft"}
    output: {text: str}
    retry: {attempts: 10, backoff: 50ms}
  review:
    approve: Is it good enough?
    show: [draft.text]
    for: send
    on_reject: {redo: draft, at_most: 3}
  send:
    tool: mail
    args: {text: "{{ review.draft.text }}", where: "{{ run.id }}/send"}
  gate: {signal: go, needs: [contact]}
  second_gate: {signal: go, needs: [gate]}
  aside:
    join: all_done
    needs: [rest]
    python: slow
    args: {seconds: 0.2, where: "{{ run.id }}/aside"}
""",  # noqa: E501 - a prompt is one line
    {
        "who": "eve@example.org",
        "sent": "mailed a dated draft",
        "first": "~S0~",
        "second": "~S1~",
        "aside": "done",
    },
    signal="go",
    optional={"rest": None, "aside": ("aside", None)},
)

DEEPER = Story(
    """
inputs: {score: int, at: str}
outputs: {mark: "{{ mark }}", said: "{{ say.said }}"}
steps:
  mark:
    tool: stamp
    args: {text: "score {{ inputs.score }}", where: "{{ inputs.at }}/mark"}
  say:
    needs: [mark]
    agent: Say something about {{ inputs.score }}.
    output: {said: str}
    retry: {attempts: 10, backoff: 20ms}
""",
    {},
)

CHECK_ONE = Story(
    """
inputs: {name: str, at: str}
outputs: {name: "{{ inputs.name }}", tries: "{{ improve.tries }}", deep: "{{ deep }}"}
steps:
  improve:
    python: improve
    args:
      before: "{{ previous }}"
      where: "{{ inputs.at }}/improve{% if previous %}#{{ previous.tries + 1 }}{% endif %}"
    repeat_until: improve.score >= 6
    at_most: 5
  deep:
    workflow: deeper
    args: {score: "{{ improve.score }}", at: "{{ inputs.at }}/deep"}
""",
    {},
    calls=("deeper",),
)


def _checked(name: str) -> dict[str, object]:
    deep = {"mark": "stamped score 6", "said": "something"}
    return {"name": name, "tries": 3, "deep": deep}


TREE = Story(
    """
inputs: {topic: str, rows: table}
outputs: {checks: "{{ check }}", total: "{{ total }}", alone: "{{ alone }}"}
steps:
  check:
    for_each: inputs.rows
    concurrency: 2
    workflow: check_one
    args: {name: "{{ item.name }}", at: "{{ run.id }}/check[{{ index }}]"}
  total:
    python: tally
    args: {rows: "{{ inputs.rows }}", where: "{{ run.id }}/total"}
  alone:
    python: alone
    isolation: process
    args: {text: "{{ inputs.topic }}", where: "{{ run.id }}/alone"}
""",
    {
        "checks": [_checked("ash"), _checked("birch"), _checked("cedar")],
        "total": 6,
        "alone": "alone with ~T~",
    },
    calls=("check_one",),
    takes_rows=True,
    optional={"check[1]": ("checks", 1), "total": ("total", None)},
)

MISHAP = Story(
    """
inputs: {topic: str}
outputs:
  answer: "{{ main }}"
  most: "{{ most }}"
  alarm: "{{ alarm }}"
  fragile: "{{ fragile }}"
  told: "{{ told }}"
steps:
  main:
    python: broken
    args: {where: "{{ run.id }}/main"}
    retry: {attempts: 2, backoff: 20ms}
    fallback: plan_b
  plan_b:
    tool: stamp
    args: {text: "{{ inputs.topic }}", where: "{{ run.id }}/plan_b"}
  good:
    tool: look
    args: {q: "{{ inputs.topic }}", where: "{{ run.id }}/good"}
    on_failure: continue
  bad:
    python: broken
    args: {where: "{{ run.id }}/bad"}
    retry: {attempts: 1}
    on_failure: continue
  fair:
    python: shape
    args: {text: fair, where: "{{ run.id }}/fair"}
    on_failure: continue
  most:
    join: quorum_success
    needs: [good, bad, fair]
    tool: stamp
    args: {text: most, where: "{{ run.id }}/most"}
  alarm:
    join: one_failed
    needs: [good, bad, fair]
    tool: post
    args: {text: alarm, where: "{{ run.id }}/alarm"}
  fragile:
    python: shaky
    needs: [most, alarm]
    args: {text: "{{ inputs.topic }}", where: "{{ run.id }}/fragile"}
    retry: {attempts: 1}
  told:
    join: all_done
    needs: [main, fragile]
    tool: mail
    args: {text: "{{ inputs.topic }}", where: "{{ run.id }}/told"}
""",
    {
        "answer": "stamped ~T~",
        "most": "stamped most",
        "alarm": "posted alarm",
        "fragile": "steady ~T~",
        "told": "mailed ~T~",
    },
    optional={"main": ("answer", None), "fragile": ("fragile", None)},
    needs_repair=True,
)
