"""Names that become folders: whom and which project they mean must be one answer on every file system."""

from copilot.projects.project_manager import name_flaw
from copilot.vocabulary.patterns import late

MOST_USER_NAME = 32
"""Characters; also what a user's name may have on most systems (useradd: 32)."""

_USER = late(r"[a-z0-9][a-z0-9_.-]*")


def user_flaw(name: str) -> str | None:
    """Why nobody can be called that, or None. Only small letters of ASCII: no two names are one folder."""
    if not _USER.fullmatch(name):
        return "it may have small letters a-z, digits, and inside it . _ -"
    if len(name) > MOST_USER_NAME:
        return f"it is longer than {MOST_USER_NAME} characters"
    return name_flaw(name)


def project_flaw(name: str, others: tuple[str, ...] = ()) -> str | None:
    """Why a project cannot be called that beside the `others`, or None. One of those itself is no flaw."""
    flaw = name_flaw(name)
    if flaw is None and name not in others and name.casefold() in {one.casefold() for one in others}:
        return "there is one that differs from it only in capital letters"
    return flaw
