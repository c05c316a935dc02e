"""What a server on one's own machine says of a model's window: each kind says it somewhere else.

vLLM says `max_model_len` with each entry of its list. llama.cpp says in `GET /props` what it was started
with (its list has what the model was trained with). Ollama says in `GET /api/ps` what it loaded a model with;
for a model that is not loaded nobody knows. LM Studio's list says nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from copilot.providers.parts import inside, tokens
from copilot.vocabulary.values import ModelInfo

Get = Callable[[str], object]
"""Gets a JSON value from a URL; raises whatever it likes."""


def with_windows(entries: Sequence[Mapping[str, Any]], base_url: str, get: Get) -> tuple[ModelInfo, ...]:
    """The models of a list with their windows, by at most one more request, whose failure changes nothing."""
    root = urlsplit(base_url)._replace(path="", query="", fragment="").geturl()
    owners = {entry.get("owned_by") for entry in entries}
    asked: object = None
    if owners & {"llamacpp", "library"}:
        try:
            asked = get(f"{root}/props" if "llamacpp" in owners else f"{root}/api/ps")
        except Exception:  # an older server, or another one under that name
            asked = None
    return tuple(ModelInfo(name=str(e.get("id") or ""), window=_window(e, asked)) for e in entries)


def _window(entry: Mapping[str, Any], asked: object) -> int | None:
    name = entry.get("id")
    loaded = [m for m in _models(asked) if name in (m.get("name"), m.get("model"))]
    return (
        tokens(entry.get("max_model_len"))
        or tokens(inside(asked, "default_generation_settings", "n_ctx"))
        or tokens(loaded[0].get("context_length") if loaded else None)
        or None
    )


def _models(asked: object) -> list[dict[str, Any]]:
    models = inside(asked, "models")
    return [m for m in cast(list[Any], models) if isinstance(m, dict)] if isinstance(models, list) else []
