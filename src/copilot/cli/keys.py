"""`copilot keys`: where each provider's key comes from; enter, test and forget one."""

import argparse
from typing import TYPE_CHECKING, cast

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import FAILED, USAGE, World
from copilot.providers.catalog import KEY_VARIABLES
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.assembly.keys_held import HeldKeys, KeyState
    from copilot.projects.home import Home
    from copilot.vocabulary.values import ProviderName

NAME = "keys"
SUMMARY = "say where keys come from; enter, test or forget one"
ABOUT = """\
Say where the key of each provider comes from. No key is ever shown. The first place that has one wins: the
environment, the .env of the home, the system's keyring.

  set      ask for a key (it is not shown as you type) and keep it in the system's keyring
  test     ask the provider for the list of its models, with the key there is
  forget   take a key out of the keyring and out of the .env

examples:
  copilot keys
  copilot keys set anthropic
  copilot keys set openai < file-with-the-key
  copilot keys test
  copilot keys forget anthropic
"""
_ACTS = ("list", "set", "test", "forget")
_PLACES = {"environment": "the environment", "session": "", "file": "the .env", "keyring": "the keyring"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is done, and with whose key."""
    parser.add_argument(
        "act", nargs="?", default="list", choices=_ACTS, metavar="WHAT", help=", ".join(_ACTS)
    )
    parser.add_argument(
        "provider",
        nargs="?",
        choices=tuple(KEY_VARIABLES),
        metavar="PROVIDER",
        help="whose key: " + ", ".join(KEY_VARIABLES),
    )
    parser.add_argument(
        "--plain-text",
        action="store_true",
        help="keep it in the .env of the home instead, where whoever can read your files can read it",
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Do it; 1 where it failed, 2 where no provider was named for what needs one."""
    from copilot.assembly.keys_held import HeldKeys
    from copilot.cli.opening import home_of

    home = home_of(args, world)
    keys = HeldKeys(world.environ, home, world.vault)
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    provider = cast("ProviderName | None", args.provider)
    if args.act in ("set", "forget") and provider is None:
        world.stderr.write(f"copilot keys {args.act}: name a provider: {', '.join(KEY_VARIABLES)}\n")
        return USAGE
    match args.act:
        case "set":
            return _set(cast("ProviderName", provider), args, world, keys, home)
        case "forget":
            return _forget(cast("ProviderName", provider), world, keys)
        case "test":
            return _test(provider, world, keys, home, paint)
        case _:
            return _list(world, keys, paint)


def _list(world: World, keys: "HeldKeys", paint: Paint) -> int:
    for state in keys.look():
        mark = paint.green("✓") if state.source else paint.dim("–")
        world.stdout.write(f"{mark} {state.provider:<12} {visible(_words(state), keep='')}\n")
    if keys.keyring_trouble:
        world.stdout.write(paint.dim(f"{_sentence(visible(keys.keyring_trouble, keep=''))}") + "\n")
    return 0


def _words(state: "KeyState") -> str:
    if not state.source:
        return "no key" if state.provider != "compatible" else "no key (local servers want none)"
    others = f"; not used: {', '.join(_PLACES[place] for place in state.also)}" if state.also else ""
    return f"from {state.source}{others}"


def _set(
    provider: "ProviderName", args: argparse.Namespace, world: World, keys: "HeldKeys", home: "Home"
) -> int:
    from copilot.vocabulary.errors import ConfigError

    trouble = "" if args.plain_text else world.vault.trouble()
    if trouble:
        raise ConfigError(
            trouble,
            f"Set {KEY_VARIABLES[provider][0]} in the environment, or add --plain-text to keep the key in "
            f"{home.env_file}, where whoever can read your files can read it.",
        )
    home.make()
    said = keys.enter(provider, _typed(provider, world), "file" if args.plain_text else "keyring")
    world.stdout.write(f"{visible(said, keep='')}\nTry it: copilot keys test {provider}\n")
    return 0


def _typed(provider: str, world: World) -> str:
    """The key from the person's terminal, unseen, or from standard input where that is none."""
    if not world.stdin.isatty():
        return world.stdin.readline()
    import getpass

    return getpass.getpass(f"Key for {provider} (it is not shown): ", stream=world.stderr)


def _forget(provider: "ProviderName", world: World, keys: "HeldKeys") -> int:
    gone = [_PLACES[place] for place, _ in keys.forget(provider).places]
    left = keys.get(provider)
    if gone:
        world.stdout.write(f"The key for {provider} was taken out of {' and '.join(gone)}.\n")
    elif left is None:
        world.stdout.write(f"There was no key for {provider}.\n")
    if left is not None:
        world.stderr.write(f"The environment still has one: unset {left.source} where it is set.\n")
        return FAILED if not gone else 0
    return 0


def _test(provider: "ProviderName | None", world: World, keys: "HeldKeys", home: "Home", paint: Paint) -> int:
    from datetime import UTC, datetime

    from copilot.assembly.choice import Flags, choose_model, next_step
    from copilot.assembly.models import keyed, list_models
    from copilot.projects.config import load_settings
    from copilot.tokens.charging import Charging

    settings, notices = load_settings(home)
    for notice in notices:
        world.stderr.write(f"! {visible(notice)}\n")
    if provider is None:
        keys.look()
        sources = keyed(settings, keys, world.environ)
    else:
        source = choose_model(Flags(provider=provider), world.environ, settings)
        sources = () if source is None else (source,)
    if not sources:
        raise next_step(keys.get)
    today = datetime.fromtimestamp(world.clock(), UTC).date()
    failed = False
    for listed in list_models(sources, keys, Charging(settings.prices), today):
        name = f"{listed.source.provider:<12}"
        if listed.trouble is None:
            count = len(listed.models)
            world.stdout.write(f"{paint.green('✓')} {name} works: {count} models are listed\n")
            continue
        failed = True
        world.stdout.write(f"{paint.red('✗')} {name} {visible(str(listed.trouble), keep='')}\n")
        if listed.trouble.hint:
            world.stdout.write(f"  {'':<12} {paint.dim(visible(listed.trouble.hint, keep=''))}\n")
    return FAILED if failed else 0


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") else ".")
