"""What is kept for the undo: the bounds that the person may set."""

from copilot.vocabulary.frozen import frozen


@frozen
class SnapshotSettings:
    """`[snapshots]` of `config.toml`.

    Of each folder at most `runs` runs, none older than `days`, in at most `folder_mb` MB; beyond that the
    oldest go. All folders together take at most `all_mb` MB: then those that were not used for longest go. A
    folder in which nothing was run for `days` goes whole. Files above `file_mb` MB are not kept.
    """

    days: float = 30.0
    runs: int = 1_000
    folder_mb: int = 2_000
    all_mb: int = 10_000
    file_mb: int = 50
