"""The workflows that are killed, what they must come to, and what the model says in them."""

import random
from functools import cache
from typing import Any

from mn_notebook.domain.linking import linked
from mn_notebook.domain.workflow import Workflow
from mn_notebook.language import Catalog, parse_cell
from mn_notebook.testing import ModelFault, Reply, Rule, Script, ScriptedCall
from tests.recovery.outside import args_hash
from tests.recovery.stories_of_rules import CHECK_ONE, DEEPER, DIALOGUE, MISHAP, TREE
from tests.recovery.story import Story

STUDY = Story(
    """
inputs: {topic: str}
outputs:
  notes: "{{ study }}"
  summary: "{{ sum_up }}"
  steady: "{{ calm }}"
  weight: "{{ weigh }}"
steps:
  bulk:
    python: bulk
    args: {where: "{{ run.id }}/bulk"}
  weigh:
    python: weigh
    args: {rows: "{{ bulk }}", where: "{{ run.id }}/weigh"}
  places:
    python: places
    args: {where: "{{ run.id }}/places"}
  study:
    for_each: places
    concurrency: 3
    agent: Study {{ item }} of {{ inputs.topic }}.
    tools:
      - look: {where: "{{ run.id }}/study[{{ index }}]"}
    turns: 5
    output: {note: str}
    retry: {attempts: 10, backoff: 50ms}
  sum_up:
    agent: |
      Sum up {{ inputs.topic }}. Known so far: {{ study }}
    model: schema-small
    tools:
      - look: {where: "{{ run.id }}/sum_up"}
    turns: 5
    retry: {attempts: 10, backoff: 50ms}
  calm:
    python: shaky
    args: {text: "{{ sum_up }}", where: "{{ run.id }}/calm"}
    retry: {attempts: 3, backoff: 30ms}
""",
    {
        "notes": [{"note": f"the {place} is fine"} for place in ("north", "south", "east")],
        "summary": "it is all fine",
        "steady": "steady it is all fine",
        "weight": "10000 rows, "
        + args_hash({"rows": [f"{number:08}" for number in range(10_000)]}),
    },
)

PUBLISH = Story(
    """
inputs: {topic: str}
outputs: {sent: "{{ send }}", recorded: "{{ record }}", counted: "{{ count }}", book: "{{ enter }}"}
steps:
  gather:
    tool: look
    args: {q: "{{ inputs.topic }}", where: "{{ run.id }}/gather"}
  draft:
    python: shape
    args: {text: "{{ gather }}", where: "{{ run.id }}/draft"}
  review:
    approve: Publish this?
    for: send
    edit: [draft.text]
  send:
    tool: mail
    args: {text: "{{ review.draft.text }}", where: "{{ run.id }}/send"}
  record:
    tool: post
    args: {text: "{{ send }}", where: "{{ run.id }}/record"}
  count:
    tool: stamp
    args: {text: "{{ record }}", where: "{{ run.id }}/count"}
  enter:
    python: book
    effect: write
    args: {text: "{{ send }}", where: "{{ run.id }}/enter"}
""",
    {
        "sent": "mailed <found ~T~> (edited)",
        "recorded": "posted mailed <found ~T~> (edited)",
        "counted": "stamped posted mailed <found ~T~> (edited)",
        "book": "booked mailed <found ~T~> (edited)",
    },
)

BATCH = Story(
    """
inputs: {topic: str}
outputs: {sent: "{{ send }}", booked: "{{ enter }}"}
steps:
  numbers:
    python: numbers
    args: {where: "{{ run.id }}/numbers"}
  mark:
    for_each: numbers
    concurrency: 3
    tool: stamp
    args: {text: "{{ inputs.topic }} {{ item }}", where: "{{ run.id }}/mark[{{ index }}]"}
  review:
    approve: Send all of these?
    show: [mark]
    for: send
  send:
    for_each: mark
    concurrency: 3
    needs: [review]
    tool: mail
    args: {text: "{{ item }}", where: "{{ run.id }}/send[{{ index }}]"}
  register:
    for_each: mark
    concurrency: 2
    tool: post
    needs: [send]
    args: {text: "{{ item }}", where: "{{ run.id }}/register[{{ index }}]"}
  enter:
    python: book
    effect: write
    needs: [register]
    args: {text: "all of {{ send | length }}", where: "{{ run.id }}/enter"}
""",
    {
        "sent": [f"mailed stamped ~T~ {number}" for number in range(6)],
        "booked": "booked all of 6",
    },
)

