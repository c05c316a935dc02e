"""The environment that a script gets: a short list of names, nothing that smells of a secret, no prompts.

A pure function of the environment handed in and the platform.
"""

import re
from collections.abc import Collection, Mapping

from copilot.shell.shells import absolute_entries
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import holds_key


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EVERYWHERE = _names("""
    PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TMPDIR TEMP TMP LD_LIBRARY_PATH
    XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME XDG_STATE_HOME
    SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS
    HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY
    JAVA_HOME GOPATH GOROOT CARGO_HOME RUSTUP_HOME NVM_DIR PYENV_ROOT DOTNET_ROOT
    UV_PATH UV_CACHE_DIR UV_PYTHON_INSTALL_DIR
""")
_WINDOWS = _names("""
    SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE USERNAME USERDOMAIN HOMEDRIVE HOMEPATH
    APPDATA LOCALAPPDATA PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) PROGRAMW6432
    COMMONPROGRAMFILES COMMONPROGRAMFILES(X86) COMMONPROGRAMW6432 ALLUSERSPROFILE PUBLIC
    NUMBER_OF_PROCESSORS OS PROCESSOR_ARCHITECTURE PROCESSOR_IDENTIFIER
""")
_SECRET_NAME = late(r"TOKEN|SECRET|KEY|PASSW|AUTH|CRED", re.IGNORECASE)
_USER_IN_URL = late(r"://[^/@\s]+@")

QUIET: Mapping[str, str] = {
    "TERM": "dumb",
    "NO_COLOR": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    "SSH_ASKPASS_REQUIRE": "never",
    "DEBIAN_FRONTEND": "noninteractive",
}
"""Set for every script: plain output, no pager, and nothing that waits for a person who cannot answer."""


def child_environment(
    environ: Mapping[str, str],
    platform: str,
    *,
    keys: Collection[str] = (),
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """What a child may see of `environ`, then `QUIET`, then `extra` (the person's own additions).

    `keys` are values that no child sees, under whatever name. A display is left out on purpose: with it a
    script could press keys in our own window. Relative entries of PATH are dropped, and
    of LD_LIBRARY_PATH: an empty one, too, means the folder that the child runs in. Characters are UTF-8,
    whatever the person's locale is: that is how output is read.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if _allowed(name, platform) and not _is_secret(name, value, keys)
    }
    for name in kept:
        if name.upper() in ("PATH", "LD_LIBRARY_PATH"):
            separator = ";" if platform == "win32" else ":"
            kept[name] = separator.join(absolute_entries(kept[name], platform))
    if platform == "win32":
        kept["PYTHONIOENCODING"] = "utf-8"  # a pipe is otherwise written in the ANSI code page
    else:
        kept = _in_utf8(kept, platform)
    return {**kept, **QUIET, **(extra or {})}


def _in_utf8(kept: Mapping[str, str], platform: str) -> dict[str, str]:
    """The same in a locale of UTF-8: a program that is started from a desktop may have none at all."""
    told = kept.get("LC_ALL") or kept.get("LC_CTYPE") or kept.get("LANG", "")
    if told.lower().replace("-", "").endswith("utf8"):
        return dict(kept)
    whole = {"LANG": kept["LC_ALL"]} if kept.get("LC_ALL") else {}
    rest = {name: value for name, value in kept.items() if name != "LC_ALL"}
    return {**rest, **whole, "LC_CTYPE": "UTF-8" if platform == "darwin" else "C.UTF-8"}


def _allowed(name: str, platform: str) -> bool:
    if platform == "win32":
        return name.upper() in _EVERYWHERE | _WINDOWS
    known = name.upper() if name.lower().endswith("_proxy") else name
    return known in _EVERYWHERE or name.startswith("LC_")


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name usually holds a secret."""
    return _SECRET_NAME.search(name) is not None


def _is_secret(name: str, value: str, keys: Collection[str]) -> bool:
    return bool(is_secret_name(name) or _USER_IN_URL.search(value)) or holds_key(value, keys)
