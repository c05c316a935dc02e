"""`copilot mcp`: servers in config.toml, their words trusted, and our tools for the official SDK's client."""

import asyncio
import io
import itertools
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from program_runs import at, call, environ, in_terminal, say, serve, turn

from copilot.cli.checks import check_mcp
from copilot.cli.parser import run
from copilot.cli.world import World
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Home
from copilot.record.log_reader import LogReader
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.events import ApprovalResolved, ToolFinished
from copilot.vocabulary.mcp import McpServer
from key_vaults import MemoryVault
from mcp_play import server_of

Ran = tuple[int, str, str]
Copilot = Callable[..., Ran]
KEPT = "# mine\n[caps]\nday_usd = 5  # enough\n"
RULE = '[[policy]]\nname = "greet"\ndecision = "allow"\ncommand = "echo hello"\n'


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "shop"
    base.mkdir()
    return base


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


@pytest.fixture
def copilot(home: Home, base: Path) -> Copilot:
    ids = itertools.count(1)

    def call(*words: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        world = World(
            environ=environ(home.root.parent),
            cwd=base,
            platform=sys.platform,
            stdin=io.StringIO(),
            stdout=out,
            stderr=err,
            clock=lambda: 1_800_000_000.0,
            new_id=lambda: f"id{next(ids):06d}",
            vault=MemoryVault(),
        )
        code = run(["mcp", "--home", str(home.root), *words], world)
        return code, out.getvalue(), err.getvalue()

    return call


def test_a_server_is_added_and_removed_and_the_rest_stays(copilot: Copilot, home: Home) -> None:
    home.config.write_text(KEPT, encoding="utf-8")
    assert copilot("add", "files", "--env", "A=${B:-c}", "--", "npx", "-y", "server", ".")[0] == 0
    added = ("add", "web", "--url", "https://example.org/mcp", "--header", "Authorization=Bearer ${T}")
    assert copilot(*added)[0] == 0
    settings, notices = load_settings(home)
    assert notices == ()
    assert settings.servers == (
        McpServer(name="files", command="npx", args=("-y", "server", "."), env={"A": "${B:-c}"}),
        McpServer(name="web", url="https://example.org/mcp", headers={"Authorization": "Bearer ${T}"}),
    )
    code, out, _ = copilot("list")
    assert code == 0
    first, second = out.splitlines()
    assert first == "files  npx -y server .  its words not trusted yet: copilot mcp trust files"
    assert second.startswith("web  https://example.org/mcp  ")
    assert copilot("add", "web", "--url", "https://other.example")[0] == 1
    assert copilot("remove", "files")[0] == 0
    assert copilot("remove", "web")[0] == 0
    assert home.config.read_text(encoding="utf-8").startswith(KEPT)
    assert load_settings(home)[0].servers == ()
    assert copilot("remove", "web")[0] == 1


def test_the_doctor_names_the_servers_and_the_sdk() -> None:
    assert check_mcp(Settings()) == []
    (check,) = check_mcp(Settings(servers=(McpServer(name="web", url="https://example.org"),)))
    assert (check.state, check.name) == ("ok", "MCP servers")
    assert check.text == f"web, by the MCP SDK {version('mcp')}"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "x"), "either a command"),
        (("add", "x", "--url", "ftp://x"), "no address of the web"),
        (("add", "a__b", "--url", "https://x"), "single underscores"),
        (("add", "long__name", "--url", "https://x"), "single underscores"),
        (("add", "x", "--url", "https://x", "--header", "no"), "--header no has no ="),
        (("test",), "test takes the name"),
        (("list", "x"), "list takes no name"),
        (("test", "x"), "there is no server x"),
    ],
)
def test_what_makes_no_sense_is_said(copilot: Copilot, words: tuple[str, ...], told: str) -> None:
    code, _, err = copilot(*words)
    assert code == 2
    assert told in err


def test_a_wrong_server_is_left_out_and_its_place_named(home: Home) -> None:
    home.config.write_text(
        '[mcp_servers.a]\ncommand = "x"\nurl = "https://y"\n[mcp_servers.b]\ncommand = "z"\n'
    )
    settings, (notice,) = load_settings(home)
    assert [one.name for one in settings.servers] == ["b"]
    assert "line 1" in notice
    assert "either a command that starts it or the url" in notice


def test_what_a_server_says_is_shown_and_trusted(copilot: Copilot, tmp_path: Path, home: Home) -> None:
    server = server_of(tmp_path, "one", "TOOLS[0]['description'] = 'Hidden: \\u200b.'")
    assert copilot("add", "one", "--", server.command, *server.args)[0] == 0
    code, out, _ = copilot("test", "one")
    assert code == 0
    assert "not used: not trusted yet" in out
    assert "Hidden: \\u{200b}." in out
    assert "characters that do not show stand in it" in out
    assert copilot("trust", "one")[0] == 0
    assert "trusted" in copilot("test", "one")[1].splitlines()[0]
    assert copilot("list")[1].endswith("  its words trusted\n")
    (kept,) = json.loads((home.state / "trust.json").read_text(encoding="utf-8"))["answers"]
    assert (kept["kind"], kept["name"], kept["base_dir"]) == ("tools", "one", "")


