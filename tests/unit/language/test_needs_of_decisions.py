"""Which steps follow a rejection."""

from mn_notebook.domain.ids import StepName
from mn_notebook.language import parse_cell

TEXT = """
steps:
  draft:
    python: write
  review:
    approve: Send it?
    show: [draft.text]
  send:
    python: send
    args: {text: "{{ review.draft.text }}"}
  mourn:
    when: not review.approved
    python: mourn
    args: {why: "{{ review.because }}"}
"""


def test_a_step_that_asks_only_for_the_decision_does_not_use_the_content():
    """A rejection skips who uses what was shown, and lets those run who ask how it ended."""
    workflow = parse_cell("w", TEXT).workflow

    assert workflow.step(StepName("send")).uses == ("review",)
    assert workflow.step(StepName("mourn")).uses == ()
    assert workflow.step(StepName("mourn")).needs == ("review",)
