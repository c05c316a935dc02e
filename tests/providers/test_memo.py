"""A provider that remembers what messages became sends the very bytes of one that never saw them before."""

import json
import random
from dataclasses import replace

from talk import call, made, never, reply, request_to, result, results, thought, user

from copilot.providers.base import Grown
from copilot.providers.bridge import Bridge
from copilot.vocabulary.messages import FileRefresh, Message, Text

ANYWHERE = "http://127.0.0.1:9"


def history(rounds: int) -> list[Message]:
    said = [user('Look at ünter.py\n\u2028 "quoted"')]
    for number in range(rounds):
        asked = call(f"c{number}", f"{number}.py")
        if number % 4 == 2:  # of a tool that is gone: told in words, and so is its result
            asked = replace(asked, name="no_more")
        said += [reply("anthropic", thought("hm"), Text(text="I look."), asked)]
        said += [
            results(result(f"c{number}", f"text {number}"), FileRefresh(text=f"[FILES UPDATED]\n{number}"))
        ]
        said += [user("and?")] if number % 3 == 0 else []
    return said


def test_a_history_that_grows_and_changes_gives_the_same_bytes(bridge: Bridge) -> None:
    chance = random.Random(5)
    whole = [replace(message, id=f"m{number}") for number, message in enumerate(history(12))]
    remembering, grown = made("anthropic", ANYWHERE, bridge), Grown()
    for length in [*range(1, len(whole)), 3, 9, len(whole)]:
        told = whole[:length]
        if chance.random() < 0.4:  # a message that is another one under the same name
            at = chance.randrange(length)
            told[at] = replace(told[at], parts=(Text(text=f"changed {length}"),))
        request = request_to("anthropic", *told)
        body = remembering.preview(replace(request, grown=grown), never)
        assert body == made("anthropic", ANYWHERE, bridge).preview(request, never)
        assert body.decode() == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
        marks = body.count(b'"cache_control"')
        assert marks <= 4
