"""What of a project counts because the person trusts this very content: its instructions and its rules."""

import json
import threading
from collections.abc import Collection
from hashlib import sha256
from math import ceil
from pathlib import Path

from copilot.projects.policy_tables import rule_toml
from copilot.projects.trust_file import Answer, TrustFile
from copilot.tokens.estimator import wordpieces
from copilot.vocabulary.codec import to_json
from copilot.vocabulary.diffs import unified
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import clean
from copilot.vocabulary.trusts import TrustItem, TrustState
from copilot.vocabulary.values import Project
from copilot.workspace.instructions import InstructionFile, instruction_files


@frozen
class Instruction:
    """A file of instructions that is part of the context."""

    name: str
    text: str


class TrustBook:
    """From any thread. `file` keeps the answers; without one they last as long as the program."""

    def __init__(self, file: TrustFile | None = None) -> None:
        self._file = file or TrustFile()
        self._lock = threading.Lock()
        self._told: tuple[TrustItem, ...] | None = ()

    def items(self, project: Project) -> tuple[TrustItem, ...]:
        """Everything that counts only where it is trusted, as it is now, with what was answered."""
        answers = self._answers(project)
        found = [_of_file(one) for one in instruction_files(Path(project.base_dir))]
        if project.rules:
            found.insert(0, rules_item(project))
        return tuple(_answered(one, answers) for one in found)

    def instructions(self, project: Project) -> tuple[Instruction, ...]:
        """The trusted files, the one nearest to the root first."""
        return tuple(
            Instruction(name=one.name, text=one.text)
            for one in self.items(project)
            if one.kind == "instructions" and one.state == "trusted" and one.text.strip()
        )

    def trusts(self, project: Project) -> bool:
        """Whether the very rules that the project holds are trusted."""
        return _answered(rules_item(project), self._answers(project)).state == "trusted"

    def answer(self, project: Project, hashes: Collection[str], state: TrustState) -> None:
        """Keep the person's answer for the contents with these hashes.

        Raises ProjectError where one is not there (any more), StorageError.
        """
        meant = [one for one in self.items(project) if one.sha256 in hashes]
        if {one.sha256 for one in meant} != set(hashes):
            raise ProjectError("what was to be trusted has changed meanwhile", "Look at it again.")
        self._file.keep(project.base_dir, meant, state)

    def news(self, project: Project) -> tuple[TrustItem, ...] | None:
        """The items, where they are others than those told last; else None."""
        items = self.items(project)
        with self._lock:
            if items == self._told:
                return None
            self._told = items
        return items

    def _answers(self, project: Project) -> dict[tuple[str, str], Answer]:
        return {(one.kind, one.name): one for one in self._file.answers() if one.base_dir == project.base_dir}


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


def _answered(item: TrustItem, answers: dict[tuple[str, str], Answer]) -> TrustItem:
    """The item as the person left it; one that changed since is asked about again, with what changed."""
    before = answers.get((item.kind, item.name))
    if before is None:
        return item
    if before.sha256 == item.sha256:
        return replace(item, state=before.state)
    return replace(item, diff=unified(before.text, item.text, item.name, creates=False))
