"""What building a context stands on, in this home and for this person."""

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from copilot.context.aggregate import Workshop
from copilot.context.version import summariser_version
from copilot.projects.home import Home
from copilot.vocabulary.patterns import late

_SECTION = late(r'\s*\[\s*([\w.-]+)\s*("[^\n]*")?\s*\]')
_EXCLUDES_FILE = late(r"\s*excludesfile\s*=\s*(.*)", re.IGNORECASE)


def workshop(
    home: Home,
    environ: Mapping[str, str],
    base_dir: Path,
    clock: Callable[[], float],
    keys: Collection[str],
    *,
    window: bool = True,
    share: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Workshop:
    """The summaries' cache in the home, git's ignore file for all of this person's projects.

    Where a `window` may be open, processes that make sections let it go first. `share` lets the calling
    thread make sections too: not in a program with a window.
    """
    return Workshop(
        cache=home.state / "summaries.sqlite",
        version=summariser_version(),
        clock=clock,
        share=share,
        nice=window,
        excludes=global_excludes(environ),
        left_out=_own_folders(home, base_dir),
        keys=keys,
        progress=progress,
    )


def global_excludes(environ: Mapping[str, str]) -> Path | None:
    """git's `core.excludesFile`, else its default place (git-config(1)); None without a home folder."""
    user = environ.get("HOME") or environ.get("USERPROFILE")
    if not user:
        return None
    own = Path(user)
    xdg = Path(environ.get("XDG_CONFIG_HOME") or own / ".config")
    for config in (own / ".gitconfig", xdg / "git" / "config"):
        said = _excludes_file(config)
        if said:
            return own / said[2:] if said.startswith("~/") else Path(said)
    return xdg / "git" / "ignore"


def _excludes_file(config: Path) -> str:
    """What a configuration file of git says last; "" for nothing. Files that it includes are not read."""
    try:
        text = config.read_text("utf-8", "replace")
    except OSError:
        return ""
    said, core = "", False
    if "excludesfile" in text.lower():
        for line in text.replace("\\\n", "").splitlines():
            section = _SECTION.match(line)
            if section is not None:
                core = section[1].lower() == "core" and not section[2]
                line = line[section.end() :]
            found = _EXCLUDES_FILE.match(line)
            if core and found is not None:
                said = _value(found[1])
    return said


def _value(text: str) -> str:
    """A value as git-config(1) reads it: comments end it, quotes keep what they hold, `\\` escapes."""
    value, length, quoted = "", 0, False
    for match in re.finditer(r"\\?.", text):
        piece = match[0]
        if piece == '"':
            quoted = not quoted
        elif piece in ("#", ";") and not quoted:
            break
        else:
            value += piece[-1]
        if quoted or not piece.isspace():
            length = len(value)
    return value[:length]


def _own_folders(home: Home, base_dir: Path) -> tuple[str, ...]:
    """The folders that this program writes to, where its home lies in the base directory."""
    root = base_dir.resolve()
    found: list[str] = []
    for folder in (home.projects, home.md_gen, home.logs, home.scripts, home.state):
        path = folder.resolve()
        if path.is_relative_to(root) and path != root:
            found.append(f"{path.relative_to(root).as_posix()}/")
    return tuple(found)
