"""Programs whose effect hangs on their sub-command or options: git, find, sed, tar, curl, package managers.

Sources: the manual pages of git 2.39 and later, GNU findutils, sed, tar and coreutils, curl, wget, rsync and
ripgrep, and the command references of pip, uv, npm, cargo, go and gem.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from copilot.shell.reading.found import Word, is_long, operands, short
from copilot.shell.reading.git import git
from copilot.shell.reading.names import names

if TYPE_CHECKING:
    from copilot.shell.reading.judge import Call

_INSTALLING = {
    "pip": "install download uninstall wheel",
    "pip3": "install download uninstall wheel",
    "uv": "add remove sync lock pip tool python venv",
    "conda": "install create update remove env",
    "mamba": "install create update remove env",
    "poetry": "install add update remove lock",
    "pdm": "install add update remove sync",
    "npm": "install i ci add update up uninstall remove rm link audit",
    "pnpm": "install i add update remove dlx",
    "yarn": "install add upgrade remove dlx",
    "cargo": "install add update fetch uninstall",
    "go": "get install",
    "gem": "install update uninstall",
    "rustup": "update install toolchain component target",
    "nvm": "install use",
    "gradle": "",
}
_ONLY_TELLS = names("""
    list show freeze check --version -V -v version help env ls
    """)


_TAR_RUNS = (
    "--checkpoint-action",
    "--to-command",
    "--use-compress-program",
    "--info-script",
    "--new-volume-script",
    "--rsh-command",
    "--rmt-command",
)
_TAR_RUNS_LETTER = re.compile(r"-[^-fCbXTgKNVHLIF]*[IF]")
_CURL_WRITES = (
    *("-o", "--output", "--output-dir", "-D", "--dump-header", "-c", "--cookie-jar", "--trace"),
    *("--trace-ascii", "--stderr", "--etag-save", "--hsts", "--alt-svc", "--libcurl"),
)
_CURL_VALUED = "AbcCdDeEFhHKmoPQrtTuUwxXyYz"
_WGET_VALUED = "aBDeIiloOPQRtTUwXA"
"""Letters that take a value (curl(1), wget(1))."""


def table() -> Mapping[str, "Callable[[Call], None]"]:
    """Every program of this module by name."""
    packages: dict[str, Callable[[Call], None]] = dict.fromkeys(_INSTALLING, _packages)
    return packages | {
        "git": git,
        "find": _find,
        "gfind": _find,
        "sed": _sed,
        "gsed": _sed,
        "awk": _awk,
        "mawk": _awk,
        "tar": _tar,
        "bsdtar": _tar,
        "curl": _curl,
        "wget": _wget,
        "rsync": _rsync,
        "rg": _rg,
        "uniq": _into_second,
        "xxd": _into_second,
        "date": _sets,
        "hostname": _sets,
        "sort": _sort,
        "man": _man,
        "dd": _dd,
        "cd": _cd,
        "pushd": _cd,
        "popd": _cd,
        "yq": _yq,
        "chmod": _chmod,
        "history": _history,
        "mkfs.ext4": _disk,
        "read": _read_builtin,
        "less": _pager,
        "more": _pager,
        "tree": _tree,
    }


def _packages(call: "Call") -> None:
    found = call.found
    words = [word for word in call.words if not word.text.startswith("-")]
    what = words[0].text if words else ""
    if what in _INSTALLING[call.name].split() and what:
        found.add("installs", "network", "writes")
        found.unknown("A package may run programs of its own while it is installed.")
    elif what == "cache" and call.name in ("pip", "uv", "npm"):
        found.add("deletes", why="It clears a cache.")
    elif what in _ONLY_TELLS or (not what and call.has("--version", "-V", "-v", "--help")):
        found.add("reads")
    else:
        found.unknown(f"{call.name} {short(what)} runs what files of the project tell it.")


def _find(call: "Call") -> None:
    found, words = call.found, call.words
    start = 0
    while start < len(words) and re.fullmatch(r"-[HLP]|-O\d|-D", words[start].text):
        start += 2 if words[start].text == "-D" else 1
    options = start
    while start < len(words) and words[start].text[:1] not in ("-", "(", "!"):
        start += 1
    folders = words[options:start] or (Word("."),)
    found.paths_of(folders, "reads")
    number = start
    while number < len(words):
        text = words[number].text
        if text == "-delete":
            found.paths_of(folders, "deletes")
        elif text in ("-exec", "-execdir", "-ok", "-okdir"):
            end = number + 1
            while end < len(words) and words[end].text not in (";", "\\;", "+"):
                end += 1
            inner = [_found_file(word) for word in words[number + 1 : end]]
            if any(word.text == "…" for word in inner):
                found.why.setdefault("Which files it acts on is decided by what find finds.")
            call.again(inner)
            number = end
        elif text in ("-fprint", "-fprint0", "-fprintf", "-fls"):
            found.paths_of(words[number + 1 : number + 2], "writes")
        number += 1


def _found_file(word: Word) -> Word:
    return Word(word.text.replace("{}", "…"), constant=False) if "{}" in word.text else word


_SED_SAFE = re.compile(
    r"(?:[\d,$!~+ ]|/(?:\\.|[^/\\\n])*/)*(?:[pdqGgHhxNnD=]|[yst]?)|"
    r"(?:[\d,$!~+ ]|/(?:\\.|[^/\\\n])*/)*"
    r"s([/|#,:@!])(?:\\.|(?!\1)[^\\\n])*\1(?:\\.|(?!\1)[^\\\n])*\1[gpiI\d]*"
)


def _sed(call: "Call") -> None:
    found = call.found
    given = list(call.values("-e", "--expression", valued="efl"))
    files = [word for word in call.words if word.text[:1] != "-"]
    if call.has("-f", "--file"):
        found.unknown("sed runs a script from a file that is not read here.")
    elif given:
        files = [word for word in files if all(word.text != one.text for one in given)]
        for one in given:
            _sed_script(call, one)
    elif files:
        _sed_script(call, files.pop(0))
    in_place = any(word.text.startswith(("-i", "--in-place")) for word in call.words)
    found.add("reads")
    found.paths_of(files, "writes" if in_place else "reads")


def _sed_script(call: "Call", script: Word) -> None:
    parts = [part.strip() for part in re.split(r";(?![^/|#]*[/|#][gpiI\d]*(?:;|$))|\n", script.text)]
    if not script.constant or not all(_SED_SAFE.fullmatch(part) for part in parts if part):
        call.found.unknown("This sed script may run commands or write files.")


def _awk(call: "Call") -> None:
    found = call.found
    words = [word for word in call.words if word.text[:1] != "-"]
    known = ("-F", "-v", "--field-separator", "--assign", "--version")
    if not words or not all(word.text.startswith((*known, "--=")) for word in _options(call.words)):
        found.unknown("awk runs a program that is not read here, or is told to load one.")
        return
    for option in known[:4]:
        values = {value.text for value in call.values(option)}
        words = [word for word in words if word.text not in values]
    if not words or not words[0].constant or re.search(r"system|getline|[|>@]|close|-i\b", words[0].text):
        found.unknown("This awk program may run commands or write files.")
    found.add("reads")
    found.paths_of((w for w in words[1:] if "=" not in w.text), "reads")


def _tar(call: "Call") -> None:
    found, words = call.found, list(call.words)
    if not words:
        return
    letters = words[0].text.lstrip("-") if not words[0].text.startswith("--") else ""
    for word in words:
        if _tar_runs(word.text) or _TAR_RUNS_LETTER.match(word.text):
            found.unknown(f"{short(word.text)} makes tar run a command.")
    if words[0].text[:1] != "-" and set("IF") & set(letters):
        found.unknown(f"{short(words[0].text)} makes tar run a command.")
    if call.has("--absolute-names") or "P" in letters or any(w.text == "-P" for w in words):
        found.path(Word("…", constant=False), "writes")
        found.why.setdefault("With absolute names an archive reaches files everywhere.")
    archive = call.value("-f", "--file")
    if "f" in letters and len(words) > 1:
        archive = words[1]
    into = call.value("-C", "--directory")
    if "x" in letters or call.has("--extract", "--get"):
        found.add("writes", why="It writes what the archive holds; that can be many files.")
        found.paths_of([archive] if archive else [], "reads")
        found.path(into if into is not None else Word("."), "writes")
    elif "t" in letters or call.has("--list"):
        found.paths_of([archive] if archive else [], "reads")
    else:
        found.add("reads")
        found.paths_of([archive] if archive else [], "writes")
        named = [w for w in words[1:] if w.text[:1] != "-" and (archive is None or w.text != archive.text)]
        found.paths_of(named, "reads")


def _tar_runs(text: str) -> bool:
    name = text.split("=")[0]
    return name != "--checkpoint" and any(is_long(name, option) for option in _TAR_RUNS)


def _curl(call: "Call") -> None:
    found = call.found
    found.add("network")
    found.paths_of(call.values(*_CURL_WRITES, valued=_CURL_VALUED), "writes")
    if call.has("-O", "--remote-name", "--remote-name-all", "-J"):
        found.path(Word("./"), "writes")
    if call.value("-K", "--config", valued=_CURL_VALUED) is not None:
        found.unknown("curl reads its options from a file.")
    for word in call.words:
        if word.text.startswith("@") or "=@" in word.text:
            found.path(Word(word.text.split("@", 1)[1], word.constant), "reads")
            found.why.setdefault("It sends a file over the network.")
    for sent in call.values("-T", "--upload-file", valued=_CURL_VALUED):
        found.add("reads", why="It sends a file over the network.")
        found.path(sent, "reads")
    if call.has("-d", "--data", "--data-binary", "--data-raw", "-F", "--form", "--json"):
        found.why.setdefault("It sends data over the network.")


def _wget(call: "Call") -> None:
    found = call.found
    found.add("network", "writes")
    if call.value("-e", "--execute", "--use-askpass") is not None:
        found.unknown("wget takes a command of its own.")
    out = call.value("-O", "--output-document", valued=_WGET_VALUED) or call.value("-P", "--directory-prefix")
    found.paths_of(call.values("-o", "--output-file", "-a", "--append-output", valued=_WGET_VALUED), "writes")
    if out is None or out.text != "-":
        found.path(out if out is not None else Word("./"), "writes")
    for sent in call.values("--post-file", "--body-file"):
        found.add("reads", why="It sends a file over the network.")
        found.path(sent, "reads")


def _rsync(call: "Call") -> None:
    found = call.found
    if call.value("-e", "--rsh", "--rsync-path", valued="eBfTM") is not None:
        found.unknown("rsync is told which program carries it.")
    files = [word for word in call.words if word.text[:1] != "-"]
    for number, word in enumerate(files):
        effect = "writes" if number == len(files) - 1 and number else "reads"
        if re.match(r"(?:[\w.-]+@)?[\w.-]{2,}:|rsync://", word.text):
            found.add("network", effect)
        else:
            found.path(word, effect)
    if any(word.text.startswith("--delete") for word in call.words):
        found.paths_of(files[-1:], "deletes")


def _rg(call: "Call") -> None:
    for option in ("--pre", "--hostname-bin", "--search-zip", "-z"):
        if call.value(option) is not None or call.has(option):
            call.found.unknown(f"rg {option} runs a program.")
    words = [word for word in call.words if word.text[:1] != "-"]
    call.found.paths_of(words[1:] or (Word("."),), "reads")


def _sort(call: "Call") -> None:
    if call.value("--compress-program") is not None:
        call.found.unknown("sort --compress-program runs a program.")
    out = list(call.values("-o", "--output", valued="ktoST"))
    call.found.paths_of(out, "writes")
    call.found.add("reads")
    valued = frozenset(("-k", "-t", "-o", "-S", "-T"))
    files = [w for w in operands(call.words, valued) if w.text != "-" and not any(w is one for one in out)]
    call.found.paths_of(files, "reads")


def _into_second(call: "Call") -> None:
    """It reads the first file and writes the second (POSIX uniq; xxd's manual)."""
    files = operands(call.words, frozenset(("-f", "-s", "-w", "-l", "-c", "-g", "-o", "-n")))
    call.found.add("reads")
    call.found.paths_of((w for w in files[:1] if w.text != "-"), "reads")
    call.found.paths_of((w for w in files[1:2] if w.text != "-"), "writes")


def _sets(call: "Call") -> None:
    """Both tell, and set only where they are told to."""
    named = [word for word in call.words if word.text[:1] not in ("-", "+")]
    told = call.has("--set", "--file") or any(word.text[:2] in ("-s", "-F", "-b") for word in call.words)
    if call.name == "hostname":
        told = told or bool(named)
    elif not told:  # POSIX: an operand of digits sets the date
        told = any(word.text.isdigit() and len(word.text) >= 8 for word in named)
    if told:
        call.found.add("privilege", why=f"{call.name} changes the system.")


def _options(words: "Sequence[Word]") -> "list[Word]":
    ends = next((number for number, word in enumerate(words) if word.text == "--"), len(words))
    return [word for word in words[:ends] if word.text[:1] == "-" and word.text != "-"]


def _man(call: "Call") -> None:
    if call.value("-P", "--pager", "-H", "--html", valued="CRLmMSserDpPEH") is not None:
        call.found.unknown("man is told which program to run.")
    call.found.add("reads")


def _dd(call: "Call") -> None:
    for word in call.words:
        name, _, value = word.text.partition("=")
        if name == "if":
            call.found.path(Word(value, word.constant), "reads")
        elif name == "of":
            call.found.path(Word(value, word.constant), "writes")
            if value.startswith("/dev/") and value not in ("/dev/null",):
                call.found.add("deletes", "privilege", why="It writes over a device.")


def _cd(call: "Call") -> None:
    """Where it goes is followed by the reader of the script; it has no effect of its own."""


def _yq(call: "Call") -> None:
    words = [word for word in call.words if word.text[:1] != "-"]
    call.found.paths_of(words[1:], "writes" if call.has("-i", "--inplace", "--in-place") else "reads")


def _chmod(call: "Call") -> None:
    words = [word for word in call.words if word.text[:1] != "-" or re.fullmatch(r"-[rwxXst]+", word.text)]
    call.found.add("writes", why="It changes who may read, write or run a file.")
    call.found.paths_of(words[1:], "writes")
    if words and re.search(r"s|^[2467]\d{3}$", words[0].text):
        call.found.add("privilege", why="A file so marked runs with its owner's rights.")


def _history(call: "Call") -> None:
    if call.has("-c", "-d", "-w", "-a", "-r"):
        call.found.add("deletes", why="It changes the shell's own history.")


def _disk(call: "Call") -> None:
    call.found.add("deletes", "privilege", why="It makes a new file system: what was there is gone.")


def _read_builtin(call: "Call") -> None:
    if any("[" in word.text for word in call.words):
        call.found.unknown("A subscript is computed, and that can run a command.")


def _pager(call: "Call") -> None:
    if call.has("-o", "-O") or any(word.text.startswith("+") for word in call.words):
        call.found.unknown(f"{call.name} is given commands of its own.")
    call.found.add("reads")
    call.found.paths_of((w for w in call.words if w.text[:1] not in "-+"), "reads")


def _tree(call: "Call") -> None:
    out = call.value("-o")
    if out is not None:
        call.found.path(out, "writes")
    call.found.add("reads")
    skip = {w.text for w in (out, call.value("-L"), call.value("-I"), call.value("-P")) if w is not None}
    call.found.paths_of((w for w in call.words if w.text[:1] != "-" and w.text not in skip), "reads")