def test_the_official_client_reads_and_runs_what_rules_let_pass(
    tmp_path: Path, home: Home, base: Path
) -> None:
    (base / "a.py").write_text("def price() -> int:\n    return 3\n", encoding="utf-8")
    (base / ".env").write_text("TOKEN=abc\n", encoding="utf-8")
    home.config.write_text(RULE, encoding="utf-8")
    words = ["-m", "copilot", "mcp", "serve", "--home", str(home.root), "--base-dir", str(base)]
    parameters = StdioServerParameters(command=sys.executable, args=words, env=environ(tmp_path))

    async def talk() -> tuple[list[Any], dict[str, tuple[bool, str]]]:
        said: dict[str, tuple[bool, str]] = {}
        async with Client(parameters, read_timeout_seconds=60) as client:
            tools = (await client.list_tools()).tools
            for name, arguments in (
                ("read_file", {"path": "a.py"}),
                ("search_text", {"pattern": "price"}),
                ("get_context", {}),
                ("run_shell", {"script": "echo hello"}),
                ("run_shell", {"script": "touch made"}),
                ("read_file", {"path": ".env"}),
                ("read_file", {"path": "../home/config.toml"}),
                ("write_file", {"path": "b", "content": ""}),
            ):
                result = await client.call_tool(name, arguments)
                key = f"{name} {' '.join(map(str, arguments.values()))}".strip()
                said[key] = bool(result.is_error), result.content[0].text  # type: ignore[union-attr]
        return tools, said

    tools, said = asyncio.run(talk())
    hints = {one.name: one.annotations.read_only_hint for one in tools}
    assert hints["read_file"] is True
    assert hints["run_shell"] is False
    assert "write_file" not in hints
    assert said["read_file a.py"] == (False, "def price() -> int:\n    return 3\n")
    assert "a.py" in said["search_text price"][1]
    assert said["get_context"] == (False, "# Files\n\nNo files were chosen; use the reading tools.\n")
    ran, told = said["run_shell echo hello"]
    assert ("hello" in told and not ran) or "not be confined" in told
    failed, told = said["run_shell touch made"]
    assert failed
    assert "nobody is there to ask" in told or "not be confined" in told
    assert not (base / "made").exists()
    assert said["read_file .env"][0]
    assert "abc" not in said["read_file .env"][1]
    assert said["read_file ../home/config.toml"][0]
    assert said["write_file b"][0]

    (log,) = home.logs.glob("comms_*.log")
    with LogReader(home.logs, log.stem.removeprefix("comms_"), home.state) as reader:
        events = [decode_event(one.body) for one in reader.records() if one.kind == "event"]
        assert reader.end() is None
    assert sum(isinstance(one, ToolFinished) for one in events) == 8
    assert {one.by for one in events if isinstance(one, ApprovalResolved)} >= {"nobody"}


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
def test_a_signal_ends_it_whoever_it_waits_for(tmp_path: Path, home: Home, base: Path) -> None:
    words = ["-m", "copilot", "mcp", "serve", "--home", str(home.root), "--base-dir", str(base)]
    asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    first = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": asked}
    argv = [sys.executable, *words]
    with subprocess.Popen(argv, stdin=-1, stdout=-1, env=environ(tmp_path), text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        print(json.dumps(first), file=running.stdin, flush=True)
        assert '"serverInfo"' in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 130
    (log,) = home.logs.glob("comms_*.log")
    assert "WorkerStopped" in log.read_text(encoding="utf-8")


def test_a_person_in_a_terminal_trusts_a_projects_server_its_words_and_a_call(
    tmp_path: Path, base: Path
) -> None:
    env = environ(tmp_path, ANTHROPIC_API_KEY="sk-ant-rehearsed", NO_COLOR="1")
    one = server_of(tmp_path, "one")
    told = {"mcpServers": {"one": {"command": one.command, "args": list(one.args)}}}
    (base / ".mcp.json").write_text(json.dumps(told), encoding="utf-8")
    server = serve(turn(call("mcp__one__echo", a=1), say("Echoed.")))
    try:
        with in_terminal("ask", *at(server), "Go.", env=env, cwd=base) as tty:
            seen = tty.until("(Enter: not now): ")
            assert "one starts a program with your rights, not confined" in seen
            tty.type("y\n")
            seen = tty.until("(Enter: not now): ")
            assert "mcp__one__echo: nothing about what it changes" in seen
            assert "Says it again." in seen
            tty.type("y\n")
            seen = tty.until("Call this tool of the MCP server one?")
            assert "Says it again." in seen
            assert '"a": 1' in seen
            tty.until("(Enter rejects): ")
            tty.type("a\n")
            tty.until("Echoed.")
            assert tty.end() == 0
        assert "mcp__one__echo" in str(server.requests[-1].body)
    finally:
        server.stop()
