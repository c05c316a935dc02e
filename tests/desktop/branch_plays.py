"""A play with a discussion that was taken further in two ways, to be seen side by side."""

from dataclasses import replace

from plays import AT, Play
from spending_plays import spending

from copilot.vocabulary import events as e
from copilot.vocabulary.messages import Branch, Discussion, Message, Part, Text, ToolCall, ToolResult

LOCK = """The lock is let go **before** the stock is written, so two checkouts can both see the last item.

```python
with self._lock:
    left = self.stock[item]
self.stock[item] = left - 1  # outside
```

Holding the lock until the write is done mends it in one line. It costs a little throughput: checkouts of
*different* items wait for each other too.
"""
RETRY = """No lock is needed: let the write say what it expects, and try again where that is not so.

```python
while not self.stock.swap(item, left, left - 1):
    left = self.stock[item]
```

1. Checkouts of different items never wait.
2. The same order is never taken twice.
3. It needs `swap` in two more places.
"""


def paths() -> Play:
    """The play: `main` holds the lock for longer, `without-a-lock` tries again."""
    play = spending()
    changed = [
        replace(event, project=replace(event.project, discussion=_discussion()))
        if isinstance(event, e.ProjectOpened)
        else event
        for event in play.first
    ]
    return replace(play, first=tuple(changed))


def _discussion() -> Discussion:
    def said(name: str, parent: str | None, role: str, at: float, *parts: Part) -> Message:
        return Message(id=name, parent=parent, role=role, parts=parts, at=AT + at, model="rehearsed-1")  # type: ignore[arg-type]

    call = ToolCall(call_id="c1", name="read_file", arguments={"path": "shop/api/orders.py"})
    found = ToolResult(call_id="c1", name="read_file", output="with self._lock: ...\n")
    ask = "How would you mend it?"
    other = "And without a lock? Checkouts of different items should not wait for each other."
    messages = (
        said("u1", None, "user", 0, Text(text="Why does the checkout lose an order?")),
        said("a1", "u1", "assistant", 1, Text(text="I look at where orders are taken."), call),
        said("t1", "a1", "tool", 2, found),
        said("a2", "t1", "assistant", 3, Text(text="Its lock is let go too early.")),
        said("u2", "a2", "user", 60, Text(text=ask)),
        said("a3", "u2", "assistant", 64, Text(text=LOCK)),
        said("u3", "a2", "user", 120, Text(text=other)),
        said("a4", "u3", "assistant", 127, Text(text=RETRY)),
    )
    branches = (Branch(name="main", tip="a3"), Branch(name="without-a-lock", tip="a4"))
    return Discussion(messages=messages, branches=branches)
