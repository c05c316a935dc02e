"""The window on a project of a server: a real `copilot serve` on a Unix socket, in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from driver import Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.serve.client import TOKEN_VARIABLE, Client
from copilot.serve.mirror import Mirror
from copilot.serve.tokens import UsersFile
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import RunTurn
from copilot.vocabulary.events import TurnFinished
from copilot.vocabulary.values import Project

PROGRAM = Path(__file__).with_name("run_remote.py")
SCENARIO = r"""
title = "Afar"

[[rule]]
when = { tool = "run_shell", result_regex = '(?s)stdout:\s*(?P<out>\S*)' }
answer = [{ text = "It printed {{out}}." }]

[[rule]]
when = { asked_regex = '(?s)^RUN (?P<script>.*)' }
answer = [{ call = "run_shell", arguments = { script = "{{script}}" } }]

[[rule]]
answer = [{ text = "You said {{asked}}." }]
"""
CONFIG = """
provider = "compatible"
[providers.compatible]
model = "m"
base_url = "{url}/v1"
"""


class Server:
    """`copilot serve` on the home below `folder`, which can be killed and started again."""

    def __init__(self, folder: Path, url: str) -> None:
        self._home = folder / "served"
        self._home.mkdir()
        (self._home / "config.toml").write_text(CONFIG.format(url=url))
        self.socket = folder / "s"
        self._environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "COPILOT_HOME": str(self._home),
            "COPILOT_COMPATIBLE_API_KEY": "sk-the-owners-own-key-0123456789",
        }
        self.token = UsersFile(self._home / "state" / "serve").add("ada", None, time.time())[0]
        self.start()

    def start(self) -> None:
        """Until it listens."""
        program = [sys.executable, "-P", "-m", "copilot", "serve", "--unconfined"]
        self._process = subprocess.Popen(
            [*program, "--socket", str(self.socket)],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert b"Listening" in self._process.stdout.readline()

    def kill(self) -> None:
        """It has no time to say anything."""
        self._process.kill()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A server whose every answer comes from the scenario."""
    with RehearsalServer(parse_scenario(SCENARIO)) as rehearsal:
        server = Server(folder, rehearsal.url)
        try:
            yield server
        finally:
            with suppress(ValueError):
                server.kill()


class Script:
    """Somebody else at the same project, with the same token."""

    def __init__(self, server: Server) -> None:
        self.client = Client(str(server.socket), server.token)
        self.client.create("work")

    def ask(self, words: str) -> None:
        """One turn, to its end."""
        model = self.client.model()
        assert model is not None
        mirror = Mirror(self.client, "work", "there")
        mirror.start()
        turn = RunTurn(
            turn_id=words.replace(" ", "-"),
            project=Project(name="", base_dir=""),
            branch="main",
            user_message=words,
            model=model,
            policy=ApprovalPolicy(),
        )
        assert mirror.next_event(30) is not None
        mirror.submit(turn)
        while not isinstance(mirror.next_event(30), TurnFinished):
            pass
        mirror.stop()


def approve(window: Window) -> None:
    """With the keyboard; it takes no key for a while after it appeared."""
    window.find(tag="confirm.approve")
    for _ in range(20):
        window.press("a", "alt")
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            if window.maybe(tag="confirm.approve") is None:
                return
            time.sleep(0.05)
    raise AssertionError("the approval took no key")


def once(window: Window, words: str) -> None:
    """The words stand on the screen in one place alone."""
    window.find(words=words)
    assert [item.tag for item in window.items() if item.kind == "mvText" and words in item.words][1:] == []


@pytest.mark.window
def test_a_project_on_a_server_in_a_window(display: str, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        script = Script(server)
        script.ask("earlier")
        command = [sys.executable, str(PROGRAM), str(tmp_path / "home"), str(server.socket), "work"]
        os.environ[TOKEN_VARIABLE] = server.token
        try:
            window = Window.start(
                [*command, str(tmp_path / "out"), "1000", "680"], display, tmp_path / "out", title="work on"
            )
        finally:
            del os.environ[TOKEN_VARIABLE]
        try:
            look(window, server, script)
            window.close()
            assert window.ended() == 0
        finally:
            window.kill()
            script.client.close()
        assert "sk-the-owners" not in (tmp_path / "out" / "stderr").read_text()


def look(window: Window, server: Server, script: Script) -> None:
    """What the person sees and does."""
    window.find(words="You said earlier.")
    window.click(window.find(tag="composer.input"))
    window.type("RUN echo afar")
    window.press("Return", "ctrl")
    window.find(tag="confirm.approve")
    window.find(words="this machine's server")
    approve(window)
    window.find(words="It printed afar.")
    script.ask("from elsewhere")
    window.find(words="You said from elsewhere.")
    window.click(window.find(tag="composer.input"))
    window.type("half of it")
    server.kill()
    window.find(words="no connection")
    window.press("Return", "ctrl")
    window.find(words="Not sent")
    assert "half of it" in window.find(tag="composer.input").words
    server.start()
    window.gone(words="no connection")
    once(window, "You said from elsewhere.")
    window.press("Return", "ctrl")
    window.find(words="You said half of it.")
