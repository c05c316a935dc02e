"""How `copilot serve` saves who may come in, and what they did."""

import json
from pathlib import Path

from saving import Do, SavePath

from copilot.serve.audit import AuditLogs, check
from copilot.serve.audit_parts import Keeping
from copilot.serve.tokens import UsersFile

AT = 1_800_014_400.0
_LESS_THAN_TWO_LINES = 200
"""Bytes."""


def play_users(root: Path, do: Do) -> None:
    file = UsersFile(root / "state")
    do("ada", lambda: file.add("ada", None, AT))
    do("limited", lambda: file.limit("ada", {"turns": 4}))
    do("revoked", lambda: file.revoke("ada"))


def seen_users(root: Path) -> object:
    roll = UsersFile(root / "state").read()
    return {one.name: one.user.limits.turns for one in roll.accounts}, bool(roll.tokens)


USERS = SavePath(
    name="users of a server and their tokens",
    modules=("serve/tokens.py",),
    play=play_users,
    seen=seen_users,
    states=(({}, False), ({"ada": 2}, True), ({"ada": 4}, True), ({"ada": 4}, False)),
)


def play_audit(root: Path, do: Do) -> None:
    """Each line is a part of its own, and the first one goes when there is a third."""
    keeping = Keeping(part_bytes=1, all_bytes=_LESS_THAN_TWO_LINES)
    logs = AuditLogs(root / "logs", root / "state", lambda: AT, keeping=keeping)
    for number in range(3):
        do(f"{number}", lambda number=number: logs.write("ada", {"did": number}, sync=True))
    do("closed", logs.close)


def seen_audit(root: Path) -> object:
    """The newest line; a check says that none before it is missing but what was removed on purpose. A line
    that a disk refused after it was written may stand there twice: nothing is taken out of a log."""
    checked = check(root / "logs", root / "state", "ada")
    assert all("is torn" in one for one in checked.problems), checked.problems
    return json.loads(checked.lines[-1])["did"] if checked.lines else None


AUDIT = SavePath(
    name="the audit log of a user",
    modules=("serve/audit.py", "serve/audit_parts.py"),
    play=play_audit,
    seen=seen_audit,
    states=(None, 0, 1, 2, 2),
)
PATHS = (USERS, AUDIT)
