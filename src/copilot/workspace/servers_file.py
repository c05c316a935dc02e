"""The file in which a project names servers for assistants: read, and nothing else."""

from pathlib import Path

from copilot.vocabulary.errors import ToolError
from copilot.workspace.boundary import Boundary

NAME = ".mcp.json"
MOST_BYTES = 256 * 1024


def servers_file(base_dir: Path) -> bytes | None:
    """The bytes of the base directory's `.mcp.json`; None where there is none that can be read.

    A link out of the project, a folder, a pipe and a file that is too large are none.
    """
    if not (base_dir / NAME).is_file():
        return None
    try:
        return Boundary(base_dir).read_bytes(NAME, at_most=MOST_BYTES).data
    except (ToolError, OSError):
        return None
