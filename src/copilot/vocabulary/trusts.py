"""What a project brings along that counts only after the person has seen and trusted this very content."""

from typing import Literal

from copilot.vocabulary.frozen import frozen

TrustKind = Literal["rules", "instructions", "servers", "tools", "command", "skill", "assistant"]
"""`servers` are those that a project's file names, `tools` what a server says of its tools."""
TRUST_KINDS: tuple[TrustKind, ...] = (
    "rules", "instructions", "servers", "tools", "command", "skill", "assistant"
)  # fmt: skip
TrustState = Literal["asked", "trusted", "refused"]
TRUST_STATES: tuple[TrustState, ...] = ("asked", "trusted", "refused")


@frozen
class TrustItem:
    """One thing to be trusted: a file of instructions, the project's rules, servers, their tools, a command,
    a skill, an assistant.

    `name` is its path from the base directory, or the server's name. With `everywhere` an answer holds for
    all projects. `sha256` is that of the whole content; `text` is what the
    model would read of it, without what does not show, `tokens` of that by estimate. `diff` is against
    the content that was trusted before, empty where none was. `warnings` are for the person.
    """

    kind: TrustKind
    name: str
    sha256: str
    text: str
    tokens: int = 0
    state: TrustState = "asked"
    diff: str = ""
    warnings: tuple[str, ...] = ()
    everywhere: bool = False
