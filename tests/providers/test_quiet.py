"""What a provider does to the process it runs in: nothing at import, nothing on the terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from talk import PROVIDERS

SPEAK = """
from loopback import Answer, Loopback, recorded
from talk import chunks_of, made, request_to
from copilot.providers.bridge import Bridge
bridge = Bridge()
with Loopback(Answer(body=recorded({name!r}, "answer"))) as server:
    print(len(chunks_of(made({name!r}, server.url, bridge), request_to({name!r}))))
bridge.close()
"""
LOAD = """
import importlib, sys
for name in ("anthropic", "gemini", "openai", "compatible"):
    importlib.import_module(f"copilot.providers.{name}")
print([name for name in ("anthropic", "openai", "google.genai") if name in sys.modules])
"""


def output(code: str, **variables: str) -> tuple[str, str]:
    """What a fresh interpreter prints to stdout and stderr."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "compatible"])
def test_nothing_is_printed_whatever_the_environment_asks_for(name: str) -> None:
    loud = {"ANTHROPIC_LOG": "debug", "OPENAI_LOG": "debug"}
    assert output(SPEAK.format(name=name), **loud) == ("3\n", "")


def test_loading_the_provider_files_loads_no_sdk() -> None:
    assert output(LOAD) == ("[]\n", "")
