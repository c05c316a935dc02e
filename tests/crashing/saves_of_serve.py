"""How `copilot serve` saves who may come in, and what they did."""

import json
from pathlib import Path

from saving import Do, SavePath

from copilot.serve.audit import AuditLogs, check
from copilot.serve.tokens import UsersFile

AT = 1_800_014_400.0


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
    logs = AuditLogs(root / "logs", root / "state", lambda: AT)
    for number in range(3):
        do(f"{number}", lambda number=number: logs.write("ada", {"did": number}, sync=True))
    do("closed", logs.close)


def seen_audit(root: Path) -> object:
    """A line that a disk refused after it was written stands there twice: nothing is taken out of a log."""
    checked = check(root / "logs", root / "state", "ada")
    assert all("is torn" in one for one in checked.problems), checked.problems
    return tuple(dict.fromkeys(json.loads(line)["did"] for line in checked.lines))


AUDIT = SavePath(
    name="the audit log of a user",
    modules=("serve/audit.py",),
    play=play_audit,
    seen=seen_audit,
    states=((), (0,), (0, 1), (0, 1, 2), (0, 1, 2)),
)
PATHS = (USERS, AUDIT)
