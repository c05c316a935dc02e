"""Rules and trust without a worker, for the command line: what counts in a folder, and answers about it."""

from pathlib import Path

from copilot.ai.policy.book import RuleBook
from copilot.ai.trust_book import TrustBook
from copilot.assembly.context_source import context_source
from copilot.assembly.outside_tools import trust_book
from copilot.assembly.surroundings import Surroundings
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.shell.shells import find_shells
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import Project, ShellName


@frozen
class Bench:
    """What counts in one project. `notices` are for the person, those of rules that are not used too."""

    project: Project
    rules: RuleBook
    trust: TrustBook
    shell: ShellName
    notices: tuple[str, ...]


def policy_bench(
    around: Surroundings, home: Home, name: str, base_dir: Path | None, shell: ShellName | None = None
) -> Bench:
    """The project `name`, that of the folder, or the folder alone; no project is made.

    Raises ConfigError, ProjectError, StorageError.
    """
    settings, notices = load_settings(home)
    source = context_source(around, home, name, base_dir or (None if name else around.cwd), named=True)
    trust = trust_book(home)
    shells = find_shells(around.environ, around.platform, never_in=(Path(source.project.base_dir),))
    used: ShellName = shell or (shells[0].name if shells else "sh")
    rules = RuleBook(settings.rules, used, trust.trusts)
    flaws = rules.ready(source.project).notices
    said = tuple(dict.fromkeys((*notices, *source.notices, *flaws)))
    return Bench(project=source.project, rules=rules, trust=trust, shell=used, notices=said)
