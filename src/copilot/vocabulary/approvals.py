"""What waits for a person's word, and the word: requests with their details, decisions, policies."""

from typing import Literal

from copilot.vocabulary.caps import CapScope
from copilot.vocabulary.confinement import Fence
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ShellName


@frozen
class ApprovalPolicy:
    """What answers before a person is asked.

    `mode` "ask" asks, "all" approves unseen, "none" rejects. `person` is False where nobody can answer: then
    "ask" means reject. `dry_run` shows changing tools and runs none of them. A run that is not confined goes
    unseen under "all" only with `unconfined`.
    """

    mode: Literal["ask", "all", "none"] = "ask"
    person: bool = True
    dry_run: bool = False
    unconfined: bool = False


@frozen
class ScriptDetail:
    """A script to run: the whole text, the shell that will run it (its absolute path) and where.

    `fence` is what it runs in, None where nobody said so. `applies` is the preview whose result is committed
    instead; empty: it runs.
    """

    kind: Literal["script"] = "script"
    script: str
    shell: ShellName
    shell_path: str
    cwd: str
    timeout_seconds: float
    fence: Fence | None = None
    applies: str = ""


@frozen
class PythonFileDetail:
    """A Python file to run: its text as it stands and the exact argument list, interpreter first.

    `fence` and `applies` as in `ScriptDetail`.
    """

    kind: Literal["python_file"] = "python_file"
    path: str
    text: str
    sha256: str
    argv: tuple[str, ...]
    cwd: str
    timeout_seconds: float
    fence: Fence | None = None
    applies: str = ""


@frozen
class FileWriteDetail:
    """A file to write: its path in the project, the whole new text, and the unified diff to what is there.

    `warning` is a line for the person (a protected path, other hard links, an odd encoding); may be empty.
    `protected` marks a path whose change needs the person's own word, whatever the policy.
    """

    kind: Literal["file_write"] = "file_write"
    path: str
    content: str
    diff: str
    creates: bool
    warning: str = ""
    protected: bool = False


@frozen
class SecretReadDetail:
    """A file that looks like it holds secrets, about to be read and sent to the model."""

    kind: Literal["secret_read"] = "secret_read"
    path: str
    reason: str


@frozen
class SpendDetail:
    """A request that may pass a cap. `spent_usd` is what the scope has used until now, in USD like the rest.

    The request costs from `least_usd` to `most_usd`; both None where no price is known for `model`.
    """

    kind: Literal["spend"] = "spend"
    scope: CapScope
    cap_usd: float
    spent_usd: float
    least_usd: float | None
    most_usd: float | None
    model: str


@frozen
class McpDetail:
    """A call of a tool that a server offers, a program which is not ours.

    `arguments` are the JSON that is sent, `description` is the server's own for the tool, in full and with
    everything that does not show written out. `says` is what the server says that the tool does to anything,
    `address` what is started or asked. `unasked`: the person lets the tools pass that it calls reading.
    """

    kind: Literal["mcp"] = "mcp"
    server: str
    tool: str
    arguments: str
    description: str
    says: str = ""
    address: str = ""
    unasked: bool = False


@frozen
class HandOverDetail:
    """A task that one assistant hands to another, which then works on a branch of its own.

    `model` says who answers there, `tools` what it may use, in words; `left` is how many more may follow from
    the same message of the person.
    """

    kind: Literal["hand_over"] = "hand_over"
    asker: str
    assistant: str
    about: str
    task: str
    model: str
    tools: str
    left: int


ApprovalDetail = (
    ScriptDetail
    | PythonFileDetail
    | FileWriteDetail
    | SecretReadDetail
    | SpendDetail
    | McpDetail
    | HandOverDetail
)
"""What an approval is about. A decision's `edited_text` replaces script, content, arguments or task."""


@frozen
class ConfirmDialog:
    """One request waiting for the person (DESIGN 5); the window shows it in a modal.

    `why` says why the person is asked; `rule` is the name of the rule that asks, if one does.
    """

    request_id: str
    turn_id: str
    branch: str
    call_id: str
    tool: str
    detail: ApprovalDetail
    why: str = ""
    rule: str = ""


@frozen
class Decision:
    """The answer to one request. `edited_text` is the person's own version; `note` the reason given.

    `confined` and `network` are the person's choice for this run, None for what was proposed; `applies` is
    the preview that is committed instead of a run.
    """

    request_id: str
    decision: Literal["approve", "reject"]
    edited_text: str | None = None
    note: str = ""
    confined: bool | None = None
    network: bool | None = None
    applies: str = ""
