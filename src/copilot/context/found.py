"""What an outline of a file says, whatever made it."""

from copilot.vocabulary.frozen import frozen


@frozen
class Found:
    """What an outline says. `notes` are sentences about the file, `limits` about this outline of it."""

    kind: str
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    doc: str = ""
    table: str = ""
    defines: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
