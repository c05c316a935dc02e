"""What counts because the person trusts this very content: a project's instructions, its rules, servers."""

import json
import threading
from collections.abc import Callable, Collection, Sequence
from hashlib import sha256
from math import ceil
from pathlib import Path

from copilot.projects.policy_tables import rule_toml
from copilot.projects.trust_file import Answer, TrustFile
from copilot.tokens.estimator import wordpieces
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.codec import to_json
from copilot.vocabulary.diffs import unified
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.slash import SlashCommand
from copilot.vocabulary.text import clean, visible
from copilot.vocabulary.trusts import TrustItem, TrustState
from copilot.vocabulary.values import Project
from copilot.workspace.instructions import InstructionFile, instruction_files
from copilot.workspace.servers_file import servers_file

Answers = dict[tuple[bool, str, str], Answer]
"""The newest answers: whether it holds everywhere, the kind, the name."""


def nothing_beside(_project: Project) -> Sequence[TrustItem]:
    """No server says anything."""
    return ()


@frozen
class Instruction:
    """A file of instructions that is part of the context."""

    name: str
    text: str


def nothing_listed(_project: Project) -> Sequence[Instruction]:
    """Nobody adds any."""
    return ()


def nothing_called(_project: Project) -> Sequence[SlashCommand]:
    """There is no command."""
    return ()


def nothing_asked(_project: Project) -> Sequence[Assistant]:
    """There is no assistant."""
    return ()


class TrustBook:
    """From any thread. `file` keeps the answers; without one they last as long as the program."""

    def __init__(
        self,
        file: TrustFile | None = None,
        beside: Callable[[Project], Sequence[TrustItem]] = nothing_beside,
        listed: Callable[[Project], Sequence[Instruction]] = nothing_listed,
        called: Callable[[Project], Sequence[SlashCommand]] = nothing_called,
        asked: Callable[[Project], Sequence[Assistant]] = nothing_asked,
    ) -> None:
        """`beside` is what else a project brings; what is `listed` needs no trust of its own.
        `called` are the commands, `asked` the project's assistants that may be.
        """
        self._file = file or TrustFile()
        self._beside = beside
        self._listed = listed
        self._called = called
        self._asked = asked
        self._lock = threading.Lock()
        self._told: tuple[tuple[object, ...], ...] = ((), (), ())

    def items(self, project: Project) -> tuple[TrustItem, ...]:
        """Everything that counts only where it is trusted, as it is now, with what was answered."""
        answers = self._answers(project)
        found = [_of_file(one) for one in instruction_files(Path(project.base_dir))]
        if project.rules:
            found.insert(0, rules_item(project))
        found += [item for item, _ in named_servers(project)]
        found += self._beside(project)
        return tuple(_answered(one, answers) for one in found)

    def instructions(self, project: Project) -> tuple[Instruction, ...]:
        """The trusted files, the one nearest to the root first; then what is listed beside them."""
        trusted = (
            Instruction(name=one.name, text=one.text)
            for one in self.items(project)
            if one.kind == "instructions" and one.state == "trusted" and one.text.strip()
        )
        return (*trusted, *self._listed(project))

    def trusts(self, project: Project) -> bool:
        """Whether the very rules that the project holds are trusted."""
        return _answered(rules_item(project), self._answers(project)).state == "trusted"

    def servers(self, project: Project) -> tuple[McpServer, ...]:
        """Those that the project's trusted `.mcp.json` names."""
        answers = self._answers(project)
        return tuple(
            one
            for item, servers in named_servers(project)
            if _answered(item, answers).state == "trusted"
            for one in servers
        )

    def said_of_tools(self, project: Project, server: McpServer) -> TrustState:
        """What was answered last about a server's words on its tools, whatever they are now."""
        before = self._answers(project).get((not server.project, "tools", server.name))
        return "asked" if before is None else before.state

    def trusts_item(self, project: Project, item: TrustItem) -> bool:
        """Whether this very content is trusted."""
        return _answered(item, self._answers(project)).state == "trusted"

    def answered(self, project: Project, item: TrustItem) -> TrustItem:
        """The item as the person left it, with what changed since it was trusted."""
        return _answered(item, self._answers(project))

    def answer(self, project: Project, hashes: Collection[str], state: TrustState) -> None:
        """Keep the person's answer for the contents with these hashes.

        Raises ProjectError where one is not there (any more), StorageError.
        """
        meant = [one for one in self.items(project) if one.sha256 in hashes]
        if {one.sha256 for one in meant} != set(hashes):
            raise ProjectError("what was to be trusted has changed meanwhile", "Look at it again.")
        self._file.keep(project.base_dir, meant, state)

    def news(self, project: Project) -> tuple[TrustItem, ...] | None:
        """The items, where they, the commands or the assistants are others than told last; else None."""
        items = self.items(project)
        told = (items, self.commands(project), self.assistants(project))
        with self._lock:
            if told == self._told:
                return None
            self._told = told
        return items

    def commands(self, project: Project) -> tuple[SlashCommand, ...]:
        """Those that the person can call by `/name`."""
        return tuple(self._called(project))

    def assistants(self, project: Project) -> tuple[Assistant, ...]:
        """Those of the project that may be asked."""
        return tuple(self._asked(project))

    def _answers(self, project: Project) -> Answers:
        return {
            (not one.base_dir, one.kind, one.name): one
            for one in self._file.answers()
            if one.base_dir in ("", project.base_dir)
        }


def named_servers(project: Project) -> tuple[tuple[TrustItem, tuple[McpServer, ...]], ...]:
    """The `.mcp.json` of a project as something to be trusted, with the servers it names; none without it."""
    data = servers_file(Path(project.base_dir))
    if data is None:
        return ()
    from copilot.projects.mcp_tables import FILE, servers_in_json, start_words

    servers, wrong = servers_in_json(data)
    item = TrustItem(
        kind="servers",
        name=FILE,
        sha256=sha256(data).hexdigest(),
        text=visible(clean(data.decode("utf-8", "replace"))),
        warnings=(*map(start_words, servers), *wrong),
    )
    return ((item, servers),)


def rules_item(project: Project) -> TrustItem:
    """The rules that a project's file holds, to be trusted as one."""
    told = json.dumps([to_json(rule) for rule in project.rules], sort_keys=True)
    text = "\n".join(rule_toml(rule) for rule in project.rules)
    allow = [rule.name for rule in project.rules if rule.decision == "allow"]
    warnings = (f"lets pass unasked what these rules allow: {', '.join(allow)}",) if allow else ()
    return TrustItem(
        kind="rules",
        name=f"{project.name}.toml",
        sha256=sha256(told.encode()).hexdigest(),
        text=clean(text),
        warnings=warnings,
    )


def _of_file(file: InstructionFile) -> TrustItem:
    return TrustItem(
        kind="instructions",
        name=file.name,
        sha256=file.sha256,
        text=clean(file.text),
        tokens=ceil(wordpieces(file.text)),
        warnings=file.warnings,
    )


def _answered(item: TrustItem, answers: Answers) -> TrustItem:
    """The item as the person left it; one that changed since is asked about again, with what changed."""
    before = answers.get((item.everywhere, item.kind, item.name))
    if before is None:
        return item
    if before.sha256 == item.sha256:
        return replace(item, state=before.state)
    return replace(item, diff=unified(before.text, item.text, item.name, creates=False))
