"""Our tools over standard input and output, by the official SDK: what others start `copilot mcp` for."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from copilot.assembly.mcp_serving import Serving
from copilot.vocabulary.release import program_version

Context = Any
"""The SDK's context of a request, of which nothing is used."""

INSTRUCTIONS = """\
Tools of Copilot for one folder, {base_dir}. Reading stays inside it and leaves out what ignore files hide.
Files that may hold secrets are not read, and scripts run only where a rule of the person lets them pass:
nobody is asked here. A refusal says why; do not try it in another way.
"""
_CHANGES = ("run_python_file", "run_powershell", "run_shell")


def serve(serving: Serving) -> None:
    """Answer until the other side closes our standard input."""
    anyio.run(_serve, serving)


async def _serve(serving: Serving) -> None:
    server: Server[Any] = Server(
        "copilot",
        version=program_version(),
        title="Copilot",
        instructions=INSTRUCTIONS.format(base_dir=serving.project.base_dir),
        on_list_tools=partial(_list, serving),
        on_call_tool=partial(_call, serving),
    )
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


async def _list(
    serving: Serving, _context: Context, _params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=spec.name,
                description=spec.description,
                input_schema=dict(spec.parameters),
                annotations=types.ToolAnnotations(
                    read_only_hint=spec.name not in _CHANGES,
                    destructive_hint=spec.name in _CHANGES,
                    open_world_hint=spec.name in _CHANGES,
                ),
            )
            for spec in serving.tools.specs
        ]
    )


async def _call(
    serving: Serving, _context: Context, params: types.CallToolRequestParams
) -> types.CallToolResult:
    """On a thread of its own; where the other side gives the call up, the tool is stopped."""
    stopped = threading.Event()
    work: Callable[[], tuple[str, bool]] = partial(
        serving.call, params.name, params.arguments or {}, stopped.is_set
    )
    try:
        text, failed = await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    finally:
        stopped.set()
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], is_error=failed)
