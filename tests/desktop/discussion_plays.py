"""Discussions to be read, searched and changed, and a scripted worker that changes them."""

from collections.abc import Iterator
from dataclasses import replace

from plays import AT, Play, opened, project

from copilot.vocabulary import events as e
from copilot.vocabulary.commands import Command, DeleteMessages, EditMessage, ForkBranch, UndoDiscussion
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.values import Project

LINK = "https://docs.example.org/guide?page=2"
HIDDEN_LINK = "https://evil.example/\u202egnp.exe"

ASKED = "Please say what changed, with the numbers."

ANSWER = f"""# What changed

Sessions end **when the password changes**; see [the guide]({LINK}) or ask. ~~Old tokens stay.~~

1. A counter in `users`
   - read with each request
     - and never cached
2. Every refresh token names it

- [x] written
- [ ] measured

> The old tokens go
> at once.
>
> > As they should.

| case | before | after |
|---|---:|---:|
| `login` | 12 ms | **13 ms** |
| a refresh of a token that was taken back by its owner | 40 ms | *3 ms* |

---

```python
def revoke(user: User) -> int:
    \"\"\"End every session of `user`.\"\"\"
    user.version += 1  # tokens name the version
    return store.save(user, reason="password")
```

A picture: ![plan](https://pictures.example.org/plan.png?d=SECRET), a file: [key](file:///home/u/.ssh/id_rsa).
"""

LONG_CODE = "```python\n" + "".join(f"value_{n} = compute({n})  # line {n}\n" for n in range(400)) + "```\n"


def _message(number: int, role: str, *parts: object) -> Message:
    parent = f"m{number - 1}" if number else None
    return Message(id=f"m{number}", parent=parent, role=role, parts=parts, at=AT + number)  # type: ignore[arg-type]


def reading() -> Discussion:
    """Every kind of block, a tool call and a long piece of code."""
    call = ToolCall(call_id="c1", name="read_file", arguments={"path": "auth/session.py"})
    result = ToolResult(call_id="c1", name="read_file", output="class SessionStore: ...")
    messages = (
        _message(0, "user", Text(text=ASKED)),
        _message(1, "assistant", Text(text="I will look at it first."), call),
        _message(2, "tool", result),
        _message(3, "assistant", Text(text=ANSWER)),
        _message(4, "user", Text(text="And the whole table?")),
        _message(5, "assistant", Text(text=f"All of it:\n\n{LONG_CODE}\nThat was all.")),
    )
    return Discussion(messages=messages, branches=(Branch(name="main", tip="m5"),))


class Changer:
    """Edits, deletes and takes back as the worker does, in a simpler way."""

    def __init__(self, discussion: Discussion) -> None:
        self._project = project(discussion=discussion)
        self._before: Project | None = None

    def play(self) -> Play:
        return Play(opened(self._project), self._react)

    def _react(self, command: Command) -> Iterator[e.Event | float]:
        match command:
            case EditMessage(message=name, text=words):
                yield self._changed(command.request_id, "the edit of a message", self._edited(name, words))
            case DeleteMessages(messages=names):
                yield self._changed(command.request_id, "the deletion of a message", self._without(names))
            case ForkBranch(name=name, at=at):
                made = self._project.discussion
                made = replace(made, branches=(*made.branches, Branch(name=name, tip=at)), active=name)
                yield self._changed(command.request_id, f"the branch {name}", made)
            case UndoDiscussion() if self._before is not None:
                self._project = self._before
                yield e.ProjectChanged(
                    at=AT, worker="w", request_id=command.request_id, project=self._project
                )
            case _:
                pass

    def _changed(self, request_id: str, undo: str, discussion: Discussion) -> e.ProjectChanged:
        self._before = self._project
        self._project = replace(self._project, discussion=discussion)
        return e.ProjectChanged(at=AT, worker="w", request_id=request_id, project=self._project, undo=undo)

    def _edited(self, name: str, words: str) -> Discussion:
        made = self._project.discussion
        messages = tuple(
            replace(m, parts=(Text(text=words), *m.parts[1:])) if m.id == name else m for m in made.messages
        )
        return replace(made, messages=messages)

    def _without(self, names: tuple[str, ...]) -> Discussion:
        made = self._project.discussion
        gone = {m.id: m.parent for m in made.messages if m.id in names}
        left = tuple(
            replace(m, parent=gone.get(m.parent or "", m.parent)) for m in made.messages if m.id not in gone
        )
        branches = tuple(replace(b, tip=gone.get(b.tip or "", b.tip)) for b in made.branches)
        return replace(made, messages=left, branches=branches)


def many(count: int) -> Discussion:
    """Messages with one word that stands in three of them."""
    rare = {7, count // 2, count - 3}
    messages = tuple(
        _message(n, "assistant" if n % 2 else "user", Text(text=_words(n, rare=n in rare)))
        for n in range(count)
    )
    return Discussion(messages=messages, branches=(Branch(name="main", tip=f"m{count - 1}"),))


def _words(number: int, *, rare: bool) -> str:
    return (
        f"Message {number}. "
        + "Some more words. " * (number % 30)
        + ("A **Heffalump** came." if rare else "")
    )
