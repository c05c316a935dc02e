"""Connections to real servers: by the official SDK, and by hand where they misbehave."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from copilot.tools.mcp_client import MOST_BODY, MOST_OUTPUT, Answer, Connection, connect
from copilot.vocabulary.errors import ToolError, TurnCancelledError
from copilot.vocabulary.mcp import McpServer
from mcp_play import ENVIRON, WebServer, sdk_server, server_of

SECONDS = 60.0
SLEEP = "def called(name, arguments):\n    time.sleep(600)"


def never() -> bool:
    return False


@contextmanager
def connected(server: McpServer, folder: Path) -> Iterator[Connection]:
    with closing(connect(server, folder, ENVIRON)) as connection:
        yield connection


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_a_server_of_the_sdk_tells_its_tools_and_answers(tmp_path: Path) -> None:
    with connected(sdk_server(tmp_path), tmp_path) as one:
        add, seen, fails = one.tools(SECONDS, never)
        assert (add.name, add.description, add.read_only) == ("add", "Add two numbers.", True)
        assert seen.read_only is None
        assert one.call("add", {"a": 2, "b": 3}, SECONDS, never) == Answer(text="5", failed=False)
        assert one.call("seen", {"name": "COPILOT_TEST_SECRET"}, SECONDS, never).text == "nothing"
        assert one.call(fails.name, {}, SECONDS, never).failed
        assert one.alive


def test_one_by_hand_speaks_the_older_protocol(tmp_path: Path) -> None:
    with connected(server_of(tmp_path, "old"), tmp_path) as one:
        assert [tool.name for tool in one.tools(SECONDS, never)] == ["echo"]
        assert one.call("echo", {"a": 1}, SECONDS, never).text == '["echo", {"a": 1}]'


def test_a_call_that_takes_too_long_ends_the_server_with_its_children(tmp_path: Path) -> None:
    how = (
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"Path({str(tmp_path / 'pids')!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        "def called(name, arguments):\n"
        "    time.sleep(600)"
    )
    with connected(server_of(tmp_path, "slow", how), tmp_path) as one:
        one.tools(SECONDS, never)
        with pytest.raises(ToolError, match=r"did not answer the call of echo within 0\.4 s"):
            one.call("echo", {}, 0.4, never)
        assert not one.alive
        with pytest.raises(ToolError, match="did not answer"):
            one.call("echo", {}, SECONDS, never)
    assert all(gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


def test_a_call_can_be_stopped_and_the_server_stays(tmp_path: Path) -> None:
    how = "def called(name, arguments):\n    time.sleep(0.5)\n    return 'late'"
    with connected(server_of(tmp_path, "slow", how), tmp_path) as one:
        one.tools(SECONDS, never)
        until = time.monotonic() + 0.1
        with pytest.raises(TurnCancelledError):
            one.call("echo", {}, SECONDS, lambda: time.monotonic() > until)
        assert one.call("echo", {}, SECONDS, never).text == "late"


def test_a_program_that_is_not_there_says_so(tmp_path: Path) -> None:
    with (
        connected(McpServer(name="none", command="no-such-program"), tmp_path) as one,
        pytest.raises(ToolError, match="MCP server none: it cannot be started: there is no program"),
    ):
        one.tools(SECONDS, never)


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    how = "sys.exit('no database')"
    with (
        connected(server_of(tmp_path, "dead", how), tmp_path) as one,
        pytest.raises(ToolError, match=r"MCP server dead: .*no database"),
    ):
        one.tools(SECONDS, never)


ANSWERS = '{\\"jsonrpc\\": \\"2.0\\", \\"id\\": 99, \\"result\\": {}}\\n'
LATER = {
    "answers": f"while True:\n        sys.stdout.write('{ANSWERS}' * 500)",
    "blanks": "while True:\n        sys.stdout.write('  \\n' * 5_000)",
    "child": "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n    os._exit(3)",
}


@pytest.mark.parametrize("what", LATER)
def test_one_that_floods_or_ends_while_nobody_asks_is_put_away(tmp_path: Path, what: str) -> None:
    how = f"import threading\ndef later():\n    time.sleep(0.1)\n    {LATER[what]}\n"
    how += "def listed():\n    threading.Thread(target=later, daemon=True).start()\n    return TOOLS"
    with connected(server_of(tmp_path, what, how), tmp_path) as one:
        one.tools(SECONDS, never)
        give_up = time.monotonic() + SECONDS
        while one.alive:
            assert time.monotonic() < give_up
            time.sleep(0.01)
        assert ("it ended by itself" if what == "child" else "it floods") in one.lost


@pytest.fixture
def web() -> Iterator[WebServer]:
    with closing(WebServer()) as server:
        yield server


def test_a_server_by_http_is_sent_its_headers_whatever_proxy_there_is(
    tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server = McpServer(name="web", url=web.url, headers={"Authorization": "Bearer abc"})
    with connected(server, tmp_path) as one:
        assert [tool.name for tool in one.tools(SECONDS, never)] == ["say"]
        assert one.call("say", {}, SECONDS, never).text == "hello"
    assert web.headers["Authorization"] == "Bearer abc"


def test_an_answer_is_cut_and_a_body_that_is_too_large_refused(tmp_path: Path, web: WebServer) -> None:
    with connected(McpServer(name="web", url=web.url), tmp_path) as one:
        web.answer = "x" * (MOST_OUTPUT + 7)
        said = one.call("say", {}, SECONDS, never).text
        assert said == f"{'x' * MOST_OUTPUT}\n[cut: 7 more characters]"
        web.answer = "x" * MOST_BODY
        with pytest.raises(ToolError, match="MCP server web"):
            one.call("say", {}, SECONDS, never)


def test_what_is_packed_is_refused_and_a_session_that_ended_is_begun_anew(
    tmp_path: Path, web: WebServer
) -> None:
    web.more = {"mcp-session-id": "one"}
    with connected(McpServer(name="web", url=web.url), tmp_path) as one:
        one.tools(SECONDS, never)
        assert web.headers["accept-encoding"] == "identity"
        web.forgot = True
        with pytest.raises(ToolError, match="its session has ended"):
            one.call("say", {}, SECONDS, never)
        assert not one.alive
    web.more = {"content-encoding": "gzip"}
    with connected(McpServer(name="web", url=web.url), tmp_path) as one, pytest.raises(ToolError):
        one.tools(SECONDS, never)


def test_nobody_at_the_address_is_told(tmp_path: Path) -> None:
    with (
        connected(McpServer(name="web", url="http://127.0.0.1:9/mcp"), tmp_path) as one,
        pytest.raises(ToolError, match="MCP server web: ConnectError"),
    ):
        one.tools(SECONDS, never)
