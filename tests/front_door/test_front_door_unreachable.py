"""The fault matrix, where no service is there to misbehave: names, connections, proxies, certificates.

A line of the test's own stands between the desk and the rehearsal. It breaks before the turn, or once the
first round has asked for a tool, and is mended after the turn. The rows of what a service itself does are in
test_front_door_faults.py.
"""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from broken_line import TLS, Line

from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy, Decision
from copilot.vocabulary.commands import Decide
from copilot.vocabulary.events import (
    ApprovalRequested,
    RetryScheduled,
    TextDelta,
    ToolStarted,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
)
from copilot.vocabulary.values import Limits

ENDS = (TurnFinished, TurnCancelled, TurnFailed)
PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
PLACES = ("first round", "after a tool")
LIMITS = Limits(attempts=3, longest_wait_seconds=0.1)
NOWHERE = "255.255.255.255"
"""An address to which Linux finds no way: nothing leaves the machine."""

SCENARIO = """
[[rule]]
when = { asked = "with a tool", round = 1 }
answer = [{ call = "write_file", arguments = { path = "ran.txt", content = "once" } }]
[[rule]]
answer = [{ text = "Here I am." }]
"""


@dataclass(slots=True)
class Names:
    """What the machine's resolver knows of `service.invalid`: its address; none where it has no answer."""

    address: str = "127.0.0.1"

    def look_up(self, host: str, *more: Any, **named: Any) -> Any:
        """In place of `socket.getaddrinfo`. That something is no address is the system's own error."""
        if host == "service.invalid":
            if not self.address:
                named["flags"] = socket.AI_NUMERICHOST
            host = self.address or host
        return LOOK_UP(host, *more, **named)


LOOK_UP = socket.getaddrinfo


@dataclass(frozen=True, kw_only=True)
class Row:
    """A way to the service, how it breaks, and what must be said of that, after so many attempts.

    The environment trusts the certificates `trusted`, and the one that the line begins with.
    """

    breaks: Callable[[Line, Names], None]
    words: str
    hint: str
    attempts: int = 1
    url: str = "https://127.0.0.1:{port}"
    proxy: bool = False
    certificate: str = ""
    trusted: str = ""


def shows(certificate: str) -> Callable[[Line, Names], None]:
    return lambda line, names: line.behave(certificate=certificate)


def resolves(address: str) -> Callable[[Line, Names], None]:
    def breaks(line: Line, names: Names) -> None:
        names.address = address
        line.behave()

    return breaks


def refuses(line: Line, names: Names) -> None:
    line.behave(fault="refuse")


def wants_login(line: Line, names: Names) -> None:
    line.behave(fault="login")


ROWS: dict[str, Row] = {
    "refused": Row(
        url="http://127.0.0.1:{port}",
        breaks=refuses,
        words="could not connect",
        hint="Is the server running",
        attempts=3,
    ),
    "no such name": Row(
        url="http://service.invalid:{port}",
        breaks=resolves(""),
        words="the host's name could not be found (DNS)",
        hint="the base URL's host name",
        attempts=3,
    ),
    "no route": Row(
        url="http://service.invalid:{port}",
        breaks=resolves(NOWHERE),
        words="could not connect",
        hint="Check the network",
        attempts=3,
    ),
    "proxy wants a login": Row(
        url="https://elsewhere.example",
        proxy=True,
        certificate="elsewhere",
        breaks=wants_login,
        words="the proxy refused: 407",
        hint="HTTPS_PROXY=http://name:password@host:port",
    ),
    "proxy is gone": Row(
        url="https://elsewhere.example",
        proxy=True,
        certificate="elsewhere",
        breaks=refuses,
        words="could not connect to the proxy 127.0.0.1:",
        hint="HTTPS_PROXY",
        attempts=3,
    ),
    "expired": Row(
        certificate="here",
        trusted="expired",
        breaks=shows("expired"),
        words="certificate has expired",
        hint="Check this machine's clock first",
    ),
    "not yet valid": Row(
        certificate="here",
        trusted="early",
        breaks=shows("early"),
        words="certificate is not yet valid",
        hint="Check this machine's clock first",
    ),
    "another host's": Row(
        certificate="here",
        trusted="elsewhere",
        breaks=shows("elsewhere"),
        words="mismatch",
        hint="Check the host in the base URL",
    ),
    "of nobody known": Row(
        certificate="here",
        breaks=shows("elsewhere"),
        words="self-signed certificate",
        hint="SSL_CERT_FILE",
    ),
}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    known = Names()
    monkeypatch.setattr(socket, "getaddrinfo", known.look_up)
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
    return known