CLERK = Story(
    """
inputs: {topic: str}
outputs: {native: "{{ native.told }}", schema: "{{ schema }}"}
steps:
  native:
    agent: Write to everybody about {{ inputs.topic }}.
    tools:
      - look: {where: "{{ run.id }}/native"}
      - mail: {where: "{{ run.id }}/native"}
      - post: {where: "{{ run.id }}/native"}
    turns: 6
    output: {told: int}
  schema:
    agent: Report on {{ inputs.topic }}.
    model: schema-small
    needs: [native]
    tools:
      - mail: {where: "{{ run.id }}/schema"}
      - stamp: {where: "{{ run.id }}/schema"}
    turns: 6
""",
    {"native": 3, "schema": "reported"},
)

NINETY = Story(
    """
inputs: {topic: str}
outputs: {done: "{{ mark }}"}
steps:
  numbers:
    python: numbers
    args: {where: "{{ run.id }}/numbers", count: 90}
  mark:
    for_each: numbers
    concurrency: 4
    tool: stamp
    args: {text: "{{ inputs.topic }} {{ item }}", where: "{{ run.id }}/mark[{{ index }}]"}
""",
    {"done": [f"stamped ~T~ {number}" for number in range(90)]},
)

TWO_HUNDRED = Story(
    NINETY.text.replace("count: 90", "count: 200").replace("concurrency: 4", "concurrency: 20"),
    {"done": [f"stamped ~T~ {number}" for number in range(200)]},
)

THRIFTY = Story(
    """
inputs: {topic: str}
outputs: {said: "{{ say }}"}
budget: {calls: 3}
steps:
  numbers:
    python: numbers
    args: {where: "{{ run.id }}/numbers", count: 8}
  say:
    for_each: numbers
    concurrency: 4
    agent: Say something about {{ item }} of {{ inputs.topic }}.
    output: {said: str}
    retry: {attempts: 10, backoff: 20ms}
""",
    {"said": [{"said": "something"}] * 8},
)

ASK = Story(
    """
inputs: {topic: str}
outputs: {sent: "{{ send }}"}
steps:
  draft:
    python: shape
    args: {text: "{{ inputs.topic }}", where: "{{ run.id }}/draft"}
  review:
    approve: Send this?
    for: send
    edit: [draft.text]
  send:
    tool: mail
    args: {text: "{{ review.draft.text }}", where: "{{ run.id }}/send"}
""",
    {"sent": "mailed <~T~> (edited)"},
)

SLOW = Story(
    """
inputs: {topic: str}
outputs: {done: "{{ work }}"}
steps:
  work:
    python: slow
    args: {seconds: 1.5, where: "{{ run.id }}/work"}
""",
    {"done": "done"},
)

SLOWER = Story(SLOW.text.replace("1.5", "5"), {"done": "done"})

HUNG = Story(SLOW.text.replace("1.5", "3600"), {"done": "done"})

DEADLY = Story(
    """
inputs: {topic: str}
outputs: {done: "{{ work }}"}
steps:
  work:
    python: deadly
    args: {where: "{{ run.id }}/work", harmless_after: 3}
""",
    {"done": "survived"},
)

SEGFAULT = Story(
    """
inputs: {topic: str}
outputs: {done: "{{ work }}"}
steps:
  work:
    python: segfault
    args: {where: "{{ run.id }}/work"}
""",
    {"done": "survived"},
)

SINGLE = Story(
    """
inputs: {topic: str}
outputs: {said: "{{ say }}"}
steps:
  say:
    agent: Say something about {{ inputs.topic }}.
    output: {said: str}
    retry: {attempts: 3, backoff: 20ms}
""",
    {"said": {"said": "something"}},
)

ODD = Story(
    """
inputs: {topic: str}
outputs: {odd: "{{ say.half }} {{ say.pair }}"}
steps:
  say:
    python: odd
    args: {where: "{{ run.id }}/say"}
""",
    {"odd": "a\ufffd \U0001f600"},
)

ODD_FAULT = Story(ODD.text.replace("python: odd", "python: odd_fault"), {})

