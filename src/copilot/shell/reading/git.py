"""git by its sub-commands. Source: git's manual pages (2.39 and later)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from copilot.shell.reading.found import Word, is_long, short
from copilot.shell.reading.names import names
from copilot.vocabulary.readings import Effect

if TYPE_CHECKING:
    from copilot.shell.reading.judge import Call

_READS = names("""
    status diff log show blame annotate grep ls-files ls-tree rev-parse rev-list describe shortlog
    cat-file name-rev merge-base for-each-ref show-ref show-branch whatchanged count-objects diff-tree
    diff-index diff-files check-ignore check-attr var version help range-diff cherry fsck verify-commit
    verify-tag
    """)
_WRITES = names("""
    add init mv apply am merge cherry-pick revert switch worktree archive bundle format-patch mergetool
    bisect sparse-checkout update-index read-tree write-tree commit-tree hash-object notes rerere lfs
    """)
_NETWORK = names("""
    fetch pull push clone ls-remote submodule remote send-email request-pull svn p4
    """)
_HOOKED = names("""
    commit merge rebase checkout switch push pull am clone cherry-pick revert worktree gc
    """)
_HISTORY = names("""
    rebase filter-branch filter-repo update-ref replace reflog prune gc fast-import
    """)
_TAKES_VALUE = names("""
    -C -c --git-dir --work-tree --namespace --exec-path --config-env
    """)
_RUNS = ("--exec", "--upload-pack", "--receive-pack", "--ext-diff", "--textconv", "--open-files-in-pager")
_RUNS_IN: Mapping[str, tuple[str, ...]] = {
    "clone": ("-u", "-c", "--config", "--template"),
    "init": ("--template",),
    "rebase": ("-x",),
    "grep": ("-O",),
    "cat-file": ("--filters",),
    "send-email": ("--sendmail-cmd", "--smtp-server", "--to-cmd", "--cc-cmd", "--header-cmd"),
}
"""Options by which a sub-command runs a program, or brings settings and hooks that do."""
_WHOLE = frozenset(("--text", "--open"))
"""Options of their own that another one begins with."""


def git(call: "Call") -> None:
    """What a git command does."""
    words = list(call.words)
    while words and words[0].text[:1] == "-":
        option = words.pop(0).text
        name = option.split("=")[0]
        value = words.pop(0) if option in _TAKES_VALUE and words else Word(option.partition("=")[2])
        _global(call, name, value)
    if not words:
        return
    if not words[0].constant:
        call.found.unknown("Which git command it is, is computed.")
        return
    what, more = words[0].text, words[1:]
    call.found.commands.pop("git", None)
    call.found.commands.setdefault(f"git {what}")
    call.found.why.setdefault("git runs programs that the repository's own configuration and hooks name.")
    _sub(call, what, more)
    if what in _HOOKED and not any(w.text == "--no-verify" for w in more):
        call.found.why.setdefault(f"git {what} runs the repository's hooks.")
    for word in more:
        if _runs(what, word.text) or "ext::" in word.text:
            call.found.unknown(f"{short(word.text)} makes git run a program.")


def _runs(what: str, text: str) -> bool:
    if text in _WHOLE:
        return False
    short_ones = [one for one in _RUNS_IN.get(what, ()) if len(one) == 2]
    long_ones = (*_RUNS, *_RUNS_IN.get(what, ()))
    return text.startswith(tuple(short_ones)) or any(is_long(text, one) for one in long_ones)


def _global(call: "Call", name: str, value: Word) -> None:
    if name in ("-c", "--config-env", "--exec-path"):
        call.found.unknown(f"git is given the setting {short(value.text)}, and settings can run programs.")
    elif name in ("-C", "--git-dir", "--work-tree"):
        call.found.path(value, "reads")


def _sub(call: "Call", what: str, more: list[Word]) -> None:
    found = call.found
    options = {word.text for word in more if word.text[:1] == "-"}
    files = [word for word in more if word.text[:1] != "-"]
    if what in _READS:
        found.add("reads")
        _output(call, more)
        return
    if what in ("archive", "format-patch"):
        _output(call, more, "-o")
    known = False
    for names_of, effects, why in _CLASSES:
        if what in names_of:
            found.add(*effects, why=why.format(what))
            known = True
    special = _SPECIAL.get(what)
    if special is not None:
        special(call, what, options, files)
    elif not known:
        found.unknown(f"git {short(what)} is not known here: it may be an alias, which can run anything.")


def _commit(call: "Call", _what: str, options: set[str], _files: list[Word]) -> None:
    call.found.add("writes")
    if "--amend" in options:
        call.found.add("history", why="--amend replaces the last commit.")


def _fetch(call: "Call", what: str, _options: set[str], files: list[Word]) -> None:
    call.found.add("writes")
    if what == "clone" and len(files) > 1:
        call.found.path(files[1], "writes")


def _clean(call: "Call", _what: str, _options: set[str], _files: list[Word]) -> None:
    call.found.add("deletes", why="git clean deletes files that are in no commit.")


def _commands(call: "Call", what: str, _options: set[str], files: list[Word]) -> None:
    """Those that run the commands they are given."""
    if what == "filter-branch" or (files and files[0].text in ("foreach", "run")):
        call.found.unknown(f"git {what} runs the commands that it is given.")
    elif what == "bisect":
        call.found.add("writes")


def _made(call: "Call", what: str, _options: set[str], files: list[Word]) -> None:
    """Those that write a file or a folder they are told."""
    place = {"bundle": 1, "worktree": 1, "init": 0}.get(what)
    if place is not None and (place == 0 or (files and files[0].text in ("create", "add", "move"))):
        call.found.paths_of(files[place : place + 1], "writes")


def _named(call: "Call", what: str, _options: set[str], files: list[Word]) -> None:
    effects: dict[str, Effect] = {"rm": "deletes", "mv": "writes", "add": "reads"}
    call.found.paths_of(files, effects[what])


def _output(call: "Call", more: list[Word], brief: str = "--output") -> None:
    for number, word in enumerate(more):
        if is_long(word.text, "--output") or word.text == brief:
            joined = Word(word.text.partition("=")[2], word.constant)
            call.found.path(joined if joined.text else (*more[number + 1 :], Word("."))[0], "writes")


def _push(call: "Call", _what: str, options: set[str], files: list[Word]) -> None:
    forced = any(one.startswith("--force") for one in options) or any(
        one.startswith("-") and not one.startswith("--") and "f" in one for one in options
    )
    if forced or "--mirror" in options or any(word.text.startswith("+") for word in files):
        call.found.add("history", why="A forced push replaces commits on the server.")
    if "--delete" in options or "-d" in options or any(word.text.startswith(":") for word in files):
        call.found.add("deletes", why="It deletes a branch on the server.")


def _back(call: "Call", what: str, options: set[str], files: list[Word]) -> None:
    found = call.found
    if what == "reset":
        found.add("history", "writes", why="git reset moves the branch to another commit.")
        if options & {"--hard", "--merge", "--keep"}:
            found.add("deletes", why="Changes that are in no commit are lost.")
    elif (
        what == "restore" or "--" in options or "." in {w.text for w in files} or options & {"-f", "--force"}
    ):
        found.add("writes", "deletes", why="Changes that are in no commit are lost.")
        if what == "restore":
            found.paths_of(files, "writes")
    else:
        found.add("writes")


def _refs(call: "Call", what: str, options: set[str], files: list[Word]) -> None:
    found = call.found
    first = files[0].text if files else ""
    if options & {"-D", "-d", "--delete", "-M", "-f", "--force"} or first in ("drop", "clear"):
        found.add("history", "deletes", why=f"git {what} drops what was recorded.")
    elif files or (what == "stash" and first not in ("list", "show")):
        found.add("writes")
    else:
        found.add("reads")


def _config(call: "Call", _what: str, options: set[str], files: list[Word]) -> None:
    if options & {"--get", "--list", "-l", "--get-all", "--get-regexp"} or len(files) == 1:
        call.found.add("reads")
    else:
        call.found.add("writes")
        call.found.unknown("A git setting can name programs that git runs later.")
        if options & {"--global", "--system"}:
            call.found.path(Word("~/.gitconfig"), "writes")


_CLASSES: tuple[tuple[frozenset[str], tuple[Effect, ...], str], ...] = (
    (_NETWORK, ("network",), ""),
    (_HISTORY, ("history", "writes"), "git {} rewrites what was recorded."),
    (_WRITES, ("writes",), ""),
)
_SPECIAL: Mapping[str, Callable[["Call", str, set[str], list[Word]], None]] = {
    "commit": _commit,
    "push": _push,
    "pull": _fetch,
    "clone": _fetch,
    "fetch": _fetch,
    "reset": _back,
    "checkout": _back,
    "restore": _back,
    "clean": _clean,
    "rm": _named,
    "mv": _named,
    "add": _named,
    "branch": _refs,
    "tag": _refs,
    "stash": _refs,
    "config": _config,
    "submodule": _commands,
    "bisect": _commands,
    "filter-branch": _commands,
    "bundle": _made,
    "worktree": _made,
    "init": _made,
}
