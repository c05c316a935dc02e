"""Where a run happens: the one value through which clock, environment and folder come in."""

from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.assembly.keys_vault import NoVault, Vault
from copilot.vocabulary.frozen import field, frozen


@frozen
class Surroundings:
    """Where this run happens. `clock` gives UTC seconds, `new_id` a string that no other call gives.

    `vault` is the system's keyring; where nobody names one, none is touched.
    """

    environ: Mapping[str, str]
    cwd: Path
    platform: str
    clock: Callable[[], float]
    new_id: Callable[[], str]
    vault: Vault = field(default_factory=NoVault)
