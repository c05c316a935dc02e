"""The outline of one file."""

from copilot.context.summarize import summarize
from copilot.tools.context import ToolContext
from copilot.tools.files import FilePath
from copilot.tools.opened import read_allowed


def get_file_summary(ctx: ToolContext, *, path: FilePath) -> str:
    """Outline a file without reading all of it: a Python file's definitions, the head of another one."""
    found = read_allowed(ctx, path)
    return summarize(found.path, found.data)
