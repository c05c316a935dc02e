"""What is kept of the sessions' logs: the bounds that the person may set."""

from copilot.vocabulary.frozen import frozen


@frozen
class LogSettings:
    """`[log]` of `config.toml`; 0 sets no limit.

    A log goes on in its next part at `part_mb` MB. Sessions that ended `compress_days` ago are compressed.
    At most `sessions` sessions are kept, none older than `days`, in at most `all_mb` MB: the oldest go first.
    Of what a user of `copilot serve` did, parts older than `audit_days` go, and the oldest beyond `audit_mb`
    MB.
    """

    part_mb: int = 64
    compress_days: float = 1.0
    sessions: int = 0
    days: float = 365.0
    all_mb: int = 4_000
    audit_days: float = 0.0
    audit_mb: int = 0
