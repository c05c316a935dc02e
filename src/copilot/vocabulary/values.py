"""Values that commands and events carry: projects, model choices, policies, approvals, usage."""

from collections.abc import Iterable, Mapping
from typing import Literal

from copilot.vocabulary.caps import Caps
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import Discussion, JsonValue
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.policies import Verdict as Verdict

ProviderName = Literal["anthropic", "gemini", "openai", "compatible", "rehearsal"]
PROVIDER_NAMES: tuple[ProviderName, ...] = ("anthropic", "gemini", "openai", "compatible", "rehearsal")
View = Literal["full", "summary", "names", "off"]
"""How a file enters the context: whole, as an outline, as a line that names what it defines, not at all."""

Standing = Literal["pinned", "named", "recent", "referenced", "rest"]
"""Why a file matters now: pinned by the person, named in the message, changed lately, referenced by those."""
STANDINGS: tuple[Standing, ...] = ("pinned", "named", "recent", "referenced", "rest")
ShellName = Literal["pwsh", "powershell", "bash", "sh"]

MAX_TOOL_ROUNDS = 10
"""Requests to a provider inside one turn, unless the person says otherwise (DESIGN 3)."""


@frozen
class FileChoice:
    """One line of `[files] paths`: a glob against the base directory, and the view its files enter with."""

    pattern: str
    view: View = "full"
    pinned: bool = False


@frozen
class RunTime:
    """The longest that runs of one kind may take, in seconds.

    `kind` is a tool (`run_shell`), a file type (`.py`), or a glob of the Python files that are run.
    """

    kind: str
    seconds: float


@frozen
class Limits:
    """Numbers a person may change; seconds, characters, estimated tokens and counts as named.

    An answer must begin within `first_byte_seconds` (0: 180, or 600 for a compatible server, which may be
    loading its model), bring something new every `progress_seconds` and end within `answer_seconds`. A
    request is sent up to `attempts` times; `longest_wait_seconds` bounds each wait before the next.
    A request longer than `max_prompt_tokens` (0: what the model takes) leaves out its oldest messages.
    `run_seconds`, one for each kind and in the order of their names, stand before `script_seconds` and
    `python_seconds`.
    """

    max_tool_rounds: int = MAX_TOOL_ROUNDS
    script_seconds: float = 120.0
    python_seconds: float = 30.0
    output_characters: int = 8_000
    read_characters: int = 10_000
    max_context_tokens: int = 120_000
    max_prompt_tokens: int = 0
    first_byte_seconds: float = 0.0
    progress_seconds: float = 600.0
    answer_seconds: float = 3600.0
    attempts: int = 4
    longest_wait_seconds: float = 90.0
    run_seconds: tuple[RunTime, ...] = ()


@frozen
class Project:
    """What `projects/<name>.toml` holds. `base_dir` is absolute; `system_prompt` is the person's own text.

    `rank` is the order in which files keep their views when the context outgrows its budget. `caps` lower
    those of the person's own settings and never raise them. `rules` count only where they are trusted.
    """

    name: str
    base_dir: str
    files: tuple[FileChoice, ...] = ()
    rank: tuple[Standing, ...] = STANDINGS
    system_prompt: str = ""
    discussion: Discussion = field(default_factory=Discussion)
    limits: Limits = field(default_factory=Limits)
    caps: Caps = field(default_factory=Caps)
    rules: tuple[PolicyRule, ...] = ()


@frozen
class ModelChoice:
    """Which model answers. `base_url` and `api_version` empty mean the provider's own default."""

    provider: ProviderName
    model: str
    base_url: str = ""
    api_version: str = ""
    max_output_tokens: int = 32_000


@frozen
class ModelInfo:
    """One model that a provider lists. Limits are in tokens, prices in USD for a million; None: not known.

    `window` is the largest prompt. "retired" models answer no more; `retires` is the day, as YYYY-MM-DD,
    from which a deprecated one will not.
    """

    name: str
    window: int | None = None
    max_output: int | None = None
    input_price: float | None = None
    output_price: float | None = None
    lifecycle: Literal["active", "deprecated", "retired"] = "active"
    retires: str = ""

    @property
    def lifecycle_words(self) -> str:
        """What a person should know of its end; empty for an active model."""
        match self.lifecycle:
            case "active":
                return ""
            case "deprecated":
                return f"deprecated, retires {self.retires}" if self.retires else "deprecated"
            case "retired":
                return "retired, answers no more"


@frozen
class Rate:
    """What a person allows one provider in any sixty seconds; None: as much as the service takes."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None


@frozen
class Usage:
    """Tokens of one request. `input_tokens` is the whole prompt, cached parts included."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    thinking_tokens: int = 0

    @staticmethod
    def total(found: Iterable["Usage"]) -> "Usage":
        """The sum of several requests' tokens."""
        used = tuple(found)
        return Usage(
            input_tokens=sum(one.input_tokens for one in used),
            output_tokens=sum(one.output_tokens for one in used),
            cache_read_tokens=sum(one.cache_read_tokens for one in used),
            cache_write_tokens=sum(one.cache_write_tokens for one in used),
            thinking_tokens=sum(one.thinking_tokens for one in used),
        )


@frozen
class FileItem:
    """One chosen file as the context shows it.

    `path` is relative to the base directory with forward slashes; `text` is its Markdown section;
    `held` is that text or, where there are many files, what equals it and gives it as `str`. `size` (bytes),
    `mtime_ns` and `sha256` are those of the bytes it was made from. `note` says what could not be shown
    (unreadable, binary, too large); then `text` says it too. `pieces` is `wordpieces(text)`.
    """

    path: str
    view: View
    held: object
    size: int
    mtime_ns: int
    sha256: str
    note: str = ""
    pieces: float = 0.0

    @property
    def text(self) -> str:
        """Its section; it may be read from the disk each time, so ask once."""
        return str(self.held)


@frozen
class FileState:
    """One file of the base directory as a person sees it in the tree.

    `wanted` is the view that was chosen ("off": it was not), `view` the one it has within the budget;
    `tokens` are estimated at `view`. `why` says its standing and what stepped it down, `note` why it cannot
    be shown.
    """

    path: str
    wanted: View
    view: View
    tokens: int
    size: int
    pinned: bool = False
    why: str = ""
    note: str = ""


@frozen
class Section:
    """One part of a request: where it stands in its readable text, and what it weighs.

    `start` and `end` are characters of the text file named by `RequestPreviewed.text_path`. `name` is a
    path for files, a tool's name for tools, a role for messages; `view` only for files.
    """

    kind: Literal["tools", "system", "files", "branch", "message"]
    name: str
    start: int
    end: int
    tokens: int
    view: View | None = None
    pinned: bool = False


@frozen
class CacheBreak:
    """The first place where a request differs from the one sent before it, in the order providers cache.

    `section` counts from 0; `at` is a character of the readable text; `body_at` a byte of the serialised
    body. Everything from there on, `tokens` by estimate, is paid as new input.
    """

    section: int
    at: int
    body_at: int
    tokens: int
    before: str
    after: str


@frozen
class ToolSpec:
    """One tool as a model is told of it; `parameters` is a plain JSON schema (an object)."""

    name: str
    description: str
    parameters: Mapping[str, JsonValue]


@frozen
class WireRecord:
    """One body on the wire, credentials taken out. `status` is HTTP's, 0 for a request.

    `sha256` is that of a request's very bytes, as they were sent; empty for a response.
    """

    provider: str
    direction: Literal["request", "response"]
    method: str
    url: str
    status: int
    body: str
    sha256: str = ""
