"""The plays by name: what `run_window.py` can show."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace

from branch_plays import paths
from discussion_plays import Changer, many, reading
from hunk_plays import hunks
from listings import SHOP_CHOICE, Lister
from plays import AT, Play, Stage, built, details, opened, project, script_detail
from previews import Previewer
from spending_plays import spending
from typing_plays import Typist
from waiting_plays import killed, waiting

from copilot.vocabulary import events as e
from copilot.vocabulary.commands import CancelTurn, Command, RunTurn, Shutdown
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, Thinking, ToolCall, ToolResult
from copilot.vocabulary.values import FileChoice, Limits, ModelChoice, Usage

ANSWER = """The tests fail in **`evaluate`**: subtraction takes its operands in the wrong order.

## What I found

1. `tokens.py` splits the input correctly.
2. `evaluate.py` pops `right` before `left`, but then computes `right - left`.
3. Nine of ten tests do not notice, because addition does not care about *order*.

| test | expected | got |
|---|---|---|
| `test_subtract` | 4 | -4 |
| `test_nested` | 10 | 2 |

```python
def apply(operator: str, left: Number, right: Number) -> Number:
    \"\"\"The value of `left operator right`.\"\"\"
    if operator == "-":
        return left - right  # was: right - left
    return OPERATORS[operator](left, right)
```

