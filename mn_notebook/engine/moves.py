"""Carries out a command of `decide`: says which events follow, and what begins with them."""

from mn_notebook.domain.budgets import out_of_time
from mn_notebook.domain.events import (
    ApprovalRequested,
    RunCancelled,
    RunPaused,
    StepFailed,
    StepInterrupted,
    StepResumed,
    StepSkipped,
    UndoDeclined,
)
from mn_notebook.domain.ids import ApprovalId, AttemptToken, NodePath, StepPath
from mn_notebook.domain.planning import (
    AskAboutBudget,
    AskAboutCrash,
    BeginStep,
    CancelRun,
    CloseScope,
    Command,
    Expire,
    FailRun,
    FireTimer,
    GiveUp,
    GoOn,
    JudgeIteration,
    PauseRun,
    RunOutOfTime,
    SkipStep,
    StartAgain,
    StartItem,
    StartIteration,
    StopUndoing,
    SucceedRun,
    TakeSignal,
)
from mn_notebook.domain.state import Instance, RunState
from mn_notebook.engine import budgeting
from mn_notebook.engine.endings import Endings, doubts
from mn_notebook.engine.faults import error_info
from mn_notebook.engine.move import AnyEvent, Move
from mn_notebook.engine.people import People
from mn_notebook.engine.services import Services
from mn_notebook.engine.starts import Starts, blocked
from mn_notebook.errors import MnError

HELD = "what was undone elsewhere since is not known in this copy of its store"


class Moves:
    """Turns commands into events. Reads values and evaluates texts; writes and launches nothing."""

    def __init__(self, services: Services) -> None:
        """Evaluate with these services."""
        self._services = services
        self._starts = Starts(services)
        self._endings = Endings(services)
        self.people = People(services)

    def of(self, state: RunState, command: Command) -> Move:
        """Return what follows from a command."""
        return self._begins(state, command) or self._ends(state, command)

    def _begins(self, state: RunState, command: Command) -> Move | None:
        match command:
            case BeginStep(node):
                return self._starts.begin(state, node)
            case StartItem(node, item):
                return self._starts.item(state, node, item)
            case StartIteration(path):
                return self._starts.iteration(state, path)
            case StartAgain(path):
                return self._starts.again(state, path)
            case GoOn(path):
                return self._go_on(state, path)
            case AskAboutCrash(path):
                return Move((self._ask_about_crash(state.instances[path]),))
            case _:
                return None

    def _ends(self, state: RunState, command: Command) -> Move:
        match command:
            case SkipStep(node, because):
                return Move((StepSkipped(path=StepPath(node), because=because),))
            case JudgeIteration(path):
                return self._endings.judge(state, path)
            case FireTimer(path):
                return self._endings.fire(state, path)
            case TakeSignal(path):
                return self._endings.take_signal(state, path)
            case CloseScope(scope):
                return self._endings.close(state, scope)
            case AskAboutBudget():
                return Move(self._ask_about_budget(state))
            case RunOutOfTime(node):
                return Move(self._out_of_time(state, node))
            case GiveUp(path):
                return Move((self._gave_up(state.instances[path]),))
            case Expire(approval_id):
                return self.people.expire(state, approval_id)
            case _:
                return self._ends_run(state, command)

    def _ends_run(self, state: RunState, command: Command) -> Move:
        match command:
            case SucceedRun():
                return Move((*budgeting.withdrawn(state), self._endings.succeed(state)))
            case FailRun():
                return Move((self._endings.fail(state),))
            case CancelRun():
                return Move((RunCancelled(),))
            case PauseRun():
                return Move((RunPaused(),))
            case StopUndoing():
                return Move((UndoDeclined(by="mn", because=HELD),))
            case _:
                return Move()

    # --- going on ------------------------------------------------------------------------------

    def _go_on(self, state: RunState, path: StepPath) -> Move:
        instance = state.instances[path]
        if state.stopped_short and state.step_at(instance.node).kind == "agent":
            return Move((StepSkipped(path=path, because=state.stopped_short),))
        try:
            missing = self._services.missing(state, instance.node)
        except MnError as fault:
            error = error_info(fault).model_copy(update={"permanent": True})
            failed = StepFailed(path=path, attempt=instance.attempt, error=error, final=True)
            return Move((failed,))
        if missing is not None:
            # Somebody decided before the cell has run again.
            return blocked(state, instance.node, missing)
        token = instance.token or AttemptToken("")
        resumed = StepResumed(path=path, attempt=instance.attempt, token=token)
        return Move((resumed,), launches=(path,))

    def _ask_about_budget(self, state: RunState) -> tuple[AnyEvent, ...]:
        if state.reached is None:
            return ()
        services = self._services
        approval_id = ApprovalId(services.ids.new())
        now = services.clock.now()
        asked = budgeting.question(state, state.reached, approval_id, now, services.values)
        return (asked,)

    def _out_of_time(self, state: RunState, node: NodePath) -> tuple[AnyEvent, ...]:
        reached = out_of_time(state, node, self._services.clock.now())
        return () if reached is None else (reached,)

    def _ask_about_crash(self, instance: Instance) -> ApprovalRequested:
        return ApprovalRequested(
            approval_id=ApprovalId(self._services.ids.new()),
            path=instance.path,
            attempt=instance.attempt,
            subject="crashing",
            prompt=(
                f"Step {instance.path!r} ended its process {instance.interruptions} times without "
                "finishing anything. Try it once more?"
            ),
        )

    def _gave_up(self, instance: Instance) -> StepFailed:
        error = error_info(MnError("it ended its process again and again, and a person stopped it"))
        return StepFailed(path=instance.path, attempt=instance.attempt, error=error, final=True)

    # --- stopping ------------------------------------------------------------------------------

    def cancelled(self, instance: Instance) -> tuple[AnyEvent, ...]:
        """Return what becomes of an attempt when its run is cancelled."""
        interrupted = StepInterrupted(
            path=instance.path, attempt=instance.attempt, because="the run was cancelled"
        )
        return (*doubts(instance, "the run was cancelled"), interrupted)
