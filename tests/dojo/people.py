"""The people whom a run asks about its calls: one who knows what she wants, and nobody."""

from collections import Counter
from collections.abc import Sequence

from mn_notebook.client import RunClient
from mn_notebook.domain.events import ApprovalRequested
from mn_notebook.domain.ids import RunId
from tests.dojo.facts import CallFact, named


class Owner:
    """Approves the calls of her own task, each as often as it belongs to it; rejects all others."""

    def __init__(self, gold: Sequence[CallFact]) -> None:
        """Want these calls."""
        self._wanted = Counter(call.name for call in gold)
        self.approved = 0
        self.rejected = 0

    def decide(self, client: RunClient, run_id: RunId, request: ApprovalRequested) -> None:
        """Look at the call that is shown, and decide."""
        (shown,) = request.calls
        args = client.values.load(shown.args)
        name = (shown.tool, named(args))
        if self._wanted[name] > 0:
            self._wanted[name] -= 1
            self.approved += 1
            client.decide(run_id, request, "approve")
        else:
            self.rejected += 1
            client.decide(run_id, request, "reject", because="I did not ask for this")
