"""The session's two logs, out of which every key is taken."""

from datetime import UTC, datetime

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.record.session_logger import SessionLogger
from copilot.storage.redaction import Redactor


def session_log(around: Surroundings, home: Home, keys: HeldKeys, settings: Settings) -> SessionLogger:
    """Opened for a new session. Keys that are entered later are taken out too."""
    redactor = Redactor(keys)
    keys.tell(redactor.learn)
    session = _session_name(around.clock(), around.new_id())
    size = settings.log.part_mb * 1_000_000
    return SessionLogger(home.logs, session, redactor, around.clock, state=home.state, part_bytes=size)


def _session_name(now: float, unique: str) -> str:
    """When the session began (UTC), and a few characters that no other session of that second has."""
    return f"{datetime.fromtimestamp(now, UTC):%Y%m%d_%H%M%S}_{unique[:4]}"
