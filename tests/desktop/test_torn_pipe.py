"""The pipe to a torn-off panel, with real processes and without a display: what is told arrives, whatever
the other side does costs the window nothing, and no process stays."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from gallery import PLAYS

from copilot.desktop.looks import Dress
from copilot.desktop.palette import LIGHT
from copilot.desktop.torn.feed import MOST_WAITING, Feed
from copilot.desktop.torn.folding import folded
from copilot.desktop.torn.messages import (
    Drafted,
    Facts,
    Happened,
    Patched,
    Snapshot,
    Submit,
    ToPanel,
    ToWindow,
    for_panels,
    read_to_panel,
    read_to_window,
)
from copilot.desktop.torn.pipe import Door, PipeEndedError, knock
from copilot.desktop.torn.process import Gone, PanelProcess
from copilot.desktop.torn.wire import WireError, read, write
from copilot.desktop.view_state import ViewState, apply, dismissed
from copilot.vocabulary import commands as c
from copilot.vocabulary.approvals import Decision
from copilot.vocabulary.events import Event, MessageKept, Notice, ProjectChanged, ProjectOpened, TextDelta
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.values import ModelChoice, Project

PATIENCE = 60.0
MODEL = ModelChoice(provider="rehearsal", model="rehearsal")


def long_state(count: int) -> ViewState:
    """A discussion of that many messages."""
    messages = tuple(
        Message(
            id=f"m{n}",
            parent=f"m{n - 1}" if n else None,
            role="user" if n % 2 == 0 else "assistant",
            parts=(Text(text=f"{n}: Why does this fail? " * 8),),
            at=float(n),
        )
        for n in range(count)
    )
    talk = Discussion(messages=messages, branches=(Branch(name="main", tip=f"m{count - 1}"),))
    return apply(ViewState(), ProjectOpened(at=0, worker="w", project=project_of(talk)))


def project_of(talk: Discussion) -> Project:
    return Project(name="shop", base_dir="/shop", discussion=talk)


def piece(text: str) -> TextDelta:
    return TextDelta(at=1, worker="w", turn_id="t", branch="main", text=text)


class Panel:
    """A panel's process, and what was heard of it."""

    def __init__(
        self, name: str, state: ViewState, home: Path, environ: dict[str, str] | None = None
    ) -> None:
        self.heard: queue.Queue[ToWindow | Gone] = queue.Queue()
        self.state = state
        self.feed = Feed(state)
        here = {**os.environ, **(environ or {}), "PYTHONPATH": str(Path(__file__).parent)}
        self.process = PanelProcess(
            name,
            self.feed,
            home=home,
            place=None,
            dress=Dress(palette=LIGHT),
            hear=self.heard.put,
            environ=here,
            module="torn_echo",
        )

    def happened(self, event: Event) -> None:
        self.state = apply(self.state, event)
        self.feed.happened(event, self.state)

    def told(self) -> dict[str, object]:
        """The next thing it says of itself."""
        heard = self.heard.get(timeout=PATIENCE)
        assert isinstance(heard, Drafted), heard
        return json.loads(heard.words)

    def told_until(self, enough: Callable[[dict[str, object]], bool]) -> dict[str, object]:
        while not enough(told := self.told()):
            pass
        return told

    def gone(self) -> Gone:
        """Wait until its process is over."""
        while not isinstance(heard := self.heard.get(timeout=PATIENCE), Gone):
            pass
        return heard


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[Callable[..., Panel]]:
    made: list[Panel] = []

    def make(name: str, state: ViewState | None = None, environ: dict[str, str] | None = None) -> Panel:
        made.append(Panel(name, state or long_state(3), tmp_path, environ))
        return made[-1]

    yield make
    for one in made:
        one.process.kill()
        assert one.process.over.wait(PATIENCE) or one.process.pid is None


# --- values -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(PLAYS))
def test_every_state_and_event_of_the_gallery_goes_through_the_wire(name: str) -> None:
    state = panel_state = ViewState()
    for event in PLAYS[name]().first:
        if isinstance(event, int | float):
            continue
        for message in tell(state, apply(state, event), event):
            again = read_to_panel(write(message))
            assert again == message
            panel_state = folded(panel_state, again)
        state = apply(state, event)
        assert panel_state == state
    assert read(write(state), ViewState) == state


