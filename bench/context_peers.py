"""The other programs that `bench/context.py` measures: how each is installed, and how it is run.

They live in the cache folder, each with its own packages, and are installed only by `--install-peers`. They
run without an account, with a home of their own, and say nothing to anyone: what they would fetch when they
start (prices, a tokenizer) they do without. gitingest is the faster for it, as it then counts no tokens.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

PeerName = Literal["repomix", "gitingest", "aider"]
PINS: dict[PeerName, str] = {
    "repomix": "repomix@1.18",
    "gitingest": "gitingest==0.3.1",
    "aider": "aider-chat==0.86.*",
}
"""From npm the first, from the Python package index the others."""

_NEEDS: dict[PeerName, tuple[str, ...]] = {"repomix": ("node",), "gitingest": (), "aider": ("git",)}

MODEL = "openai/none"
AIDER = (
    f"--show-repo-map --map-tokens 1024 --yes-always --model {MODEL} --weak-model {MODEL} --no-analytics"
    " --no-check-update --no-show-model-warnings --no-show-release-notes --no-gitignore --no-pretty"
).split()
"""A model of which aider need not look anything up, and the map of 1,024 tokens that it makes by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRun:
    """One way to run a peer; `prepare` is called before each run and not measured."""

    command: tuple[str, ...]
    cwd: Path
    env: dict[str, str] = field(default_factory=dict[str, str])
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """The peers in a cache folder; `scratch` is where they write."""

    cache: Path
    scratch: Path

    def program(self, name: PeerName) -> Path:
        """Where its program lies, whether or not it is there."""
        folder = self.cache / "peers" / name
        if name == "repomix":
            return folder / "node_modules" / "repomix" / "bin" / "repomix.cjs"
        return folder / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")

    def missing(self) -> tuple[PeerName, ...]:
        """Those that cannot be run, or lack a program that they need."""
        return tuple(
            name
            for name in PINS
            if not self.program(name).exists() or any(shutil.which(needed) is None for needed in _NEEDS[name])
        )

    def install(self) -> None:
        """Install those that are missing. Trouble with one is said and does not stop the others."""
        for name in self.missing():
            folder = self.cache / "peers" / name
            folder.mkdir(parents=True, exist_ok=True)
            sys.stderr.write(f"installing {PINS[name]}\n")
            try:
                for command in _installing(name, folder):
                    subprocess.run(command, check=True, stdout=sys.stderr)
            except (OSError, subprocess.CalledProcessError) as error:
                sys.stderr.write(f"{PINS[name]} was not installed: {error}\n")

    def version(self, name: PeerName) -> str:
        """The version that is installed."""
        if name == "repomix":
            package = self.program(name).parent.parent / "package.json"
            return json.loads(package.read_text("utf-8"))["version"]
        asked = f"import importlib.metadata as m; print(m.version({PINS[name].partition('==')[0]!r}))"
        python = _python(self.cache / "peers" / name)
        return subprocess.run(
            [python, "-c", asked], capture_output=True, text=True, check=True
        ).stdout.strip()

    def repomix(self, tree: Path, *, compress: bool) -> PeerRun:
        """The whole tree as XML, its default; outlines by tree-sitter with `compress`."""
        options = ["--quiet", *(["--compress"] if compress else []), "-o", str(self.scratch / "repomix.xml")]
        return self._run("repomix", [*options, str(tree)], self.scratch)

    def gitingest(self, tree: Path) -> PeerRun:
        """The whole tree as text."""
        return self._run("gitingest", ["-o", str(self.scratch / "gitingest.txt"), str(tree)], self.scratch)

    def aider(self, tree: Path, *, warm: bool) -> PeerRun:
        """The map of a copy of the tree that git tracks, as aider needs it; its cache is kept for `warm`."""
        copy = self.scratch / f"aider-{tree.name}-{'warm' if warm else 'cold'}"
        if not copy.exists():
            shutil.copytree(tree, copy)
            identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")
            for words in (("init",), ("add", "-A", "-f"), (*identity, "commit", "-m", "tree")):
                subprocess.run(["git", *words], cwd=copy, check=True, capture_output=True)
            (self.scratch / "aider-model.json").write_text(json.dumps({MODEL: _NO_MODEL}), "utf-8")
        details = ["--model-metadata-file", str(self.scratch / "aider-model.json")]
        run = self._run("aider", [*AIDER, *details], copy)
        if warm:
            return run

        def forget() -> None:
            for folder in copy.glob(".aider.tags.cache*"):
                shutil.rmtree(folder)

        return PeerRun(command=run.command, cwd=run.cwd, env=run.env, prepare=forget)

    def _run(self, name: PeerName, options: list[str], cwd: Path) -> PeerRun:
        home = self.scratch / "peers-home"
        home.mkdir(parents=True, exist_ok=True)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("AIDER_", "REPOMIX_", "GITINGEST_"))}
        env |= {"HOME": str(home), "USERPROFILE": str(home), "OPENAI_API_KEY": "none"}
        env |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "AIDER_ANALYTICS": "false"}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        program = str(self.program(name))
        start = ("node", program) if name == "repomix" else (program,)
        return PeerRun(command=(*start, *options), cwd=cwd, env=env)


_NO_MODEL = {
    "max_input_tokens": 128_000,
    "max_output_tokens": 4_096,
    "input_cost_per_token": 0.0,
    "output_cost_per_token": 0.0,
    "litellm_provider": "openai",
    "mode": "chat",
}


def _installing(name: PeerName, folder: Path) -> list[list[str]]:
    if name == "repomix":
        npm = shutil.which("npm") or "npm"
        return [[npm, "install", "--prefix", str(folder), "--no-save", PINS[name]]]
    made = [sys.executable, "-m", "venv", str(folder)]
    return [made, [_python(folder), "-m", "pip", "install", "--quiet", PINS[name]]]


def _python(folder: Path) -> str:
    return str(folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
