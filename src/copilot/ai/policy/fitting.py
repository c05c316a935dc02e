"""Whether a rule fits a piece of a request: narrowly, to let it pass, or widely, to stop it."""

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from copilot.ai.policy.parts import Asked, Piece
from copilot.ai.policy.words import found_widely, name_of, rule_words, starts
from copilot.context import globs
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.readings import Effect, PathUse
from copilot.workspace.secrets import protected_reason, secret_reason

OwnEffects = Mapping[str, frozenset[Effect]]
"""What the words of each rule's commands do by themselves; more than that they do not let pass."""

_CHANGES = ("writes", "deletes", "history", "unknown")


def lets_pass(rule: PolicyRule, piece: Piece, of: Asked, own: OwnEffects) -> str:
    """ "" where an allowing rule covers the piece wholly, else what it does not cover, in words."""
    if not _tool_fits(rule, of.tool):
        return "it is for another tool"
    named = next((command for command in rule.commands if _begins(piece, command, of)), None)
    if rule.commands and named is None:
        return "it begins otherwise" if piece.words else "it is no plain command"
    if rule.patterns and not any(_whole(piece, pattern) for pattern in rule.patterns):
        return "its text fits no pattern of the rule"
    if why := _effects_uncovered(rule, piece, named, own):
        return why
    return _paths_uncovered(rule, piece, named, of.base_dir)


def _begins(piece: Piece, command: str, of: Asked) -> bool:
    return bool(piece.words) and starts(piece.words, command, of.shell)


def _whole(piece: Piece, pattern: str) -> bool:
    """A pattern with stars is for plain commands alone; one without is the very text."""
    wild = any(char in pattern for char in "*?[")
    return (bool(piece.words) or not piece.script or not wild) and fnmatchcase(piece.text, pattern)


def _effects_uncovered(rule: PolicyRule, piece: Piece, named: str | None, own: OwnEffects) -> str:
    if rule.effects:
        covered = frozenset(rule.effects)
    elif named is not None:
        covered = own.get(named, frozenset[Effect]()) | {"reads"}
    elif rule.patterns:
        return ""
    elif "unknown" in piece.effects:
        return "nobody can tell what it does"
    else:
        return ""
    more = [effect for effect in piece.effects if effect not in covered]
    return f"it also {_words(more)}" if more else ""


def _words(effects: Sequence[str]) -> str:
    said = {
        "network": "uses the network",
        "installs": "installs something",
        "privilege": "wants more rights",
        "history": "rewrites history",
        "unknown": "does what nobody can tell",
    }
    return " and ".join(said.get(effect, effect) for effect in effects)


def _paths_uncovered(rule: PolicyRule, piece: Piece, named: str | None, base: str) -> str:
    for use in piece.paths:
        if rule.paths and not any(path_fits(pattern, use, base) for pattern in rule.paths):
            return f"it touches {use.text}"
        if not rule.paths and use.place != "inside":
            return (
                f"{use.text} leads out of the project" if use.place == "outside" else f"where is {use.text}?"
            )
    literal = rule_words(named) if named is not None else ()
    for word in piece.words[1:]:
        if not rule.paths and word not in literal and _leads_out(word):
            return f"{word} leads out of the project"
    return ""


def asks_always(piece: Piece) -> str:
    """Why a piece asks whatever rules and flags say: it touches a secret, or what other programs obey."""
    for use in piece.paths:
        path = use.resolved.replace("\\", "/").rstrip("/") or "/"
        why = secret_reason(path) or (protected_reason(path) if use.effect in _CHANGES else "")
        if why:
            return f"{use.text}: {why}"
    return ""


def asks_anyway(piece: Piece) -> str:
    """Why a piece asks whatever the rules say: the same, and words that may well name a secret."""
    if why := asks_always(piece):
        return why
    for word in piece.words[1:]:
        bare = word.rpartition("=")[2].replace("\\", "/").rstrip("/")
        if bare and (why := secret_reason(bare)):
            return f"{bare}: {why}"
    return ""


def _leads_out(word: str) -> bool:
    bare = word.rpartition("=")[2].replace("\\", "/")
    return (
        bare.startswith(("/", "~"))
        or ".." in bare.split("/")
        or (len(bare) > 1 and bare[1] == ":" and bare[0].isalpha())
    )


def stops(rule: PolicyRule, piece: Piece, of: Asked) -> bool | None:
    """Whether a denying or asking rule is about the piece; None where it may be."""
    if not _tool_fits(rule, of.tool):
        return False
    told: list[bool | None] = []
    if rule.commands:
        told.append(_any(_runs(piece, command) for command in rule.commands))
    if rule.patterns:
        told.append(_any(fnmatchcase(piece.text, pattern) for pattern in rule.patterns))
    if rule.paths:
        told.append(_any(_touches(use, rule, of.base_dir) for use in piece.paths))
    if rule.effects:
        told.append(bool(set(rule.effects) & set(piece.effects)))
    if False in told:
        return False
    return None if None in told else True


def _any(found: Iterable[bool | None]) -> bool | None:
    said = tuple(found)
    return True if True in said else None if None in said else False


def _runs(piece: Piece, command: str) -> bool | None:
    if not piece.script:
        return False
    words = rule_words(command)
    if len(words) == 1 and name_of(words[0].lower()) in (name_of(one.lower()) for one in piece.commands):
        return True
    return found_widely(piece.text, command)


def _touches(use: PathUse, rule: PolicyRule, base: str) -> bool | None:
    if use.place == "unknown":
        return None
    return any(path_fits(pattern, use, base) for pattern in rule.paths)


def path_fits(pattern: str, use: PathUse, base: str) -> bool:
    """Whether a path fits a glob: against the base directory inside it, else against the whole path."""
    if use.place == "unknown":
        return False
    pattern = pattern.replace("\\", "/")
    whole = use.resolved.replace("\\", "/")
    if pattern.startswith("~/") and whole.startswith("~"):
        return globs.matches(pattern, whole)
    if pattern.startswith("~/"):
        with suppress(RuntimeError):  # nobody's home: the pattern then fits nothing
            pattern = Path(pattern).expanduser().as_posix()
    if pattern.startswith("/") or pattern[1:2] == ":":
        return globs.matches(pattern.lstrip("/"), whole.lstrip("/"))
    return use.place == "inside" and globs.matches(pattern, inside(use, base))


def inside(use: PathUse, base: str) -> str:
    """The path of a use inside the project, from the base directory ("." for that itself)."""
    whole = use.resolved.replace("\\", "/")
    if not base or not whole.startswith(("/", base[:1])):
        return posixpath.normpath(whole)
    root = base.replace("\\", "/").rstrip("/")
    return whole[len(root) + 1 :] or "."


def _tool_fits(rule: PolicyRule, tool: str) -> bool:
    return not rule.tools or any(fnmatchcase(tool, pattern) for pattern in rule.tools)
