"""Where a run happens: the one value through which clock, environment and folder come in."""

from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.vocabulary.frozen import frozen


@frozen
class Surroundings:
    """Where this run happens. `clock` gives UTC seconds, `new_id` a string that no other call gives."""

    environ: Mapping[str, str]
    cwd: Path
    platform: str
    clock: Callable[[], float]
    new_id: Callable[[], str]