def tell(before: ViewState, after: ViewState, event: Event) -> tuple[ToPanel, ...]:
    """What a feed makes of it."""
    feed = Feed(before)
    feed.take()
    feed.happened(event, after)
    return feed.take()


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\xff", b"null", b"[]", b"{}", b'"Ready"', b'{"type": "Nothing"}', b'{"type": "Ready", "x": 1}',
        b'{"type": "Drafted"}', b'{"type": "Drafted", "words": 5}', b'{"type": ["Ready"]}',
        b'{"type": "Moved", "place": {"type": "Place", "x": true, "y": 0, "width": 1, "height": 1}}',
        b'{"type": "OpenDialog", "name": "approval"}', b"[" * 100_000,
        b'{"type": "Submit", "command": {"type": "Ready"}}',
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(WireError):
        read_to_window(line)


def test_a_panel_gives_no_command_that_ends_the_worker_or_says_what_may_run_unasked() -> None:
    kinds = c.Command.__args__
    refused = {kind.__name__ for kind in kinds if not for_panels(kind)}
    assert {"RunTurn", "Decide", "Shutdown", "CompactBranch"} <= refused
    assert {"ChooseFiles", "ForkBranch", "SwitchBranch", "PreviewRequest", "CancelTurn"}.isdisjoint(refused)
    decide = c.Decide(decision=Decision(request_id="r", decision="approve"))
    for command in (c.Shutdown(), decide):
        with pytest.raises(WireError, match="not a panel's to give"):
            read_to_window(write(Submit(command=command)))
    switch = Submit(command=c.SwitchBranch(request_id="r", name="main"))
    assert read_to_window(write(switch)) == switch


# --- the queue ----------------------------------------------------------------------------------------------


def test_the_queue_joins_pieces_of_text_and_becomes_a_snapshot_when_it_is_too_long() -> None:
    state = long_state(2)
    feed = Feed(state)
    assert feed.take() == (Snapshot(state=state),)
    for _ in range(100):
        feed.happened(piece("ab"), state)
    assert feed.take() == (Happened(event=piece("ab" * 100)),)
    for number in range(MOST_WAITING + 10):
        notice = Notice(at=number, worker="w", level="info", text=str(number))
        state = apply(state, notice)
        feed.happened(notice, state)
    facts = Facts(model=MODEL, draft="", attached=(), keys={"F9": "turn.stop"})
    feed.put(facts, state)
    assert feed.take() == (Snapshot(state=state), facts)


def test_much_text_becomes_a_snapshot_too() -> None:
    state = long_state(2)
    feed = Feed(state)
    feed.take()
    for _ in range(50):
        feed.happened(piece("x" * 100_000), state)
    assert [type(one) for one in feed.take()] == [Snapshot]


def test_a_change_without_an_event_is_told_by_its_fields() -> None:
    state = apply(long_state(2), Notice(at=1, worker="w", level="info", text="read me"))
    feed = Feed(state)
    feed.take()
    after = dismissed(state)
    feed.changed(state, state)
    feed.changed(state, after)
    (patched,) = feed.take()
    assert isinstance(patched, Patched)
    assert patched.names == ("notices",)
    again = read_to_panel(write(patched))
    assert folded(state, again) == after
    assert len(write(patched)) < 5_000


def test_a_changed_project_travels_without_the_messages_that_are_there(tmp_path: Path) -> None:
    state = long_state(500)
    feed = Feed(state)
    feed.take()
    assert state.project is not None
    project = replace(state.project, system_prompt="Be brief.")
    changed = ProjectChanged(at=1, worker="w", request_id="r", project=project)
    after = apply(state, changed)
    feed.happened(changed, after)
    (told,) = feed.take()
    assert len(write(told)) < 3_000
    assert folded(state, read_to_panel(write(told))) == after


# --- real processes -----------------------------------------------------------------------------------------


def test_it_gets_a_snapshot_first_and_then_what_happens(panel: Callable[..., Panel]) -> None:
    one = panel("echo", long_state(10_000))
    assert one.told()["messages"] == 10_000
    message = Message(id="new", parent="m9999", role="user", parts=(Text(text="And now?"),), at=5)
    one.happened(MessageKept(at=5, worker="w", branch="main", message=message))
    assert one.told_until(lambda told: told["message"] == "Happened")["messages"] == 10_001
    one.process.end()
    assert one.gone() == Gone()


