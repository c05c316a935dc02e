"""What to say where a service does not know the model's name: the names it lists that look most like it."""

from collections.abc import Callable, Iterable

from copilot.providers.call import current
from copilot.vocabulary.errors import UnknownModelError
from copilot.vocabulary.values import ModelInfo

LIST_SECONDS = 10.0
"""How long the list may take, the SDK loaded first: the person waits for an error that is already known."""

_OFFERED = 3


def offer_nearest(error: UnknownModelError, asked: str, listed: Callable[[], Iterable[ModelInfo]]) -> None:
    """Put the nearest names into the error's hint, by one more request; nothing changes where that fails."""
    try:
        with current().within(LIST_SECONDS):
            models = listed()
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
