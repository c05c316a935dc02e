"""What a request does not carry because the service holds it in a cache: shown as if it were carried.

Gemini's requests name such a cache instead of their system prompt and tools. The model reads them all the
same, so a person does as well, in the very form of a request without a cache: that the cache came or went
then changes nothing of what is compared.
"""

import json
from collections.abc import Sequence

from copilot.ai.json_places import Body, Leaf
from copilot.providers.base import Request
from copilot.vocabulary.text import clean

_NAMES_A_CACHE = ("cachedContent",)


def cached_leaves(request: Request, leaves: Sequence[Leaf]) -> tuple[Leaf, ...]:
    """The values that lie in the cache which a body names; none where it names none.

    In the body all of them stand where the cache is named.
    """
    named = next((leaf for leaf in leaves if leaf.path == _NAMES_A_CACHE), None)
    if named is None:
        return ()
    held = Body(json.dumps(_inline(request), ensure_ascii=False).encode("utf-8", "replace"))
    return tuple(Leaf(leaf.path, named.start, "", leaf.shown) for leaf in held.leaves)


def _inline(request: Request) -> dict[str, object]:
    system = clean(request.system)
    tools = [
        {"description": tool.description, "name": tool.name, "parameters_json_schema": dict(tool.parameters)}
        for tool in request.tools
    ]
    return {
        **({"systemInstruction": {"parts": [{"text": system}], "role": "user"}} if system.strip() else {}),
        **({"tools": [{"functionDeclarations": tools}]} if tools else {}),
    }
