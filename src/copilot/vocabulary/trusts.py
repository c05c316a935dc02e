"""What a project brings along that counts only after the person has seen and trusted this very content."""

from pathlib import PurePosixPath
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

    @property
    def meaning(self) -> str:
        """What it is, and what it costs."""
        called = PurePosixPath(self.name).stem
        tokens = "about 1 token" if self.tokens == 1 else f"about {self.tokens:,} tokens"
        match self.kind:
            case "rules":
                return "rules for what runs unasked"
            case "servers":
                return "MCP servers, which are programs that it starts or addresses that it sends to"
            case "tools":
                return f"what an MCP server says of its tools, {tokens} in each request"
            case "instructions":
                return f"instructions, {tokens} in each request"
            case "command":
                return f"words for /{called}, {tokens} where you call it"
            case "skill":
                return f"a skill, whose line of {tokens} is in each request"
            case "assistant":
                return f"an assistant: what {called} is told, {tokens} where you ask it"

    @property
    def waits(self) -> str:
        """The same of one that waits, with what happened to it."""
        return f"changed since you trusted it; {self.meaning}" if self.diff else self.meaning