STORIES = {
    "odd": ODD,
    "odd_fault": ODD_FAULT,
    "study": STUDY,
    "publish": PUBLISH,
    "batch": BATCH,
    "clerk": CLERK,
    "ninety": NINETY,
    "two_hundred": TWO_HUNDRED,
    "thrifty": THRIFTY,
    "ask": ASK,
    "slow": SLOW,
    "slower": SLOWER,
    "hung": HUNG,
    "deadly": DEADLY,
    "segfault": SEGFAULT,
    "segfault_apart": SEGFAULT,
    "single": SINGLE,
    "dialogue": DIALOGUE,
    "tree": TREE,
    "check_one": CHECK_ONE,
    "deeper": DEEPER,
    "mishap": MISHAP,
}


@cache
def workflow_of(name: str) -> Workflow:
    """Return a story's workflow, with those that it calls."""
    catalog = Catalog(tools=None, functions=None, types={})
    workflow = parse_cell(name, STORIES[name].text, catalog).workflow
    if name.endswith("_apart"):
        workflow = apart(workflow)
    return linked(workflow, workflow_of)


def apart(workflow: Workflow) -> Workflow:
    """Return a workflow whose functions are called in processes of their own."""
    steps = tuple(step.model_copy(update={"isolation": "process"}) for step in workflow.steps)
    return Workflow.model_validate({**dict(workflow), "steps": steps})


# --- the model ---------------------------------------------------------------------------------


def script(seed: int) -> Script:
    """Return what the model says, after short waits that ``seed`` fixes.

    Topics end in a number and a full stop. The model fails once about every third of them.
    """
    chance = random.Random(seed)
    rules = [_failing(f"Study south of topic {number}.", chance) for number in range(0, 90, 3)]
    rules += [_failing(f"Sum up topic {number}.", chance) for number in range(1, 90, 3)]
    for digit in range(10):
        for place in ("north", "south", "east"):
            turns = [_calls("look", {"q": f"{place} a"}), _calls("look", {"q": f"{place} b"}, 2)]
            turns.append(Reply(value={"note": f"the {place} is fine"}))
            rules.append(_told(rf"^Study {place} of topic \d*{digit}\.$", turns, chance))
        for words, turns in DRAFTS.items():
            rules.append(_told(rf"^Draft topic \d*{digit}\. {words}", turns, chance))
        rules.append(_told(rf"^Write to everybody about topic \d*{digit}\.$", CLERK_TURNS, chance))
    # In the schema mode a tool's result is a message of the user's: it shows the turn.
    rules += [
        _told("^Sum up ", [_choice("look", {"q": "c"})], chance),
        _told("^look gave: found c$", [_choice("look", {"q": "d"})], chance),
        _told(
            "^look gave: found d$", [_choice("final_answer", {"text": "it is all fine"})], chance
        ),
        _told("^Report on ", [_choice("stamp", {"text": "report"})], chance),
        _told("^stamp gave: ", [_choice("mail", {"text": "report"})], chance),
        _told("^mail gave: ", [_choice("final_answer", {"text": "reported"})], chance),
        _told("^Say something ", [Reply(value={"said": "something"})], chance),
    ]
    return Script(name="recovery", rules=tuple(rules))


def _calls(tool: str, arguments: dict[str, Any], times: int = 1) -> Reply:
    return Reply(calls=tuple(ScriptedCall(name=tool, arguments=arguments) for _ in range(times)))


CLERK_TURNS = [
    _calls("look", {"q": "everybody"}),
    Reply(
        calls=(
            ScriptedCall(name="mail", arguments={"text": "to one"}),
            ScriptedCall(name="mail", arguments={"text": "to two"}),
        )
    ),
    _calls("post", {"text": "to all"}),
    Reply(value={"told": 3}),
]

DRAFTS = {
    "A first try": [_calls("look", {"q": "drafts"}), Reply(value={"text": "a draft"})],
    "Better, date it": [_calls("look", {"q": "dates"}), Reply(value={"text": "a dated draft"})],
}


def _choice(tool: str, arguments: dict[str, Any]) -> Reply:
    return Reply(value={"tool": tool, "arguments": arguments})


def _told(regex: str, turns: list[Reply], chance: random.Random) -> Rule:
    return Rule(regex=regex, replies=tuple(_late(turn, chance) for turn in turns), by="turn")


def _late(reply: Reply, chance: random.Random) -> Reply:
    seconds = chance.choice((0.005, 0.02, 0.05, 0.1)) * chance.uniform(0.5, 1.5)
    return reply.model_copy(update={"delay_seconds": round(seconds, 4)})


def _failing(contains: str, chance: random.Random) -> Rule:
    fault = ModelFault(kind="status", status=chance.choice((500, 503, 429)))
    return Rule(contains=contains, times=1, replies=(Reply(fault=fault),))
