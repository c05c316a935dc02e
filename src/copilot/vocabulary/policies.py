"""The person's rules for what may be done unasked, what a rule says of a request, and new rules to keep."""

from typing import Literal

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.readings import Effect

RuleSource = Literal["person", "project"]
Verdict = Literal["allow", "deny", "ask"]


@frozen
class PolicyRule:
    """One `[[policy]]` table. What it names must all fit; what it leaves empty fits everything.

    `tools` are globs of names. `commands` are the words that a statement begins with, `patterns` globs
    of its whole text, `paths` globs against the base directory (an absolute one: against the whole path).
    `examples` are scripts, or paths where the rule names no commands, that it must match, and
    `counterexamples` those that it must not.
    """

    name: str
    decision: Verdict
    tools: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@frozen
class Ruling:
    """What the rules say of a request. `why` says it in words; `rule` decided, "" where none did.

    `always`: it asks where everything is to pass unasked, too.
    """

    verdict: Verdict
    why: str
    rule: str = ""
    source: RuleSource = "person"
    always: bool = False


@frozen
class RuleMatch:
    """A request of an earlier session that a rule would have matched: the log's name, and its line there.

    `at` is UTC seconds. `answered` is what was said of it then; "" where no answer was kept.
    """

    log: str
    line: int
    at: float
    project: str
    tool: str
    text: str
    answered: Literal["", "approve", "reject"] = ""


@frozen
class RuleProposal:
    """A rule that would cover a request, with what it would have matched until now, the newest first.

    `words` say what it lets pass. `total` counts all matches, of which `matches` are some; `looked` the
    requests that were looked through. `toml` is what would be added to `config.toml`.
    """

    rule: PolicyRule
    words: str
    toml: str
    matches: tuple[RuleMatch, ...] = ()
    total: int = 0
    looked: int = 0