def test_its_process_has_no_keys_and_imports_nothing_from_where_the_person_is(
    panel: Callable[..., Panel], tmp_path: Path
) -> None:
    (tmp_path / "copilot").mkdir()
    (tmp_path / "copilot" / "__init__.py").write_text("raise SystemExit('imported from the wrong place')")
    one = panel("env", environ={"ANTHROPIC_API_KEY": "sk-ant-1", "COPILOT_TEST_TOKEN": "x", "LC_ALL": "C"})
    told = one.told()
    names = told["environ"]
    assert isinstance(names, list)
    assert not [name for name in names if "KEY" in name or "TOKEN" in name]
    assert "LC_ALL" in names
    assert len(told["argv"]) == 1  # type: ignore[arg-type]
    assert str(tmp_path) not in told["path"]  # type: ignore[operator]


@pytest.mark.parametrize("name", ["hasty", "quitter"])
def test_one_that_ends_is_told_of(panel: Callable[..., Panel], name: str) -> None:
    assert panel(name).gone() is not None


@pytest.mark.parametrize("name", ["rude", "greedy"])
def test_one_that_says_what_no_panel_says_is_ended(panel: Callable[..., Panel], name: str) -> None:
    one = panel(name)
    assert one.gone().why
    assert one.process.over.wait(PATIENCE)


@pytest.mark.parametrize("name", ["deaf", "stopped"])
def test_one_that_listens_no_more_holds_nothing_up_and_is_ended(
    panel: Callable[..., Panel], name: str
) -> None:
    one = panel(name, long_state(2_000))
    if name == "stopped":
        assert one.heard.get(timeout=PATIENCE) == Drafted(words="now")
    for number in range(3 * MOST_WAITING):
        one.happened(Notice(at=number, worker="w", level="info", text="y" * 200))
    one.process.end()
    assert one.gone() == Gone()


def test_a_killed_one_is_told_of(panel: Callable[..., Panel]) -> None:
    one = panel("echo")
    one.told()
    assert one.process.pid is not None
    os.kill(one.process.pid, signal.SIGKILL)
    assert one.gone() == Gone()


def test_fifty_come_and_go_without_a_process_a_file_or_a_thread_left(
    panel: Callable[..., Panel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets = tmp_path / "t"
    sockets.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(sockets))
    for _ in range(50 if os.environ.get("SOAK") else 5):
        one = panel("echo")
        one.told()
        one.process.end()
        assert one.gone() == Gone()
        with pytest.raises(ProcessLookupError):
            os.kill(one.process.pid or 0, 0)
    assert list(sockets.iterdir()) == []


def test_the_death_of_the_window_ends_it(tmp_path: Path) -> None:
    """The window's process is killed outright; the panel's must follow."""
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from test_torn_pipe import Panel, long_state\n"
        "one = Panel('echo', long_state(5), Path(sys.argv[1]))\n"
        "one.told(); print(one.process.pid, flush=True); time.sleep(600)\n"
    )
    window = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    with window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        window.kill()
    until = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < until:
        if Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] == "Z":
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{pid}/stat").exists()


# --- the door -----------------------------------------------------------------------------------------------


def test_a_stranger_without_the_key_is_turned_away_and_the_panel_let_in() -> None:
    door = Door()
    folder = Path(door.address).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    heard: queue.Queue[bytes] = queue.Queue()

    def window() -> None:
        pipe = door.open()
        for _ in range(2):
            heard.put(pipe.receive())
        pipe.close()

    threading.Thread(target=window, daemon=True).start()
    with pytest.raises(PipeEndedError):
        knock(door.address, b"a guess")
    pipe = knock(door.address, door.key)
    for line in (b"x" * 3_000_000, b""):
        pipe.send(line)
        assert heard.get(timeout=PATIENCE) == line
    with pytest.raises(PipeEndedError):
        pipe.receive()
    assert not folder.exists()


def test_a_door_that_is_shut_waits_no_more() -> None:
    door = Door()
    door.shut()
    with pytest.raises(PipeEndedError):
        door.open()
