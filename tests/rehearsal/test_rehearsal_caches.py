"""Caches as the services keep them, by their own clients: Gemini's explicit ones, Anthropic's marks."""

from collections.abc import Iterator
from typing import Any

import pytest

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from set_clock import Clock

SMALL = '[caches]\nminimum = 100\n[[rule]]\nanswer = [{ text = "Hello." }]'
MODEL = "gemini-3.8-flash"
SYSTEM = "Be brief. " * 100
TOOLS = [{"function_declarations": [{"name": "look", "description": "Looks."}]}]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gemini(clock: Clock) -> Iterator[Any]:
    """Makes a server of a scenario and Google's client for it; gives both."""
    from google import genai

    made: list[Any] = []

    def make(toml: str) -> tuple[RehearsalServer, Any]:
        server = RehearsalServer(parse_scenario(toml), clock=clock)
        server.start()
        client = genai.Client(api_key="k", http_options={"base_url": server.url, "api_version": "v1"})
        made.extend((client.close, server.stop))
        return server, client

    yield make
    for close in made:
        close()


def create(client: Any, **more: Any) -> Any:
    config = {"system_instruction": SYSTEM, "tools": TOOLS, "ttl": "3600s", "display_name": "ours", **more}
    return client.caches.create(model=MODEL, config=config)


def ask(client: Any, name: str, model: str = MODEL, **more: Any) -> Any:
    config = {"cached_content": name, "automatic_function_calling": {"disable": True}, **more}
    return client.models.generate_content(model=model, contents="hi", config=config)


def refused(call: Any) -> tuple[int, str]:
    from google.genai.errors import APIError

    with pytest.raises(APIError) as caught:
        call()
    return caught.value.code, str(caught.value.message)


def test_a_cache_from_its_making_to_its_end(gemini: Any, clock: Clock) -> None:
    _, client = gemini(SMALL)
    made = create(client)
    assert (made.display_name, made.model) == ("ours", f"models/{MODEL}")
    assert made.expire_time.timestamp() == clock.now + 3600
    assert made.usage_metadata.total_token_count > 250
    answer = ask(client, made.name)
    assert answer.text == "Hello."
    usage = answer.usage_metadata
    assert 250 < usage.cached_content_token_count < usage.prompt_token_count
    assert client.caches.get(name=made.name).name == made.name
    clock.now += 3000
    assert client.caches.update(name=made.name, config={"ttl": "600s"}).expire_time.timestamp() == (
        clock.now + 600
    )
    assert [cache.name for cache in client.caches.list()] == [made.name]
    client.caches.delete(name=made.name)
    assert list(client.caches.list()) == []
    assert refused(lambda: client.caches.delete(name=made.name))[0] == 404
    assert refused(lambda: ask(client, made.name))[0] == 403


def test_a_list_of_caches_has_pages(gemini: Any) -> None:
    _, client = gemini(SMALL)
    names = {create(client).name for _ in range(5)}
    assert {cache.name for cache in client.caches.list(config={"page_size": 2})} == names
    assert len(names) == 5


def test_a_cache_ends_when_its_time_is_over(gemini: Any, clock: Clock) -> None:
    _, client = gemini(SMALL)
    name = create(client).name
    clock.now += 3599
    assert ask(client, name).text == "Hello."
    clock.now += 1
    assert refused(lambda: ask(client, name)) == (403, "CachedContent not found (or permission denied)")
    assert list(client.caches.list()) == []


def test_what_a_cache_holds_is_not_sent_again(gemini: Any) -> None:
    _, client = gemini(SMALL)
    name = create(client).name
    for more in ({"system_instruction": "x"}, {"tools": TOOLS}):
        code, words = refused(lambda more=more: ask(client, name, **more))
        assert code == 400
        assert words.startswith("CachedContent can not be used with GenerateContent request")
    code, words = refused(lambda: ask(client, name, model="gemini-4-argon"))
    assert (code, "has to be the same" in words) == (400, True)


def test_too_little_for_a_cache(gemini: Any) -> None:
    _, client = gemini('[[rule]]\nanswer = [{ text = "Hello." }]')
    code, words = refused(lambda: create(client))
    assert code == 400
    assert words.startswith("Cached content is too small. total_token_count=")
    assert words.endswith("min_total_token_count=4096")


def test_calls_of_the_cache_are_checked_against_its_tools(gemini: Any) -> None:
    _, client = gemini(SMALL)
    name = create(client).name
    answer = client.models.count_tokens(model=MODEL, contents="hi")
    assert answer.total_tokens >= 1
    contents = [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"function_call": {"name": "jump", "args": {}}}]},
        {"role": "user", "parts": [{"function_response": {"name": "jump", "response": {"output": "x"}}}]},
    ]
    code, words = refused(
        lambda: client.models.generate_content(
            model=MODEL, contents=contents, config={"cached_content": name}
        )
    )
    assert (code, "names no declared function" in words) == (400, True)


@pytest.mark.parametrize("action", ["create", "list", "update", "delete"])
def test_a_cache_that_fails_on_order(gemini: Any, action: str) -> None:
    _, client = gemini(SMALL.replace("minimum", f'fail = "{action}"\nstatus = 503\nminimum'))
    calls = {
        "create": lambda: create(client),
        "list": lambda: list(client.caches.list()),
        "update": lambda: client.caches.update(name="cachedContents/a", config={"ttl": "60s"}),
        "delete": lambda: client.caches.delete(name="cachedContents/a"),
    }
    found = {name: refused(call)[0] if name == action else 0 for name, call in calls.items()}
    assert found == {**dict.fromkeys(calls, 0), action: 503}


MARK = {"cache_control": {"type": "ephemeral"}}


@pytest.fixture
def anthropic() -> Iterator[Any]:
    from anthropic import Anthropic

    with RehearsalServer(parse_scenario(SMALL)) as server:
        client = Anthropic(api_key="k", base_url=server.url, max_retries=0)
        yield client
        client.close()


def blocks(count: int, *marked: int) -> list[dict[str, Any]]:
    """One message of so many blocks, of 250 tokens and more each, with marks on some."""
    return [
        {"type": "text", "text": f"{number:04d}" * 250, **(MARK if number in marked else {})}
        for number in range(count)
    ]


def used(client: Any, content: list[dict[str, Any]]) -> tuple[int, int]:
    """Blocks read from the cache and written to it."""
    asked = [{"role": "user", "content": content}]
    usage = client.messages.create(model="claude-opus-5-5", max_tokens=100, messages=asked).usage
    each = 1000 / 4 + 7  # a block with its "type"
    return round(usage.cache_read_input_tokens / each), round(usage.cache_creation_input_tokens / each)


def test_a_mark_looks_back_over_twenty_blocks(anthropic: Any) -> None:
    assert used(anthropic, blocks(10, 9)) == (0, 10)
    assert used(anthropic, blocks(30, 29)) == (10, 20)
    assert used(anthropic, blocks(51, 50)) == (0, 51)
    assert used(anthropic, blocks(72, 50, 71)) == (51, 21)


def test_an_entry_needs_enough_before_it(anthropic: Any) -> None:
    assert used(anthropic, blocks(3, 0, 2)) == (0, 0)
    assert used(anthropic, blocks(10, 1, 9)) == (0, 10)
    assert used(anthropic, blocks(2, 1)) == (0, 0)
