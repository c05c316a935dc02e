"""`copilot completion`: a script that teaches your shell to complete this program's words."""

import argparse

from copilot.cli.completion_scripts import SHELLS, ShellWord, script
from copilot.cli.completion_words import NAME_KINDS, commands_of
from copilot.cli.world import USAGE, World

NAME = "completion"
SUMMARY = "print a script that completes copilot in your shell"
ABOUT = """\
Print a script for your shell; once it is loaded, Tab completes subcommands, options, their values, files, and
the names of projects, branches and assistants. It is made from the program's own options: print it again
after an update. For names, and for nothing else, Tab asks the program.

examples:
  eval "$(copilot completion bash)"                                       in ~/.bashrc
  eval "$(copilot completion zsh)"                                        in ~/.zshrc, after compinit
  copilot completion fish > ~/.config/fish/completions/copilot.fish
  copilot completion powershell | Out-String | Invoke-Expression          in $PROFILE
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which shell; or names, and the words that stand before them."""
    parser.add_argument("shell", nargs="?", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))
    parser.add_argument("--names", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(args: argparse.Namespace, world: World) -> int:
    """Print it."""
    from copilot.cli.parser import build

    if args.names is not None:
        from copilot.cli.completion_names import names

        kind, words = next(iter(args.names), ""), args.names[1:]
        for name in names(kind, words, world) if kind in NAME_KINDS else ():
            world.stdout.write(f"{name}\n")
        return 0
    if args.shell is None:
        world.stderr.write(f"copilot completion: name a shell: {', '.join(SHELLS)}\n")
        return USAGE
    shell: ShellWord = args.shell
    world.stdout.write(script(shell, commands_of(build())))
    return 0
