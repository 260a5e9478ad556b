"""The life of an execution component under examination: started, asked what it may fail, killed, and started again."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import attrs

from allause.exceptions import AllauseError, OrderDeniedError
from allause.fronts import CrashError
from allause.measurement import SteppingClock
from allause.remote import RemoteComponent
from allause.system import System
from allause.venue import FaultySession
from allause.workflows.desk import Desk
from allause.workflows.scene import Scene, StepFailed


@attrs.define(eq=False)
class Life:
    """Keep the component of a desk going, in another instance after each restart.

    Attributes:
        scene: of the workflow.
        session: that it is given, and whose faults may kill it.
        desk: where its orders are placed.
        wrong: what the host saw go wrong, as in the trial.
        clock_steps: by which its clock jumps; empty for a clock that does not.
        refused: calls that failed, one sentence each.
        crashed: whether it was killed and not restarted yet.
    """

    scene: Scene
    session: FaultySession
    desk: Desk
    wrong: dict[str, list[str]]
    clock_steps: Sequence[float]
    refused: list[str] = attrs.field(factory=list)
    crashed: bool = False
    _system: System = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.session.on_crash(self.kill)
        self._system = System({"execution": self.desk.component}, self.scene.directory(self.desk.prefix))

    def start(self) -> None:
        """Start the instance there is.

        Raises:
            AllauseError: it refuses to start.
        """
        self.scene.calling(self.desk.component, "start")
        clock = SteppingClock(self.clock_steps) if self.clock_steps else None
        self._system.start(seed=self.scene.seed, venue=self.session, clock=clock)

    def attempt(self, method: str, call: Callable[[], object], *, offered: bool = True) -> None:
        """Let the component fail a call: what counts is how things stand in the end."""
        try:
            call()
        except CrashError:
            self.crashed = True
        except OrderDeniedError as error:
            self.refused.append(f"{method}: {error}")
            # later a component may have its reasons, such as a link that is down
            if offered and not self.session.injected():
                self.wrong[""].append(f"an order was denied though nothing had gone wrong yet: {error}")
        except (StepFailed, AllauseError) as error:
            if not self.crashed:
                self.refused.append(f"{method}: {error}")

    def unhurt(self, method: str, call: Callable[[], object]) -> None:
        """Make a call for which no fault is meant."""
        self.session.pause(paused=True)
        self.attempt(method, call)
        self.session.pause(paused=False)

    def kill(self) -> None:
        """Kill the instance; one in this process only counts as killed."""
        self.crashed = True
        if isinstance(self.desk.component, RemoteComponent):
            self.desk.component.kill()

    def restart(self) -> None:
        """Put a new instance on the same directory in the place of the one that was killed."""
        self.crashed = False
        self.session.mend()  # one thing at a time: the fill of a stop may just have cut the link
        try:
            if isinstance(self.desk.component, RemoteComponent):
                self.desk.component.revive()
            else:  # in this process nothing can be killed; an instance that is closed lets its files go
                with suppress(AllauseError):
                    self.desk.component.close()
                self.desk.component = self.scene.watch(self.scene.rebuild("execution", {}))
                self._system.components = {"execution": self.desk.component}
            self.start()
        except AllauseError as error:
            self.refused.append(f"start: {error}")
        self.session.mend()

    def close(self) -> tuple[str, ...]:
        """Close the instance and return a sentence for each way in which that failed."""
        return self._system.close()
