"""What a save path is to the crash tests: it is played, step by step, and looked at afterwards."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from copilot.vocabulary.errors import CopilotError

T = TypeVar("T")


class Do(Protocol):
    """Does one step. A step with a name is acknowledged when it has returned."""

    def __call__(self, name: str, action: Callable[[], T]) -> T: ...


def nothing(root: Path) -> None:
    """Nothing is there before."""


@dataclass(frozen=True)
class SavePath:
    """`play` saves in a folder, one `Do` for each thing that is acknowledged; `seen` opens it afterwards with
    the program's own code and says what a person finds.

    `states[n]` is what `seen` says after n acknowledged steps; one of `between` may be met, too, where a kill
    falls inside a step, and one of `told` where a step was refused and the person hears of it. `modules` are
    the files of `src/copilot` that write there. What is not `precious` may be lost where a disk refuses it:
    then the first state may stay. With `power` it outlives a power cut, too. `heavy` says that it makes very
    many calls.
    """

    name: str
    modules: tuple[str, ...]
    play: Callable[[Path, Do], None]
    seen: Callable[[Path], object]
    states: tuple[object, ...]
    before: Callable[[Path], None] = nothing
    between: tuple[object, ...] = ()
    told: tuple[object, ...] = ()
    precious: bool = True
    heavy: bool = False
    power: bool = True


class GaveUpError(Exception):
    """A step failed again and again: the program would go on without it."""


class Doing:
    """`Do` in the process that plays: tells what was done and what was refused, and tries again."""

    def __init__(self, tell: Callable[[str], None], tries: int = 1) -> None:
        self._tell, self._tries = tell, tries

    def __call__(self, name: str, action: Callable[[], Any]) -> Any:
        for _ in range(self._tries):
            try:
                result = action()
            except CopilotError as error:
                self._tell(f"refused {error} | {error.hint}")
                continue
            if name:
                self._tell(f"did {name}")
            return result
        raise GaveUpError(name)


class Plain:
    """`Do` that just does it."""

    def __call__(self, name: str, action: Callable[[], Any]) -> Any:
        return action()
