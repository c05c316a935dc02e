"""What a crew stands on, handed in by `assembly`."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from copilot.ai.assisting import Assistants
from copilot.ai.files_watch import ListFilesOf
from copilot.ai.last_sent import LastSent
from copilot.ai.policy.book import RuleBook
from copilot.ai.previewing import Previews
from copilot.ai.queue_file import QueueFile
from copilot.ai.spending import Spending
from copilot.ai.trust_book import TrustBook
from copilot.ai.windows import Windows
from copilot.context.aggregate import Workshop
from copilot.projects.attachments import Attachments
from copilot.projects.store import Store
from copilot.providers.base import Cancelled, Provider
from copilot.record.session_logger import SessionLogger
from copilot.tools.outside import Outside
from copilot.tools.registry import Tools
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.values import ModelChoice, Project
from copilot.workspace.snapshots.runs import Runs

TurnLock = Callable[[Path, Cancelled], AbstractContextManager[object]]


def _as_it_is(rule: PolicyRule) -> PolicyRule:
    return rule


def _as_written(_project: Project, message: str) -> str:
    return message


@frozen
class Kit:
    """What a worker is handed. `clock` gives UTC seconds, `estimate` tokens of a text for a model;
    `learn` is told what a prompt was estimated at and what the provider counted.

    `log` is told every event before a front end is.
    `turn_lock(base_dir, cancelled)` is held while a change is made. `shell_note` tells the model which shell
    it has. `keys` are values that no script may hold. `list_files` is called from a thread of its own.
    `random` gives numbers from 0 up to 1. `spending` knows of each request before it leaves, `last_sent`
    what each branch sent last, `queue` is where what waits to be said is kept. `runs` gives what is
    kept of a base directory's runs; None keeps nothing. `outside` are the servers that offer tools,
    `assistants` the person's profiles. `words` gives what is said for `/name arguments`.
    """

    name: str
    version: str
    session: str
    store: Store
    tools: Tools
    shell_note: str
    md_gen: Path
    scripts: Path
    keys: Collection[str]
    attachments: Attachments
    provider: Callable[[ModelChoice], Provider]
    workshop: Workshop
    estimate: Callable[[str, ModelChoice], int]
    windows: Windows
    spending: Spending
    last_sent: LastSent
    queue: QueueFile
    learn: Callable[[ModelChoice, int, int], None]
    turn_lock: TurnLock
    list_files: ListFilesOf
    log: SessionLogger
    clock: Callable[[], float]
    new_id: Callable[[], str]
    random: Callable[[], float]
    runs: Callable[[Path], Runs] | None
    rules: RuleBook = field(default_factory=RuleBook)
    trust: TrustBook = field(default_factory=TrustBook)
    keep_rule: Callable[[PolicyRule], PolicyRule] = _as_it_is
    logs: Path = Path()
    previews: Previews = field(default_factory=Previews)
    outside: Outside | None = None
    assistants: Assistants = field(default_factory=Assistants)
    words: Callable[[Project, str], str] = _as_written
