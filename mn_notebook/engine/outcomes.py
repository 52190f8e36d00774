"""Says what the outcome of an attempt comes to: which events follow."""

from mn_notebook.domain.events import ErrorInfo, StepSucceeded
from mn_notebook.domain.ids import ApprovalId, StepPath
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.engine.decisions import approval_of_calls
from mn_notebook.engine.move import AnyEvent
from mn_notebook.engine.retries import after_failure, held_back
from mn_notebook.engine.services import Services
from mn_notebook.ports import FailedWith, Held, Outcome, Succeeded, WaitsFor


class Outcomes:
    """Turns outcomes into events. Keeps values, and writes no event."""

    def __init__(self, services: Services) -> None:
        """Keep values with these services."""
        self._services = services

    def events(self, state: RunState, instance: Instance, outcome: Outcome) -> list[AnyEvent]:
        """Return the events of an outcome, those that came with it first.

        The ``state`` of an attempt that waits for a person has those already, so that the question
        knows of them; then only the question is returned.

        Raises:
            StoreError: a value cannot be kept.
            MnError: the outcome cannot be used.
        """
        events: list[AnyEvent] = list(outcome.events)
        match outcome:
            case Succeeded(output):
                stored = self._services.values.keep(output)
                events.append(
                    StepSucceeded(path=instance.path, attempt=instance.attempt, output=stored)
                )
            case FailedWith(error):
                events += self.failure(state, instance, error)
            case WaitsFor():
                return [self._question(state, instance.path, outcome)]
            case Held():
                events += held_back(instance, outcome)
        return events

    def failure(self, state: RunState, instance: Instance, error: ErrorInfo) -> list[AnyEvent]:
        """Return the failure of an attempt, and when the next one begins."""
        effect = self._services.effect_of(state.step_at(instance.node))
        now = self._services.clock.now()
        return [*after_failure(state, instance, error, effect, now)]

    def _question(self, state: RunState, path: StepPath, outcome: WaitsFor) -> AnyEvent:
        services = self._services
        return approval_of_calls(
            state, path, outcome, ApprovalId(services.ids.new()), services.clock.now()
        )
