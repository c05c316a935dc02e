"""The tools a model is offered, in one fixed order, and the one place that calls them."""

import sys
from collections.abc import Iterable, Mapping, Sequence

from copilot.shell.shells import Shell
from copilot.tools import edit, files, run, search, summary
from copilot.tools.context import ToolContext
from copilot.tools.outside import OutsideTool
from copilot.tools.python_command import Machine
from copilot.tools.schema import Tool, refuse_raw, tool, validate
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.messages import Message, ToolCall
from copilot.vocabulary.text import clean, visible, without_keys
from copilot.vocabulary.values import ToolSpec

_SHOWS_A_FILE = ("read_file", "write_file", "edit_file")
_BRIEF = frozenset(("list_directory", "read_file", "get_file_summary"))


class Tools:
    """A set of tools. `specs` is what a provider is told; it never changes."""

    def __init__(self, tools: Sequence[Tool | OutsideTool]) -> None:
        self._tools: Mapping[str, Tool | OutsideTool] = {one.spec.name: one for one in tools}
        self.specs: tuple[ToolSpec, ...] = tuple(one.spec for one in tools)

    def joined_by(self, others: Sequence[OutsideTool]) -> "Tools":
        """These, then others that servers offer; itself where there are none. No name is taken twice."""
        new = [one for one in others if one.spec.name not in self._tools]
        return Tools((*self._tools.values(), *new)) if new else self

    def with_first(self, one: Tool) -> "Tools":
        """These behind another."""
        return Tools((one, *self._tools.values()))

    def with_last(self, one: Tool) -> "Tools":
        """These before another."""
        return Tools((*self._tools.values(), one))

    def only(self, names: Iterable[str]) -> "Tools":
        """Those of these names, in their order here."""
        wanted = frozenset(names)
        return Tools([one for name, one in self._tools.items() if name in wanted])

    def gated(self, name: str) -> bool:
        """True for a tool that changes something; False also for a name that is no tool."""
        return name in self._tools and self._tools[name].gated

    def brief(self, name: str) -> bool:
        """True where a call is over at once, unless somebody is asked: it reads one file or folder."""
        return name in _BRIEF

    def paths_seen(self, messages: Iterable[Message]) -> frozenset[str]:
        """The files that the calls of a discussion read or wrote, by the names the model used."""
        calls = (call for message in messages for call in message.calls if call.name in _SHOWS_A_FILE)
        return frozenset(path for call in calls if isinstance(path := call.arguments.get("path"), str))

    def call(self, call: ToolCall, ctx: ToolContext) -> str:
        """Run one call and give what the model reads. Raises ToolError for all that can be expected."""
        found = self._tools.get(call.name)
        if found is None:
            raise self._unknown(call.name)
        if isinstance(found, OutsideTool):
            refuse_raw(call)
            return without_keys(clean(found.function(ctx, call.arguments)), ctx.keys)
        return without_keys(clean(found.function(ctx, **validate(found, call))), ctx.keys)

    def _unknown(self, name: str) -> ToolError:
        import difflib

        near = difflib.get_close_matches(name[:80], self._tools, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(self._tools)}."
        return ToolError(f"there is no tool '{visible(name, keep='')[:80]}'.", hint)


def default_tools(shell: Shell | None, *, environ: Mapping[str, str], platform: str) -> Tools:
    """The tools of this program. `shell` runs scripts (none: no tool for scripts is offered).

    `environ` is what a child process may see a part of; `platform` is `sys.platform`.
    """
    machine = Machine(environ=environ, platform=platform, python=sys.executable)
    reading = [
        tool(files.list_directory, gated=False),
        tool(files.directory_tree, gated=False),
        tool(files.read_file, gated=False),
        tool(search.search_files, gated=False),
        tool(search.search_text, gated=False),
        tool(summary.get_file_summary, gated=False),
    ]
    changing = [
        tool(edit.write_file, gated=True),
        tool(edit.edit_file, gated=True),
        run.python_tool(machine),
    ]
    if shell is not None:
        changing.append(run.script_tool(shell, machine))
    return Tools((*reading, *changing))
