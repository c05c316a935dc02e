"""What can be typed after `copilot`, as values: read off the parser, so that no list is written twice."""

import argparse
from collections.abc import Iterator, Mapping
from typing import Literal, cast

from copilot.vocabulary.frozen import frozen

NameKind = Literal["project", "branch", "assistant"]
NAME_KINDS: tuple[NameKind, ...] = ("project", "branch", "assistant")
Takes = Literal["nothing", "word", "file", "folder", "project", "branch", "assistant"]
"""The last three are names that the program knows: a script asks it for them."""
_NAMES: Mapping[str, NameKind] = {"--project": "project", "--branch": "branch", "--may-ask": "assistant"}
_ELSEWHERE = ("connect",)
"""Commands whose names are those of another machine."""
_FILES = frozenset({"FILE", "PATH", "GLOB", "LOG", "SCENARIO"})
"""Placeholders that stand for a file; DIR stands for a folder."""


@frozen
class Option:
    """An option by all its names. `choices` are the words it takes, where these are known."""

    names: tuple[str, ...]
    about: str
    takes: Takes
    choices: tuple[str, ...] = ()


@frozen
class Command:
    """A subcommand; the name "" is the program without one. `choices` are what its words may be."""

    name: str
    about: str
    options: tuple[Option, ...]
    takes: Takes = "nothing"
    choices: tuple[str, ...] = ()


def commands_of(parser: argparse.ArgumentParser) -> tuple[Command, ...]:
    """The program itself first, its subcommands as its choices, then each of these."""
    found = next(filter(_is_below, parser._actions))  # pyright: ignore[reportPrivateUsage]
    found = cast("argparse._SubParsersAction[argparse.ArgumentParser]", found)  # pyright: ignore[reportPrivateUsage]
    about = {one.dest: one.help or "" for one in found._choices_actions}  # pyright: ignore[reportPrivateUsage]
    below = tuple(_command(name, about.get(name, ""), sub) for name, sub in found.choices.items())
    options = tuple(_options(parser, named=True))
    own = Command(name="", about="", options=options, choices=tuple(one.name for one in below))
    return (own, *below)


def _is_below(action: argparse.Action) -> bool:
    return isinstance(action, argparse._SubParsersAction)  # pyright: ignore[reportPrivateUsage]


def _command(name: str, about: str, parser: argparse.ArgumentParser) -> Command:
    words = [action for action in parser._actions if not action.option_strings]  # pyright: ignore[reportPrivateUsage]
    choices = tuple(str(one) for action in words for one in action.choices or ())
    kinds: list[Takes] = [_takes(action) for action in words if not action.choices]
    takes: Takes = "word" if words else "nothing"
    for kind in kinds:
        if kind != "word":
            takes = kind
            break
    options = tuple(_options(parser, named=name not in _ELSEWHERE))
    return Command(name=name, about=about, options=options, takes=takes, choices=choices)


def _options(parser: argparse.ArgumentParser, *, named: bool) -> Iterator[Option]:
    """`named`: its names are those that the program knows here."""
    for action in parser._actions:  # pyright: ignore[reportPrivateUsage]
        if action.option_strings and action.help != argparse.SUPPRESS:
            yield Option(
                names=tuple(action.option_strings),
                about=(action.help or "").replace("%%", "%"),
                takes=(_NAMES.get(action.option_strings[0]) if named else None) or _takes(action),
                choices=tuple(str(one) for one in action.choices or ()),
            )


def _takes(action: argparse.Action) -> Takes:
    if action.nargs == 0:
        return "nothing"
    told = action.metavar if isinstance(action.metavar, str) else ""
    return "file" if told in _FILES else "folder" if told == "DIR" else "word"
