"""A small codebase, a rehearsal that documents it, and the command run on it in this process."""

import io
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from copilot.assembly.keys_vault import NoVault
from copilot.cli.parser import run
from copilot.cli.world import World
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.frozen import frozen

FILES = {
    "shop/__init__.py": '"""A shop."""\n',
    "shop/cart.py": (
        '"""What is being bought."""\n\nLIMIT = 20\n\n\nclass Cart(list[str]):\n    """A cart."""\n\n'
        "    def put(self, name: str, count: int = 1) -> int:\n        return count\n"
    ),
    "shop/money/__init__.py": "",
    "shop/money/tax.py": (
        '"""Taxes."""\n\n\ndef tax(amount: float, rate: float = 0.2) -> float:\n    return amount * rate\n'
    ),
    "shop/money/pay.py": (
        '"""Paying."""\n\n\ndef pay(amount: float, *, tries: int = 3) -> bool:\n    return True\n'
    ),
    "web/app.js": "export function start(port, host) {\n  return port;\n}\nexport const PORT = 80;\n",
    "README.md": "# Shop\n\nSells things.\n",
}


@frozen
class Ended:
    """A run's exit code and what it printed."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The codebase."""
    folder = tmp_path / "shop_project"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def serve() -> Iterator[Callable[..., RehearsalServer]]:
    """Start a server that documents; `document` are lines of that table, `rules` further TOML."""
    servers: list[RehearsalServer] = []

    def start(
        document: str = "", rules: str = '[[rule]]\nanswer = [{ text = "Hello." }]\n'
    ) -> RehearsalServer:
        servers.append(RehearsalServer(parse_scenario(f"[document]\n{document}\n{rules}")))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def document(tmp_path: Path) -> Callable[..., Ended]:
    """`copilot document` with these words, in a home of its own. A server's model costs nothing.

    `typed` is what a person types in a terminal, None where there is none.
    """
    ids = itertools.count()

    def call(*words: str | Path, server: RehearsalServer | None = None, **changes: Any) -> Ended:
        home = tmp_path / "home"
        typed = changes.pop("typed", None)
        out, err = io.StringIO(), io.StringIO() if typed is None else Terminal()
        provider = changes.pop("provider", "anthropic")
        url = "" if server is None else server.url + ("/v1" if provider == "openai" else "")
        at = [] if server is None else ["--provider", provider, "--base-url", url]
        model = [] if server is None else ["--model", changes.pop("model", "rehearsal")]
        world = World(
            environ={
                "COPILOT_HOME": str(home),
                "ANTHROPIC_API_KEY": "sk-ant-api03-documented",
                "OPENAI_API_KEY": "sk-documented-documented",
                "GEMINI_API_KEY": "AIza-documented-documented",
            },
            cwd=tmp_path,
            platform="linux",
            stdin=io.StringIO() if typed is None else Terminal(typed),
            stdout=out,
            stderr=err,
            clock=lambda: 1_800_000_000.0,
            new_id=lambda: f"{next(ids):08x}",
            vault=NoVault(),
        )
        code = run(["document", *map(str, words), *at, *model], world)
        return Ended(code=code, out=out.getvalue(), err=err.getvalue())

    return call
