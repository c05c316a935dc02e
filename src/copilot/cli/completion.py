"""`copilot completion`: a script that teaches your shell to complete this program's words."""

import argparse

from copilot.cli.completion_scripts import SHELLS, ShellWord, script
from copilot.cli.completion_words import commands_of
from copilot.cli.world import World

NAME = "completion"
SUMMARY = "print a script that completes copilot in your shell"
ABOUT = """\
Print a script for your shell; once it is loaded, Tab completes subcommands, options, their values and files.
It is made from the program's own options: print it again after an update. No Tab starts the program.

examples:
  eval "$(copilot completion bash)"                                       in ~/.bashrc
  eval "$(copilot completion zsh)"                                        in ~/.zshrc, after compinit
  copilot completion fish > ~/.config/fish/completions/copilot.fish
  copilot completion powershell | Out-String | Invoke-Expression          in $PROFILE
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which shell."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(args: argparse.Namespace, world: World) -> int:
    """Print it."""
    from copilot.cli.parser import build

    shell: ShellWord = args.shell
    world.stdout.write(script(shell, commands_of(build())))
    return 0
