"""What a command of a PowerShell script does: a cmdlet by its own table, a native program like elsewhere."""

import re
from collections.abc import Sequence

from copilot.shell.reading.cmdlets import EFFECT_OF_SPECIAL, PLAIN_MEMBERS, aliases, cmdlets, parameter
from copilot.shell.reading.found import Found, Word, short
from copilot.shell.reading.judge import Inside, judge
from copilot.shell.reading.judge import is_known as judge_knows
from copilot.shell.reading.names import names
from copilot.shell.reading.paths import looks_like_path
from copilot.shell.reading.table import Rule

_KEYWORD_BLOCKS = frozenset(("begin", "process", "end", "clean", "dynamicparam"))
_FIRST_IS_NO_PATH = frozenset(("select-string",))
_FIRST_IS_ONLY_PATH = frozenset(
    ("set-content", "add-content", "out-file", "export-csv", "new-item", "set-item")
)
_NO_PATHS = names("""
    path literalpath filepath pspath destination destinationpath value filter include exclude pattern property
    message delimiter name inputobject encoding itemtype
    """)
_NETWORK = frozenset(("invoke-webrequest", "invoke-restmethod", "start-bitstransfer", "send-mailmessage"))
_RULED = re.compile(r"(?i)(?:env|function|alias|variable):")
_PIPED_FILES = "Which ones is decided by what comes through the pipe."


def full_name(name: str) -> str:
    """The cmdlet that an alias of PowerShell stands for; the name itself where it is none."""
    return aliases(windows_powershell=True).get(name.lower(), name.lower())


def is_known(name: str) -> bool:
    """Whether a command of this name (in lower case) exists beside one that the script makes."""
    full = full_name(name)
    return full in cmdlets() or full in EFFECT_OF_SPECIAL or full != name or judge_knows(name)


def judge_command(head: Word, words: Sequence[Word], found: Found, inside: Inside, *, fed: bool) -> None:
    """Add what it does to `found`; `fed`: something comes through a pipe."""
    name = full_name(head.text) if head.constant else ""
    if head.pieced:
        found.unknown(f"The name {short(head.text)} is written in pieces, as if to hide it.")
    if name in EFFECT_OF_SPECIAL:
        effects, why = EFFECT_OF_SPECIAL[name]
        found.commands.setdefault(name)
        found.add(*effects, why=why)
        return
    if name in _KEYWORD_BLOCKS or name in ("set-alias", "new-alias"):
        return
    if name in cmdlets() and name != "foreach-object":
        found.commands.setdefault(name)
        _cmdlet(name, cmdlets()[name], words, found, fed=fed)
        return
    match name:
        case "invoke-expression":
            _expression(words, found, inside, fed=fed)
        case "invoke-command":
            found.commands.setdefault(name)
            given = [parameter(w.text)[0] for w in words if _named(w)]
            if "filepath" in given:
                found.unknown("It runs a script that is not read here.")
            if any(one.startswith(("computer", "session", "host")) for one in given):
                found.add("network", "unknown", why="It runs on another machine.")
        case "start-process":
            _start(words, found, inside)
        case "foreach-object":
            found.commands.setdefault(name)
            _members(words, found)
        case "new-object":
            found.commands.setdefault(name)
            found.unknown("It makes a .NET or COM object, which can do anything.")
        case _:
            feed = Word("", constant=False) if fed else None
            judge([Word(head.text, head.constant, head.runs), *words], found, inside, feed)


def _named(word: Word) -> bool:
    return word.text[:1] == "-" and not word.quoted and len(word.text) > 1


def _cmdlet(name: str, rule: Rule, words: Sequence[Word], found: Found, *, fed: bool) -> None:
    named, free = _taken_apart(words)
    found.add(*rule.also, why=rule.why)
    if any(word.runs or not word.constant for word in words) and "network" in rule.also:
        found.unknown("What is computed here goes out over the network, in a name or an address.")
    if rule.operands is None:
        return
    if name in _NETWORK:
        found.paths_of(named.get("outfile", []), "writes")
        found.paths_of(named.get("infile", []), "reads")
        if name == "start-bitstransfer":
            found.paths_of(named.get("destination", []) or free[1:2], "writes")
        return
    found.add(rule.operands)
    first = [w for key in ("path", "literalpath", "filepath", "pspath") for w in named.get(key, [])]
    last = [w for key in ("destination", "destinationpath") for w in named.get(key, [])]
    if name in _FIRST_IS_NO_PATH and "pattern" not in named:
        free = free[1:]
    if not first and free:
        only = name in _FIRST_IS_ONLY_PATH or rule.last is not None
        first, free = (free[:1], free[1:]) if only else (free, [])
    if rule.last is not None:
        found.add(rule.last)
        found.paths_of(last or free[:1], rule.last)
    elif name == "new-item":
        first = first or named.get("name", [])
    found.paths_of(first, rule.operands)
    if rule.operands != "reads" and any(_RULED.match(word.text) for word in first):
        found.unknown("It changes what later commands mean or reach.")
    loose = (w for key, values in named.items() if key not in _NO_PATHS for w in values)
    found.paths_of((w for w in loose if looks_like_path(w.text)), rule.operands)
    if fed and not first and rule.operands in ("deletes", "writes"):
        found.unknown(_PIPED_FILES)


def _members(words: Sequence[Word], found: Found) -> None:
    """`% Name` reads a property of what comes through the pipe, or calls a method: the same words."""
    named, free = _taken_apart(words)
    members = [w for key, values in named.items() if "membername".startswith(key) for w in values]
    for word in (*members, *free[:1]):
        if word.text != "{}" and (not word.constant or word.text.lower() not in PLAIN_MEMBERS):
            found.unknown(f"It calls the member {short(word.text)} of whatever comes through the pipe.")


def _taken_apart(words: Sequence[Word]) -> tuple[dict[str, list[Word]], list[Word]]:
    """Parameters with their values, and what stands free."""
    named: dict[str, list[Word]] = {}
    free: list[Word] = []
    open_name = ""
    for word in words:
        if _named(word):
            name, kind = parameter(word.text.rstrip(":"))
            named.setdefault(name, [])
            open_name = "" if kind == "switch" else name
        elif open_name:
            named[open_name].append(word)
            if parameter(open_name)[1] != "path":
                open_name = ""
        else:
            free.append(word)
    return named, free


def _expression(words: Sequence[Word], found: Found, inside: Inside, *, fed: bool) -> None:
    found.commands.setdefault("invoke-expression")
    texts = [word for word in words if not _named(word)]
    if texts and all(word.constant for word in texts):
        found.unknown("Invoke-Expression reads a text as a script.")
        inside("powershell", " ".join(word.text for word in texts), found)
    elif fed:
        found.unknown("Invoke-Expression runs whatever comes through the pipe.")
    else:
        found.unknown("Invoke-Expression runs a text that is computed.")


def _start(words: Sequence[Word], found: Found, inside: Inside) -> None:
    named, free = _taken_apart(words)
    found.commands.setdefault("start-process")
    verbs = {word.text.lower() for word in named.get("verb", [])}
    if "runas" in verbs:
        found.add("privilege", why="It asks for an administrator's rights.")
    programs = named.get("filepath", []) or free[:1]
    rest = named.get("argumentlist", []) or free[1:]
    if programs:
        pieces = [Word(p, w.constant) for w in rest for p in (w.text.split() or [w.text])]
        judge([programs[0], *pieces], found, inside)
        if looks_like_path(programs[0].text):
            found.path(programs[0], "reads")
    found.unknown("It runs beside the script and may outlive it.")
