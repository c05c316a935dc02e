"""What the rules say of a request: allow, deny or ask, the strictest of all; and why, in words.

Each statement is judged by itself. All must be allowed for the whole to be; one that is denied denies it.
What was not understood asks, and so does what no rule allows.
"""

from collections.abc import Callable, Iterable

from copilot.ai.policy.fitting import asks_anyway, lets_pass, stops
from copilot.ai.policy.parts import Asked, Piece
from copilot.ai.policy.rules import CheckedRule, RuleSet
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import Ruling
from copilot.vocabulary.text import visible

NO_RULE = "no rule of yours allows it"
NOT_UNDERSTOOD = "it was not understood, so the rules leave it to you"
_LONGEST = 60

Links = Callable[[Asked], str]
"""What leads out of the project by way of a link on the disk, in words; "" where nothing does."""


def _no_links(_asked: Asked) -> str:
    return ""


def judge(rules: RuleSet, asked: Asked, links: Links = _no_links) -> Ruling:
    """The verdict of all rules on a request. It never raises, and says "ask" where it cannot tell."""
    if not rules.rules:
        return Ruling(verdict="ask", why="")
    pieces = tuple(_judged(rules, piece, asked) for piece in asked.pieces)
    whole = _whole_text(rules, asked) if asked.trouble else None
    said = [*pieces, *((whole,) if whole is not None else ())]
    for verdict in ("deny", "ask"):
        strict = next((one for one in said if one.verdict == verdict and one.rule), None)
        if strict is not None:
            return strict
    if asked.trouble:
        return Ruling(
            verdict="ask", why=f"it was not understood, so each rule leaves it to you: {asked.trouble}"
        )
    asking = next((one for one in said if one.verdict == "ask"), None)
    if asking is not None:
        return asking
    if not pieces:
        return Ruling(verdict="ask", why=NO_RULE)
    if leading := links(asked):
        return Ruling(verdict="ask", why=leading)
    names = tuple(dict.fromkeys(one.rule for one in pieces))
    why = "; ".join(dict.fromkeys(one.why for one in pieces))
    return replace(pieces[0], why=why, rule=", ".join(names))


def _judged(rules: RuleSet, piece: Piece, asked: Asked) -> Ruling:
    about = _about(piece, asked)
    stricter = _strictest(rules.strict, piece, asked, about)
    if stricter is not None:
        return stricter
    if why := asks_anyway(piece):
        return Ruling(verdict="ask", why=f"{about} asks whatever a rule says: {why}")
    nearly = ""
    for one in rules.allowing:
        short = lets_pass(one.rule, piece, asked, rules.own)
        if not short:
            return Ruling(
                verdict="allow",
                why=f"the rule {_name(one)} allows {about}",
                rule=one.rule.name,
                source=one.source,
            )
        if (not nearly and short.startswith(("it also", "it touches"))) or "leads out" in short:
            nearly = f", and the rule {_name(one)} does not cover it: {short}"
    return Ruling(verdict="ask", why=f"{NO_RULE}: {about}{nearly}")


def _strictest(strict: Iterable[CheckedRule], piece: Piece, asked: Asked, about: str) -> Ruling | None:
    """What a denying or an asking rule says; a denial that may be meant asks."""
    found: Ruling | None = None
    for one in strict:
        told = stops(one.rule, piece, asked)
        if told is False:
            continue
        if told and one.rule.decision == "deny":
            return Ruling(
                verdict="deny",
                why=f"the rule {_name(one)} denies {about}",
                rule=one.rule.name,
                source=one.source,
            )
        verb = "asks about" if one.rule.decision == "ask" else "may be about"
        verb = verb if one.holds else "does not fit its own examples, so it asks about"
        found = found or Ruling(
            verdict="ask", why=f"the rule {_name(one)} {verb} {about}", rule=one.rule.name, source=one.source
        )
    return found


def _whole_text(rules: RuleSet, asked: Asked) -> Ruling | None:
    """What denying and asking rules say of a script that could not be cut into statements."""
    piece = Piece(text=asked.text, words=(), effects=("unknown",), paths=())
    return _strictest(rules.strict, piece, asked, "it")


def _about(piece: Piece, asked: Asked) -> str:
    flat = visible(" ".join(piece.text.split()), keep="")
    short = flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"
    return f"{short!r}" if len(asked.pieces) < 2 else f"line {piece.first_line}, {short!r}"


def _name(one: CheckedRule) -> str:
    whose = " of this project" if one.source == "project" else ""
    return f"{one.rule.name!r}{whose}"
