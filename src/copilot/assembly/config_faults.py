"""One thing that is wrong with the settings, or with what they name."""

from copilot.vocabulary.frozen import frozen


@frozen
class Found:
    """One thing that is wrong. `where` is a file, with its line where that is known."""

    where: str
    what: str
    todo: str
