"""Which version of this program it is."""

import os
import sys
from contextlib import suppress

_BEFORE, _AFTER = "copilot-", ".dist-info"


def program_version() -> str:
    """The installed version, by the name of the folder that says so.

    `importlib.metadata` is asked where there is none: it loads the parsers of mail, archives and tables.
    """
    for folder in sys.path:
        with suppress(OSError):
            with os.scandir(folder or ".") as found:
                names = [entry.name for entry in found]
            for name in names:
                if name.startswith(_BEFORE) and name.endswith(_AFTER):
                    return name[len(_BEFORE) : -len(_AFTER)]
    from importlib.metadata import version

    return version("copilot")