Reach = Callable[[str, Row], tuple[Any, Line]]


@pytest.fixture
def reach(sit: Any, names: Names, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reach]:
    """Opens a sitting whose service is reached by the line of a row."""
    with ExitStack() as lines:

        def opener(provider: str, row: Row) -> tuple[Any, Line]:
            sitting = sit(provider, parse_scenario(SCENARIO))
            target = int(sitting.server.url.rpartition(":")[2])
            line = lines.enter_context(Line(target, certificate=row.certificate, proxy=row.proxy))
            if row.certificate:
                trusted = tmp_path / "trusted.pem"
                shown = (row.certificate, row.trusted) if row.trusted else (row.certificate,)
                trusted.write_text("".join((TLS / f"{name}.pem").read_text() for name in shown))
                monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
            if row.proxy:
                monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{line.port}")
            suffix = "/v1" if provider in ("openai", "compatible") else ""
            url = row.url.format(port=line.port) + suffix
            sitting.desk.model = replace(sitting.desk.model, base_url=url)
            store = sitting.desk.store
            store.change(replace(store.project, limits=LIMITS))
            return sitting, line

        yield opener


def approval(event: ApprovalRequested) -> Decision:
    return Decision(request_id=event.request_id, decision="approve")


def of(sitting: Any, *kinds: type) -> list:
    return [event for event in sitting.events if isinstance(event, kinds)]


def posted(sitting: Any) -> list:
    return [request for request in sitting.server.requests if request.method == "POST"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", ROWS)
def test_what_comes_of_a_line_that_breaks(
    name: str, provider: str, place: str, reach: Reach, names: Names
) -> None:
    if name == "no route" and sys.platform != "linux":
        pytest.skip("other systems may try to reach it")
    row = ROWS[name]
    sitting, line = reach(provider, row)
    message = "begin with a tool" if place == "after a tool" else "begin"

    def approves(event: ApprovalRequested) -> Decision:
        row.breaks(line, names)  # the answer that asks for the tool is there; its result is not sent yet
        return approval(event)

    if place == "first round":
        row.breaks(line, names)
    end = sitting.turn(message, approves)
    assert isinstance(end, TurnFailed), end
    assert end.kind == "network", end
    assert row.words in end.message
    assert provider in end.message
    assert row.hint in end.hint
    assert len(of(sitting, RetryScheduled)) == row.attempts - 1
    assert len(posted(sitting)) == (place == "after a tool")
    check_kept(sitting, message, place)
    names.address = "127.0.0.1"
    line.behave(certificate=row.certificate)
    check_it_goes_on(sitting)


def check_kept(sitting: Any, message: str, place: str) -> None:
    """The person's message, and the tool's one run."""
    path = sitting.project.discussion.path("main")
    assert (path[0].role, path[0].text) == ("user", message)
    assert not any(part.partial for part in path)
    ran = [event.name for event in of(sitting, ToolStarted)]
    assert ran == (["write_file"] if place == "after a tool" else [])
    if place == "after a tool":
        assert (sitting.base_dir / "ran.txt").read_text() == "once"


def check_it_goes_on(sitting: Any) -> None:
    """One end for each turn; the history is one that the service takes."""
    again = sitting.turn("and now?", policy=ApprovalPolicy(mode="all"))
    assert isinstance(again, TurnFinished), again
    assert again.text == "Here I am."
    assert [f for f in sitting.server.failures if f.status] == []
    assert len(of(sitting, *ENDS)) == 2


LATE = Row(url="http://127.0.0.1:{port}", breaks=refuses, words="", hint="")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_that_comes_after_a_stop_is_nobodys(provider: str, place: str, reach: Reach) -> None:
    sitting, line = reach(provider, LATE)
    message = "begin with a tool" if place == "after a tool" else "begin"

    if place == "first round":
        line.behave(fault="hold")
    turn_id = sitting.start(message, ApprovalPolicy())
    if place == "after a tool":
        asked = sitting.until(ApprovalRequested)
        assert isinstance(asked, ApprovalRequested)
        line.behave(fault="hold")
        sitting.desk.worker.submit(Decide(decision=approval(asked)))
        sitting.until(ToolStarted)
    assert line.held.wait(30)
    sitting.stop(turn_id)
    assert isinstance(sitting.until(*ENDS), TurnCancelled)
    check_kept(sitting, message, place)
    line.release.set()
    assert line.late.wait(30)
    check_it_goes_on(sitting)
    assert [event.text for event in of(sitting, TextDelta)] == ["Here I am."]
