"""`/name arguments` at the beginning of what a person writes, and the words that are sent in its place."""

import shlex

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_SLASH = late(r"/([A-Za-z0-9][A-Za-z0-9_-]{0,63})(?:\s+(.*))?", 16)  # re.DOTALL
_PLACE = late(r"\$(ARGUMENTS|[1-9])")


@frozen
class Slash:
    """The name of a command, and what was written behind it."""

    name: str
    arguments: str


@frozen
class SlashCommand:
    """One that can be called. `about` is its own line; `mine`: it lies in the person's home."""

    name: str
    about: str
    mine: bool


def slash_in(message: str) -> Slash | None:
    """What a message calls, by its form alone: nobody knows here whether there is such a command."""
    found = _SLASH.fullmatch(message.strip())
    return Slash(name=found[1], arguments=(found[2] or "").strip()) if found is not None else None


def filled(body: str, arguments: str) -> str:
    """The words of a command: `$ARGUMENTS` stands for all that was written behind it, `$1` to `$9` for single
    words (quotes hold some together); a body that names none of these has it at its end."""
    if _PLACE.search(body) is None:
        return f"{body.rstrip()}\n\n{arguments}" if arguments else body.rstrip()
    try:
        words = shlex.split(arguments)
    except ValueError:  # a quote that is not closed
        words = arguments.split()

    def value(place: str) -> str:
        if place == "ARGUMENTS":
            return arguments
        return words[int(place) - 1] if int(place) <= len(words) else ""

    return _PLACE.sub(lambda found: value(found[1]), body).rstrip()