> The fix is one line. I propose it as a script, so that you see exactly what changes.
"""


def _tour() -> Play:
    """A discussion in full swing, waiting for an approval."""
    messages = (
        Message(
            id="m1",
            parent=None,
            role="user",
            parts=(
                Text(text="Subtraction gives the wrong sign. Please find out why, fix it and run the tests."),
            ),
            at=AT,
        ),
        Message(
            id="m2",
            parent="m1",
            role="assistant",
            parts=(
                Thinking(text="I should look at the files before I guess."),
                Text(text="I will look at the project first."),
                ToolCall(call_id="c1", name="list_directory", arguments={"path": "."}),
                ToolCall(call_id="c2", name="read_file", arguments={"path": "calculator/evaluate.py"}),
                ToolCall(
                    call_id="c3",
                    name="search_text",
                    arguments={"pattern": "right - left", "path": "calculator"},
                ),
            ),
            at=AT + 2,
            model="rehearsed-1",
        ),
        Message(
            id="m3",
            parent="m2",
            role="tool",
            parts=(
                ToolResult(
                    call_id="c1", name="list_directory", output="calculator/ dir\ntests/ dir\nREADME.md 812"
                ),
                ToolResult(
                    call_id="c2", name="read_file", output="def apply(operator, left, right):\n    ..."
                ),
                ToolResult(
                    call_id="c3", name="search_text", output="calculator/evaluate.py:41: return right - left"
                ),
            ),
            at=AT + 3,
        ),
        Message(
            id="m4", parent="m3", role="assistant", parts=(Text(text=ANSWER),), at=AT + 9, model="rehearsed-1"
        ),
    )
    stage = Stage(script_detail())
    value = project(discussion=Discussion(messages=messages, branches=(Branch(name="main", tip="m4"),)))
    play = replace(stage.play(discussion=value.discussion))
    usage = tuple(
        e.UsageReported(
            at=AT + n,
            worker="w",
            turn_id="old",
            branch="main",
            round=n + 1,
            usage=Usage(
                input_tokens=3_000 + 900 * n, output_tokens=200 + 90 * (n % 4), cache_read_tokens=800 * n
            ),
            seconds=1.4,
        )
        for n in range(9)
    )
    return replace(play, first=(*play.first, *usage))


def _failed() -> Play:
    """A turn that failed, and a note."""
    play = _tour()
    failed = e.TurnFailed(
        at=AT,
        worker="w",
        turn_id="t",
        branch="main",
        kind="auth",
        message="Anthropic refused the key (401).",
        hint="Check the key: `copilot keys` says where it comes from, the settings take another one.",
        retryable=False,
    )
    return replace(
        play,
        first=(*play.first, failed),
        notices=("config.toml: the key 'them' in line 3 is unknown; did you mean 'theme'?",),
        model=ModelChoice(provider="anthropic", model="claude-sonnet-5"),
    )


def _many() -> Play:
    """Three thousand messages."""
    messages: list[Message] = []
    for n in range(3_000):
        role = "user" if n % 2 == 0 else "assistant"
        words = (
            f"Message {n}. "
            + ("A few words more. " * (n % 40))
            + ("\n\n- one\n- two `code`" if n % 3 == 0 else "")
        )
        parent = f"m{n - 1}" if n else None
        messages.append(Message(id=f"m{n}", parent=parent, role=role, parts=(Text(text=words),), at=AT + n))
    discussion = Discussion(messages=tuple(messages), branches=(Branch(name="main", tip="m2999"),))
    return Stage(None).play(discussion=discussion)


def _stream() -> Play:
    """An answer that does not end before it is stopped."""
    stage = Stage(None)

    def react(command: Command) -> Iterator[e.Event | float]:
        steps = stage.react(command)
        if not isinstance(command, RunTurn):
            yield from steps
            return
        yield from itertools.islice(steps, 3)
        at = {"at": AT, "worker": "w", "turn_id": command.turn_id, "branch": command.branch}
        for _ in range(20):
            yield e.TextDelta(**at, text="one more line\n\n")
            yield 0.05

    return replace(stage.play(), react=react)


HOSTILE = (
    "lone \ud800 surrogate, NUL \0, bell \x07, escape \x1b[31m, right-to-left \u202e, zero \u200b width, "
    "%s%n%d, ##hidden ###id, \U0001f600 "
    + "x" * 5_000
    + "\n\n```py\n\ud800 = '\0'\n```\n\n|\ud800|\n|-|\n|\0|\n"
)


def _hostile() -> Play:
    """Text of every unpleasant kind, everywhere where text from outside is shown."""
    call = ToolCall(call_id="c1", name=HOSTILE[:80], arguments={"path": HOSTILE})
    messages = (
        Message(id="m1", parent=None, role="user", parts=(Text(text=HOSTILE),), at=AT),
        Message(
            id="m2",
            parent="m1",
            role="assistant",
            parts=(Thinking(text=HOSTILE), Text(text=HOSTILE), call),
            at=AT + 1,
            model=HOSTILE,
            partial=True,
        ),
        Message(
            id="m3",
            parent="m2",
            role="tool",
            parts=(ToolResult(call_id="c1", name=HOSTILE, output=HOSTILE),),
            at=AT + 2,
        ),
        Message(id="m4", parent="m3", role="assistant", parts=(Text(text="Still here."),), at=AT + 3),
    )
    discussion = Discussion(messages=messages, branches=(Branch(name="main", tip="m4"), Branch(name=HOSTILE)))
    stage = Stage(script_detail(HOSTILE))
    play = stage.play(base_dir=HOSTILE, discussion=discussion)
    notice = e.Notice(at=AT, worker="w", level="warning", text=HOSTILE)
    context = replace(
        built("b"), path="/nowhere/" + HOSTILE[:60], files=(HOSTILE, "a/##b"), skipped=(HOSTILE,)
    )
    return replace(play, first=(*play.first, notice, context))


def _stuck() -> Play:
    """A worker that does not stop when it is told."""
    start = Stage(None).play()

    def react(command: Command) -> Iterator[e.Event | float]:
        if isinstance(command, Shutdown):
            yield 60.0
        yield from start.react(command)

    return replace(start, react=react)


def _withdrawn() -> Play:
    """A request that the worker takes back while the dialog is open."""
    stage = Stage(script_detail())

    def react(command: Command) -> Iterator[e.Event | float]:
        yield from stage.react(command)
        if isinstance(command, RunTurn):
            yield 2.5
            yield from stage.react(CancelTurn(turn_id=command.turn_id))

    return replace(stage.play(), react=react)


def _approval(kind: str) -> Callable[[], Play]:
    return lambda: Stage(details()[kind]).play()


def _files(listing: str, choice: tuple[FileChoice, ...]) -> Play:
    """A project whose files the window lists."""
    made = project("/home/ada/work/shop", name="shop", files=choice, limits=Limits(max_context_tokens=32_000))
    return Play(opened(made), Lister(made, listing).react)


PLAYS: dict[str, Callable[[], Play]] = {
    "empty": lambda: Stage(None).play(),
    "bare": lambda: Stage(None).play(files=()),
    "tour": _tour,
    "failed": _failed,
    "many": _many,
    "stream": _stream,
    "withdrawn": _withdrawn,
    "hostile": _hostile,
    "stuck": _stuck,
    "waiting": waiting,
    "killed": killed,
    "shop": lambda: _files("shop", SHOP_CHOICE),
    "xray": lambda: Previewer().play(),
    "spending": spending,
    "paths": paths,
    "unpriced": lambda: spending(priced=False),
    "typing": lambda: Typist().play(),
    "reading": lambda: Changer(reading()).play(),
    "hunks": lambda: Stage(hunks()).play(),
    "crowded": lambda: Changer(many(10_000)).play(),
    "crowd": lambda: _files("crowd", (FileChoice(pattern="package_03/part_0*/**"),)),
    **{kind: _approval(kind) for kind in details()},
}
