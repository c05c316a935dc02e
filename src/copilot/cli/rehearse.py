"""`copilot rehearse`: serve a scenario for any client."""

import argparse
import signal
import threading
from pathlib import Path

from copilot.cli import options, process
from copilot.cli.world import World
from copilot.vocabulary.errors import ConfigError

NAME = "rehearse"
SUMMARY = "serve a rehearsed model on this machine, for any client"
ABOUT = """\
Serve a scenario over the wire protocols of all four providers, on loopback, until interrupted.
SCENARIO is a file (docs/rehearsal.md says how to write one) or the name of one that is built in.

examples:
  copilot rehearse tour
  copilot rehearse my-scenario.toml --port 8123
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `rehearse`."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a file, or a built-in name")
    parser.add_argument(
        "--port", type=options.port, default=0, metavar="N", help="the port to listen on (any free one)"
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Serve until SIGINT or SIGTERM: that is its ordinary end, so the exit code is 0."""
    from copilot.rehearsal.scenario import load_scenario, shipped
    from copilot.rehearsal.server import RehearsalServer

    file = world.cwd / Path(args.scenario)
    scenario = load_scenario(file) if file.is_file() else shipped(args.scenario)
    server = RehearsalServer(scenario, port=args.port)
    try:
        server.start()
    except OSError as error:
        raise ConfigError(
            f"port {args.port} of 127.0.0.1 cannot be used: {error.strerror}", "Choose another --port."
        ) from error
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    process.settled()
    try:
        world.stdout.write(_addresses(args.scenario, server.url))
        world.stdout.flush()
        while not stop.wait(0.5):
            pass
    finally:
        server.stop()
    return 0


def _addresses(scenario: str, url: str) -> str:
    """The base URL for each protocol, ready to be pasted. The key may be any word."""
    return (
        f"Rehearsing {scenario} at {url} (Ctrl+C ends it; any key will do)\n"
        f"  anthropic   {url}\n"
        f"  gemini      {url}\n"
        f"  openai      {url}/v1\n"
        f"  compatible  {url}/v1\n"
    )
