"""The assistants that may be asked in a folder, without a worker: the person's, and those of its files."""

from pathlib import Path

from copilot.ai.assisting import with_brought
from copilot.ai.trust_book import TrustBook
from copilot.assembly.context_source import context_source
from copilot.assembly.outside_tools import trust_book
from copilot.assembly.surroundings import Surroundings
from copilot.projects.assistant_pages import delete_page, write_page
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project
from copilot.workspace.brought import PROJECT_ASSISTANTS


@frozen
class AssistantsHere:
    """`known` may be asked; `waiting` are files that are not trusted, or that make none. `notices` are for
    the person."""

    project: Project
    known: tuple[Assistant, ...]
    waiting: tuple[TrustItem, ...]
    trust: TrustBook
    notices: tuple[str, ...]

    def keep(self, one: Assistant, *, new: bool) -> Path:
        """Write an assistant into the folder, trusted as it is; its file. Raises CopilotError."""
        path = write_page(Path(self.project.base_dir), PROJECT_ASSISTANTS, one, new=new)
        name = f"{PROJECT_ASSISTANTS}/{one.name}.md"
        meant = [item.sha256 for item in self.trust.items(self.project) if item.name == name]
        self.trust.answer(self.project, meant, "trusted")
        return path

    def delete(self, name: str) -> Path:
        """Take the file of an assistant out of the folder. Raises ConfigError, StorageError."""
        return delete_page(Path(self.project.base_dir), PROJECT_ASSISTANTS, name)


def assistants_here(around: Surroundings, home: Home, name: str, base_dir: Path | None) -> AssistantsHere:
    """Those for the project `name`, that of the folder, or the folder alone; no project is made.

    Raises ConfigError, ProjectError, StorageError.
    """
    settings, notices = load_settings(home)
    source = context_source(around, home, name, base_dir or (None if name else around.cwd), named=True)
    trust = trust_book(home)
    brought = trust.assistants(source.project)
    known = with_brought(settings.assistants, brought)
    names = {one.name for one in brought}
    return AssistantsHere(
        project=source.project,
        known=known,
        waiting=tuple(
            item
            for item in trust.items(source.project)
            if item.kind == "assistant" and Path(item.name).stem not in names
        ),
        trust=trust,
        notices=tuple(dict.fromkeys((*notices, *source.notices))),
    )
