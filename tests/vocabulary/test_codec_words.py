"""Words that many messages have are held once."""

import json

import pytest

from copilot.vocabulary.codec import from_json, json_text
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.messages import Message, Text, ToolCall, ToolResult

ASKED = Message(
    id="a", parent=None, role="assistant", provider="compatible", model="some model", assistant="Ada",
    parts=(Text(text="Let me see."), ToolCall(call_id="1", name="read_file", arguments={})), at=1.0,
)  # fmt: skip
RESULT = Message(
    id="b", parent="a", role="tool",
    parts=(ToolResult(call_id="1", name="read_file", output="words", status="error"),), at=2.0,
)  # fmt: skip


def read(message: Message) -> Message:
    found = from_json(json.loads(json_text(message)), Message)
    assert found == message
    return found


def words(message: Message) -> tuple[str, ...]:
    """All of them that are not the message's own."""
    named = [part for part in message.parts if isinstance(part, ToolCall | ToolResult)]
    states = [part.status for part in named if isinstance(part, ToolResult)]
    names = [part.name for part in named]
    return message.role, message.provider, message.model, message.assistant, *names, *states


@pytest.mark.parametrize("message", [ASKED, RESULT])
def test_words_of_many_messages_are_held_once(message: Message) -> None:
    one, other = words(read(message)), words(read(message))
    assert all(word is same for word, same in zip(one, other, strict=True))


@pytest.mark.parametrize(("name", "value"), [("role", "nobody"), ("role", ["tool"]), ("model", 3)])
def test_what_is_no_such_word_is_refused(name: str, value: object) -> None:
    told = json.loads(json_text(ASKED)) | {name: value}
    with pytest.raises(CopilotError):
        from_json(told, Message)
