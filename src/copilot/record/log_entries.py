"""What is put into a session's log as one line."""

from copilot.vocabulary.frozen import frozen


@frozen
class Entry:
    """One line to be written: its members (JSON without the braces), `long` among them as pieces."""

    kind: str
    at: float
    body: str
    long: str = ""
