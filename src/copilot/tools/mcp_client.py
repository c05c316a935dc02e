"""One connection to a server of the Model Context Protocol, by the official SDK, on a thread of its own.

The SDK is asynchronous and slow to load: this module is imported when the first server is connected to, and
each connection has its own loop, so that a server which hangs or floods takes no other's turn. What is
public here blocks the calling thread alone, and ends when the caller is cancelled.
"""

import asyncio
import concurrent.futures
import json
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import anyio
import httpx2
import mcp_types as types
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from copilot.tools.mcp_stdio import Heard, process_transport
from copilot.vocabulary.errors import ToolError, TurnCancelledError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.mcp import McpServer, McpTool
from copilot.vocabulary.release import program_version
from copilot.vocabulary.text import clean, visible

T = TypeVar("T")

MOST_PAGES = 20
"""Of a list of tools; a server that has more, or one that never ends its list, is cut there."""
MOST_BODY = 32 * 1024 * 1024
"""Bytes of one response by HTTP."""
MOST_STREAM = 8 * 1024 * 1024
"""Bytes of one that comes as a stream of events, the news before the answer among them."""
MOST_OUTPUT = 100_000
"""Characters of one answer that are handed on."""
POLL_SECONDS = 0.05
CLOSE_SECONDS = 6.0
_NEWS_PAUSE = 1.0
"""Seconds before a stream of news is asked for by HTTP."""
_ENDED_SECONDS = 0.2
"""After which a server that has ended is put away: who waits for an answer hears of it first."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SHOWN_STDERR = 500


@frozen
class Answer:
    """What a call gave, as text. `failed`: the tool says that it could not do it."""

    text: str
    failed: bool


class Connection:
    """Made by `connect`. `lost` says why it can be used no longer; "" while it can."""

    def __init__(self, server: McpServer, cwd: Path, env: Mapping[str, str]) -> None:
        """`server` with its variables filled in; `env` is all that its process sees."""
        self._server = server
        self._heard = Heard(over=self._over)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._opened = asyncio.Event()
        self._client: Client | None = None
        self.lost = ""
        argv = (server.command, *server.args)
        self._transport = (
            _http(server, self._heard) if server.url else process_transport(argv, cwd, env, self._heard)
        )
        self._thread = threading.Thread(target=self._run, name=f"mcp-{server.name}", daemon=True)
        self._thread.start()

    def tools(self, seconds: float, cancelled: Callable[[], bool]) -> tuple[McpTool, ...]:
        """What the server offers now, asked anew. Raises ToolError, TurnCancelledError."""
        return self._asked(self._list, seconds, cancelled, "say which tools it has")

    def call(
        self, tool: str, arguments: dict[str, Any], seconds: float, cancelled: Callable[[], bool]
    ) -> Answer:
        """Call a tool. Raises ToolError where no answer came, TurnCancelledError."""

        async def call() -> Answer:
            client = await self._ready()
            return _answer(await client.call_tool(tool, arguments, read_timeout_seconds=seconds + 5))

        return self._asked(call, seconds, cancelled, f"answer the call of {visible(tool, keep='')}")

    def close(self) -> None:
        """End it; a process is ended with its whole group. May be called twice."""
        self._lose("it was closed")
        self._thread.join(CLOSE_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it can still be used."""
        return not self.lost and self._thread.is_alive()

    def _asked(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        seconds: float,
        cancelled: Callable[[], bool],
        what: str,
    ) -> T:
        if self.lost:
            raise ToolError(self._told(self.lost))
        try:
            future = asyncio.run_coroutine_threadsafe(self._within(work, seconds), self._loop)
        except RuntimeError as error:  # the loop has ended meanwhile
            raise ToolError(self._told("it has ended")) from error
        try:
            while True:
                done, _ = concurrent.futures.wait((future,), POLL_SECONDS)
                if done:
                    return future.result()
                if cancelled():
                    raise TurnCancelledError("the call was stopped")
        except TimeoutError as error:
            why = self._heard.trouble or f"it did not {what} within {seconds:g} s"
            self._lose(why)
            raise ToolError(self._told(why)) from error
        except (ToolError, TurnCancelledError):
            raise
        except BaseException as error:
            why = self._why(error)
            if self._heard.trouble or not isinstance(_first(error), MCPError) or _is_gone(_first(error)):
                self._lose(why)
            raise ToolError(self._told(why)) from error
        finally:
            future.cancel()

    def _lose(self, why: str) -> None:
        """It is of no use any more: its thread ends it, and nobody waits for that."""
        self.lost = self.lost or why
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.call_soon_threadsafe(self._stop.set)

    def _over(self) -> None:
        """Nothing more can come: it ended by itself, or was ended for its trouble."""
        why = self._heard.trouble or "it ended by itself"
        self._loop.call_later(_ENDED_SECONDS, lambda: self._lose(f"{why}{self._stderr()}"))

    async def _within(self, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
        async with asyncio.timeout(seconds):
            return await work()

    async def _ready(self) -> Client:
        """Once it is connected. Raises ToolError where it never will be."""
        await self._opened.wait()
        if self._client is None:
            raise ToolError(self._told(self.lost or "it has ended"))
        return self._client

    async def _list(self) -> tuple[McpTool, ...]:
        client = await self._ready()
        found: list[McpTool] = []
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += [_tool(one) for one in page.tools]
            cursor = page.next_cursor
            if not cursor:
                break
        return tuple(found)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live())
        except BaseException as error:  # the top of the thread: whoever waits is told
            self.lost = self.lost or self._why(error)
        finally:
            self.lost = self.lost or self._heard.trouble or "it has ended"
            self._opened.set()
            self._wind_up()

    async def _live(self) -> None:
        holding = asyncio.create_task(self._hold())
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait((holding, stopping), return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not self._opened.is_set():
            holding.cancel()
        await holding

    async def _hold(self) -> None:
        """The connection's whole life: the SDK wants to enter and to leave in one task."""
        information = types.Implementation(name="copilot", version=program_version())
        async with Client(
            self._transport,
            client_info=information,
            cache=None,
            # a server of the old protocol may leave the new one's first question unanswered
            read_timeout_seconds=self._server.start_seconds / 2,
        ) as client:
            self._client = client
            self._opened.set()
            await self._stop.wait()

    def _wind_up(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        with suppress(BaseException):
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _why(self, error: BaseException) -> str:
        """What went wrong, in words; never with the values of headers or variables."""
        if self._heard.trouble:
            return self._heard.trouble
        first = _first(error)
        if isinstance(first, concurrent.futures.CancelledError | asyncio.CancelledError):
            return self.lost or "it has ended"
        if isinstance(first, FileNotFoundError | PermissionError | NotADirectoryError):
            return f"it cannot be started: {first}"
        said = visible(clean(str(first)), keep="")[:300]
        told = said if isinstance(first, MCPError) else f"{type(first).__name__}: {said}"
        return f"{told}{self._stderr()}"

    def _stderr(self) -> str:
        lines = self._heard.stderr.decode("utf-8", "replace").strip()[-_SHOWN_STDERR:]
        return f"; its last words: {visible(lines, keep='')}" if lines else ""

    def _told(self, why: str) -> str:
        return f"the MCP server {self._server.name}: {why}."


def connect(server: McpServer, cwd: Path, env: Mapping[str, str]) -> Connection:
    """Begin to connect; the first question waits for it. Never raises for what the server does."""
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # a server's faults are told by us, not on a terminal
    logging.getLogger("client").setLevel(logging.CRITICAL)
    return Connection(server, cwd, env)


@asynccontextmanager
async def _http_client(server: McpServer, heard: Heard) -> AsyncGenerator[httpx2.AsyncClient]:
    """Made on the loop. Proxies are for other machines; redirects are the SDK's to judge."""
    loopback = (urlsplit(server.url).hostname or "") in LOOPBACK
    seconds = server.start_seconds

    async def paced(request: httpx2.Request) -> None:
        """Who ends each stream of news at once is not asked for the next one at once."""
        if request.method == "GET":
            await anyio.sleep(_NEWS_PAUSE)

    async def bound(response: httpx2.Response) -> None:
        response.stream = _Bounded(response, heard)
        if response.status_code == 404 and "mcp-session-id" in response.request.headers:
            heard.trouble = heard.trouble or "its session has ended"
            heard.over()

    async with httpx2.AsyncClient(
        headers={**server.headers, "accept-encoding": "identity"},
        timeout=httpx2.Timeout(seconds, read=max(server.call_seconds, seconds) + 5),
        trust_env=not loopback,
        event_hooks={"request": [paced], "response": [bound]},
    ) as client:
        yield client


def _http(server: McpServer, heard: Heard) -> "AbstractAsyncContextManager[Any]":
    @asynccontextmanager
    async def transport() -> AsyncGenerator[Any]:
        async with (
            _http_client(server, heard) as client,
            streamable_http_client(server.url, http_client=client) as streams,
        ):
            yield streams

    return transport()


class _Bounded(httpx2.AsyncByteStream):
    """A body that fails where it becomes too much, or is packed, so that nobody knows how much it is.

    Events are counted, as the news of a process are, with their bytes where nothing was asked (by GET).
    """

    def __init__(self, response: httpx2.Response, heard: Heard) -> None:
        self._stream: Any = response.stream
        self._heard = heard
        self._unasked = response.request.method == "GET"
        self._packed = response.headers.get("content-encoding", "identity").lower() != "identity"
        self._events = response.headers.get("content-type", "").lower().startswith("text/event-stream")
        self._most = MOST_STREAM if self._events else MOST_BODY

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        if self._packed:
            raise httpx2.ReadError("a packed response, which was not asked for")
        left = self._most
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.ReadError(f"a response of more than {self._most:,} bytes")
            if self._events:
                self._count(piece)
            yield piece

    def _count(self, piece: bytes) -> None:
        events = sum(piece.count(end) for end in (b"\n\n", b"\n\r\n", b"\r\r"))
        self._heard.count(len(piece) if self._unasked else 0, events)
        if self._heard.trouble:
            self._heard.over()
            raise httpx2.ReadError(self._heard.trouble)

    async def aclose(self) -> None:
        await self._stream.aclose()


def _tool(one: types.Tool) -> McpTool:
    hints = one.annotations
    return McpTool(
        name=clean(one.name),
        description=clean(one.description or ""),
        schema=json.loads(clean(json.dumps(one.input_schema))),
        read_only=hints.read_only_hint if hints else None,
        destructive=hints.destructive_hint if hints else None,
    )


def _answer(result: types.CallToolResult) -> Answer:
    """The parts of an answer as text, cut where it is too long; what is no text is named."""
    parts = [_part(one) for one in result.content]
    if not parts and result.structured_content is not None:
        parts = [json.dumps(result.structured_content, indent=1, ensure_ascii=False)]
    text = clean("\n".join(parts))
    if len(text) > MOST_OUTPUT:
        text = f"{text[:MOST_OUTPUT]}\n[cut: {len(text) - MOST_OUTPUT:,} more characters]"
    return Answer(text=text, failed=bool(result.is_error))


def _part(one: Any) -> str:
    match one:
        case types.TextContent():
            return one.text
        case types.EmbeddedResource(resource=types.TextResourceContents() as resource):
            return f"[{resource.uri}]\n{resource.text}"
        case types.ResourceLink():
            return f"[a link to {one.uri}]"
        case types.ImageContent() | types.AudioContent():
            return f"[{one.type}, {one.mime_type}: not shown]"
        case _:
            return "[something that is no text: not shown]"


def _first(error: BaseException) -> BaseException:
    """The first error in groups of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _is_gone(error: BaseException) -> bool:
    """Whether the SDK says that the connection is closed."""
    return isinstance(error, MCPError) and error.code == types.CONNECTION_CLOSED
