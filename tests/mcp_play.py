"""Small servers of the Model Context Protocol for tests: one by the official SDK, others by hand.

Those by hand speak the protocol of 2025 in a few lines: they start at once and can misbehave as they like.
"""

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from copilot.vocabulary.mcp import McpServer

ENVIRON = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}

SDK = """
import os
from mcp.server import MCPServer
from mcp_types import ToolAnnotations

server = MCPServer("small", log_level="ERROR")

@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int) -> str:
    "Add two numbers."
    return str(a + b)

@server.tool()
def seen(name: str) -> str:
    "What the server sees of its environment."
    return os.environ.get(name, "nothing")

@server.tool()
def fails() -> str:
    "Fails."
    raise ValueError("no")

server.run()
"""

BY_HAND = """
import json, os, subprocess, sys, time
from pathlib import Path

TOOLS = [{"name": "echo", "description": "Says it again.", "inputSchema": {"type": "object"}}]

def say(message):
    sys.stdout.write(json.dumps(message) + "\\n")
    sys.stdout.flush()

def listed():
    return TOOLS

def called(name, arguments):
    return json.dumps([name, arguments])

@HOW@

for line in sys.stdin:
    asked = json.loads(line)
    number, method = asked.get("id"), asked["method"]
    if number is None:
        continue
    if method == "initialize":
        result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                  "serverInfo": {"name": "by hand", "version": "1"}}
    elif method == "tools/list":
        result = {"tools": listed()}
    elif method == "tools/call":
        text = called(asked["params"]["name"], asked["params"].get("arguments"))
        result = {"content": [{"type": "text", "text": text}]}
    else:
        say({"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "no such method"}})
        continue
    say({"jsonrpc": "2.0", "id": number, "result": result})
"""


def server_of(folder: Path, name: str, how: str = "", **told: object) -> McpServer:
    """A server by hand, kept in `folder`; `how` is code that changes what it does."""
    file = folder / f"{name}_server.py"
    file.write_text(BY_HAND.replace("@HOW@", how), encoding="utf-8")
    return McpServer(name=name, command=sys.executable, args=("-S", str(file)), **told)  # type: ignore[arg-type]


def sdk_server(folder: Path, name: str = "small", **told: object) -> McpServer:
    """The one by the SDK."""
    file = folder / f"{name}_sdk_server.py"
    file.write_text(SDK, encoding="utf-8")
    return McpServer(name=name, command=sys.executable, args=(str(file),), start_seconds=60, **told)  # type: ignore[arg-type]


class WebServer:
    """A server by HTTP on loopback, each answer in one JSON body; `headers` are the last it saw.

    `more` headers go with each answer. Once it `forgot`, it knows no session any more.
    """

    def __init__(self, answer: str = "hello") -> None:
        self.answer = answer
        self.more: dict[str, str] = {}
        self.forgot = False
        self.headers: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/mcp"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()

    def result(self, method: str) -> dict[str, object] | None:
        """What a request is answered with; None: no such method."""
        match method:
            case "initialize":
                information = {"name": "web", "version": "1"}
                return {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": information}
            case "tools/list":
                return {"tools": [{"name": "say", "inputSchema": {"type": "object"}}]}
            case "tools/call":
                return {"content": [{"type": "text", "text": self.answer}]}
            case _:
                return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                web.headers = dict(self.headers)
                if web.forgot and "mcp-session-id" in self.headers:
                    self._send(404, b"")
                    return
                if "id" not in asked:
                    self._send(202, b"")
                    return
                result = web.result(asked["method"])
                error = {"error": {"code": -32601, "message": "no such method"}}
                told = {"jsonrpc": "2.0", "id": asked["id"], **({"result": result} if result else error)}
                self._send(200, json.dumps(told).encode())

            def do_GET(self) -> None:
                self._send(405, b"")

            do_DELETE = do_GET

            def _send(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in web.more.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing to a terminal."""

        return Handler
