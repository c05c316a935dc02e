"""Where a run happens: the one value through which clock, environment and folder come in."""

from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.assembly.keys_vault import NoVault, Vault
from copilot.vocabulary.frozen import field, frozen


@frozen
class Walls:
    """What stands around somebody who works here and must not reach the rest of the machine.

    Scripts run confined and without network or not at all, unless the machine's owner lets them run
    `unconfined` where it can confine none. Of the folders `shut` they see nothing but their project. Servers
    that offer tools are programs outside any fence: none is started.
    """

    shut: tuple[Path, ...]
    unconfined: bool = False


@frozen
class Surroundings:
    """Where this run happens. `clock` gives UTC seconds, `new_id` a string that no other call gives.

    `vault` is the system's keyring; where nobody names one, none is touched. `walls`: None for a person on
    their own machine. `window`: one is open here, or may be; what works aside lets it go first.
    """

    environ: Mapping[str, str]
    cwd: Path
    platform: str
    clock: Callable[[], float]
    new_id: Callable[[], str]
    vault: Vault = field(default_factory=NoVault)
    walls: Walls | None = None
    window: bool = True
