"""`copilot serve users`: who may come in, by which tokens, within which limits."""

import argparse
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import names_of
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.projects.home import Home
    from copilot.serve.contract import Limits
    from copilot.serve.tokens import Roll, UsersFile


def run(args: argparse.Namespace, world: World, home: "Home") -> int:
    """List, add, revoke or limit."""
    from copilot.cli.serve import serve_folder
    from copilot.serve.tokens import UsersFile

    file = UsersFile(serve_folder(home))
    match args.words:
        case []:
            return _list(file.read(), world)
        case ["add", str(name)]:
            return _add(file, name, args.expires, world)
        case ["revoke", str(named)]:
            return _revoke(file, named, world)
        case ["limits", str(name), *changes]:
            return _limit(file, name, changes, world)
        case _:
            world.stderr.write(
                "copilot serve users: that is none of: users, users add NAME, users revoke NAME|ID, "
                "users limits NAME [LIMIT=VALUE …]. Try: copilot serve --help\n"
            )
            return USAGE


def _list(roll: "Roll", world: World) -> int:
    if not roll.accounts:
        world.stdout.write("There are no users. Add one: copilot serve users add NAME\n")
    for account in roll.accounts:
        limits = " ".join(f"{name}={json.dumps(value)}" for name, value in account.limits.items())
        world.stdout.write(f"{account.name}{'  ' if limits else ''}{limits}\n")
        tokens = [one for one in roll.tokens if one.user == account.name]
        for one in tokens:
            end = "" if one.expires_at is None else f"  expires {_day(one.expires_at)}"
            over = "  (expired)" if one.is_over(world.clock()) else ""
            world.stdout.write(f"  {one.id}  made {_day(one.made_at)}{end}{over}\n")
        if not tokens:
            world.stdout.write("  no token\n")
    return 0


def _add(file: "UsersFile", name: str, days: int | None, world: World) -> int:
    """The token alone goes to standard output, so that it can be piped to where it belongs."""
    secret, made = file.add(name, days, world.clock())
    end = "" if made.expires_at is None else f", until {_day(made.expires_at)}"
    world.stderr.write(f"A token for {name}{end}. It is not shown again; its ID is {made.id}.\n")
    world.stdout.write(f"{secret}\n")
    return 0


def _revoke(file: "UsersFile", named: str, world: World) -> int:
    gone = file.revoke(named)
    if not gone:
        world.stderr.write(f"copilot serve: {visible(named)} is no user with a token and no token's ID\n")
        return FAILED
    words = "1 token" if len(gone) == 1 else f"{len(gone)} tokens"
    world.stdout.write(f"Revoked {words} of {gone[0].user}: {', '.join(one.id for one in gone)}\n")
    return 0


def _limit(file: "UsersFile", name: str, changes: list[str], world: World) -> int:
    if changes:
        limits = file.limit(name, _changes(changes))
    else:
        found = next((one.user for one in file.read().accounts if one.name == name), None)
        if found is None:
            raise ConfigError(f"there is no user {name!r}", "copilot serve users lists them.")
        limits = found.limits
    for line in _lines(limits):
        world.stdout.write(f"{line}\n")
    return 0


def _changes(words: list[str]) -> Mapping[str, JsonValue]:
    """`NAME=VALUE` as values. Raises ConfigError."""
    found: dict[str, JsonValue] = {}
    for word in words:
        name, equals, text = word.partition("=")
        try:
            value: object = None if text == "none" else json.loads(text)
        except ValueError:
            equals, value = "", None
        if not equals or not (value is None or isinstance(value, int | float)):
            raise ConfigError(f"{visible(word)!r} sets no limit", "Like this: turns=4, or day_usd=none")
        found[name] = value
    return found


def _lines(limits: "Limits") -> list[str]:
    names = names_of(limits)
    widest = max(map(len, names))
    return [f"{name:<{widest}}  {_shown(getattr(limits, name))}" for name in names]


def _shown(value: float | None) -> str:
    return "none" if value is None else f"{value:,}"


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))
