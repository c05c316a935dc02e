"""What is kept of the sessions' logs: the bounds that the person may set."""

from copilot.vocabulary.frozen import frozen


@frozen
class LogSettings:
    """`[log]` of `config.toml`; 0 sets no limit.

    A log goes on in its next part at `part_mb` MB. Sessions that ended `compress_days` ago are compressed.
    At most `sessions` sessions are kept, none older than `days`, in at most `all_mb` MB: the oldest go first.
    """

    part_mb: int = 64
    compress_days: float = 1.0
    sessions: int = 0
    days: float = 365.0
    all_mb: int = 4_000
