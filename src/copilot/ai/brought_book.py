"""The commands, skills and assistants that may be used: the person's own, and a project's that are trusted.

The person's own assistants are in `config.toml`; here are those of a project.
"""

from collections.abc import Callable, Iterable
from math import ceil
from pathlib import Path

from copilot.ai.trust_book import Instruction
from copilot.tokens.estimator import wordpieces
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.slash import SlashCommand, filled, slash_in
from copilot.vocabulary.text import clean
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project
from copilot.workspace.brought import (
    COMMANDS,
    PROJECT_ASSISTANTS,
    PROJECT_COMMANDS,
    PROJECT_SKILLS,
    SKILLS,
    Brought,
    pages_in,
    skills_in,
)
from copilot.workspace.instructions import comment_words, hidden_words, without_hidden

_HEAD = "Skills: read one with read_skill before you do what it is for"
_LONGEST = 1_024
"""Characters of a description, as the format for skills has it."""

Trusts = Callable[[Project, TrustItem], bool]


@frozen
class Known:
    """A command or skill that may be used. `mine`: it lies in the person's home."""

    brought: Brought
    mine: bool


class BroughtBook:
    """From any thread; the disk is looked at each time. `home` is the folder of the person's own."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def items(self, project: Project) -> tuple[TrustItem, ...]:
        """What the project brings, to be trusted before anything uses it."""
        base = Path(project.base_dir)
        return (
            *(_command_item(one) for one in pages_in(base, PROJECT_COMMANDS)),
            *(_skill_item(one) for below in PROJECT_SKILLS for one in skills_in(base, below)),
            *(_assistant_item(one) for one in pages_in(base, PROJECT_ASSISTANTS)),
        )

    def assistants(self, project: Project, trusts: Trusts) -> tuple[Assistant, ...]:
        """Those of the project that may be asked. One that is wrong is left out, as its item says."""
        from copilot.projects.assistant_pages import assistant_in  # most folders have none

        base = Path(project.base_dir)
        trusted = (one for one in pages_in(base, PROJECT_ASSISTANTS) if trusts(project, _assistant_item(one)))
        made = (assistant_in(one.name, one.page)[0] for one in trusted)
        return tuple(one for one in made if one is not None)

    def commands(self, project: Project, trusts: Trusts) -> tuple[Known, ...]:
        """Those that `/name` can call; of two with one name the person's own."""
        base = Path(project.base_dir)
        brought = (one for one in pages_in(base, PROJECT_COMMANDS) if trusts(project, _command_item(one)))
        return _first((*_mine(pages_in(self._home, COMMANDS)), *_theirs(brought)))

    def named(self, project: Project, trusts: Trusts) -> tuple[SlashCommand, ...]:
        """The same, for the person to choose from."""
        return tuple(
            SlashCommand(name=one.brought.name, about=_told(one.brought), mine=one.mine)
            for one in self.commands(project, trusts)
        )

    def skills(self, project: Project, trusts: Trusts) -> tuple[Known, ...]:
        """Those that the model is told of; of two with one name the person's own."""
        base = Path(project.base_dir)
        brought = (one for below in PROJECT_SKILLS for one in skills_in(base, below))
        trusted = (one for one in brought if trusts(project, _skill_item(one)))
        return _first((*_mine(skills_in(self._home, SKILLS)), *_theirs(trusted)))

    def expanded(self, project: Project, message: str, trusts: Trusts) -> str:
        """The words to send for a message: those of the command that it calls, else the message itself."""
        called = slash_in(message)
        if called is None:
            return message
        known = {one.brought.name: one.brought for one in self.commands(project, trusts)}
        if called.name not in known:
            return message
        return filled(without_hidden(known[called.name].page.body), called.arguments)

    def listed(self, project: Project, trusts: Trusts) -> tuple[Instruction, ...]:
        """What the model is told of the skills, in every request: a line for each."""
        lines = [f"- {one.brought.name}: {_told(one.brought)}" for one in self.skills(project, trusts)]
        return (Instruction(name=_HEAD, text="\n".join(lines)),) if lines else ()


def _told(skill: Brought) -> str:
    said = without_hidden(skill.description)
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _mine(found: tuple[Brought, ...]) -> tuple[Known, ...]:
    return tuple(Known(brought=one, mine=True) for one in found)


def _theirs(found: Iterable[Brought]) -> tuple[Known, ...]:
    return tuple(Known(brought=one, mine=False) for one in found)


def _first(found: tuple[Known, ...]) -> tuple[Known, ...]:
    names: dict[str, Known] = {}
    for one in found:
        names.setdefault(one.brought.name, one)
    return tuple(names.values())


def _command_item(one: Brought) -> TrustItem:
    return TrustItem(
        kind="command",
        name=one.path,
        sha256=one.sha256,
        text=clean(one.text),
        tokens=ceil(wordpieces(one.text)),
        warnings=(*hidden_words(one.text), *comment_words(one.text)),
    )


def _skill_item(one: Brought) -> TrustItem:
    beside = f"its other files can be read, too: {', '.join(one.files)}" if one.files else ""
    return TrustItem(
        kind="skill",
        name=one.path.rpartition("/")[0],
        sha256=one.sha256,
        text=clean(one.text),
        tokens=ceil(wordpieces(one.description)),
        warnings=(*hidden_words(one.text), *comment_words(one.text), *filter(None, (beside,))),
    )


def _assistant_item(one: Brought) -> TrustItem:
    from copilot.projects.assistant_pages import assistant_in

    made, wrong = assistant_in(one.name, one.page)
    who = f"{made.provider}/{made.model}".rstrip("/") if made is not None and made.provider else ""
    asks = ", ".join(made.may_ask) if made is not None else ""
    return TrustItem(
        kind="assistant",
        name=one.path,
        sha256=one.sha256,
        text=clean(one.text),
        tokens=ceil(wordpieces(one.page.body)),
        warnings=(
            *hidden_words(one.text),
            *comment_words(one.text),
            *((f"it answers with {who}, at that model's price",) if who else ()),
            *((f"it may hand tasks to: {asks}",) if asks else ()),
            *(f"it is not used: {fault}" for fault in wrong),
        ),
    )
