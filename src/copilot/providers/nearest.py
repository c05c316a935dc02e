"""What to say where a service does not know the model's name: the names it lists that look most like it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from copilot.vocabulary.errors import UnknownModelError
from copilot.vocabulary.values import ModelInfo

LIST_SECONDS = 10.0
"""How long the list may take, the SDK loaded first: the person waits for an error that is already known."""

_OFFERED = 3


async def offer_nearest(
    error: UnknownModelError, asked: str, listed: Callable[[], Awaitable[Iterable[ModelInfo]]]
) -> None:
    """Put the nearest names into the error's hint, by one more request; nothing changes where that fails."""
    try:
        async with asyncio.timeout(LIST_SECONDS):
            models = await listed()
    except Exception:  # whatever it was: the error to be told is the first one
        return
    near = nearest(asked, (model.name for model in models if model.lifecycle != "retired"))
    if near:
        error.hint = f"Nearest: {', '.join(near)}. `copilot models` lists all."


def nearest(asked: str, names: Iterable[str]) -> tuple[str, ...]:
    """The three names most like `asked`, the nearest first, whatever their case."""
    by_lower = {name.lower(): name for name in names if name}
    import difflib

    found = difflib.get_close_matches(asked.lower(), list(by_lower), n=_OFFERED, cutoff=0.0)
    return tuple(by_lower[name] for name in found)
