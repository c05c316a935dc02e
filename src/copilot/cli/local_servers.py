"""Which local model servers answer: offered by `copilot models` and the window, never chosen."""

import json
from typing import cast

from copilot.providers.catalog import LOCAL_SERVERS, LocalServer
from copilot.vocabulary.values import ModelChoice

_SECONDS = 0.5
_LARGEST_ANSWER = 1_000_000


def answering() -> list[tuple[LocalServer, int]]:
    """The servers that answer on their usual ports, each with how many models it has; asked side by side."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=len(LOCAL_SERVERS)) as pool:
        counts = list(pool.map(models_at, [server.base_url for server in LOCAL_SERVERS]))
    pairs = zip(LOCAL_SERVERS, counts, strict=True)
    return [(server, count) for server, count in pairs if count is not None]


def models_at(url: str) -> int | None:
    """How many models an OpenAI-compatible server lists; None where nothing like that answers."""
    from http.client import HTTPException
    from urllib.request import HTTPDefaultErrorHandler, HTTPErrorProcessor, HTTPHandler, OpenerDirector

    opener = OpenerDirector()  # no proxy, and nobody who would follow a redirect elsewhere
    for handler in (HTTPHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
        opener.add_handler(handler)
    try:
        with opener.open(f"{url.rstrip('/')}/models", timeout=_SECONDS) as response:
            answer: object = json.loads(response.read(_LARGEST_ANSWER))
    except (OSError, HTTPException, ValueError, RecursionError):  # it need not be a web server at all
        return None
    if not isinstance(answer, dict):
        return None
    models = cast(dict[str, object], answer).get("data")
    return len(cast(list[object], models)) if isinstance(models, list) else None


def local_choices() -> tuple[ModelChoice, ...]:
    """The servers that answer, each to answer with the first model that it lists. Takes up to a second."""
    return tuple(
        ModelChoice(provider="compatible", model="", base_url=server.base_url) for server, _ in answering()
    )
