"""What a million tokens cost."""

from copilot.vocabulary.frozen import frozen


@frozen
class Rates:
    """USD for a million tokens. None: no such rate is known, and the plain input rate is taken."""

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
