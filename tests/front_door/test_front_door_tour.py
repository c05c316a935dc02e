"""The main job with each provider's own SDK, from question to answer; events and requests compared."""

import json
from pathlib import Path

import pytest
from golden import compare, events, requests  # pyright: ignore[reportMissingImports]

from copilot.rehearsal.tour import BUGGY_FILE, PROMPTS, SOUND, calculator_files
from copilot.vocabulary.approvals import ScriptDetail
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    MessageKept,
    Notice,
    ToolFinished,
    TurnFinished,
    UsageReported,
)

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_tour(provider: str, sit, tmp_path: Path, home_dir: Path, request) -> None:
    sitting = sit(provider)
    end = sitting.turn(PROMPTS["tour"])
    assert isinstance(end, TurnFinished), end
    assert (end.reason, end.rounds, end.rejections) == ("answered", 6, 0)
    assert "All 10 tests pass" in end.text
    assert (sitting.base_dir / BUGGY_FILE).read_bytes() == calculator_files()[BUGGY_FILE]
    assert SOUND in (sitting.base_dir / BUGGY_FILE).read_bytes()
    assert sitting.server.failures == []
    regold = bool(request.config.getoption("--regold"))
    roots = (sitting.base_dir, home_dir, tmp_path)
    compare(f"tour_{provider}_events", events(sitting.events, roots), regold=regold)
    compare(f"tour_{provider}_requests", requests(sitting.server.requests, roots), regold=regold)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_done_is_the_same_with_every_provider(provider: str) -> None:
    """Apart from token counts, call ids and the provider's own data, the four event lists are one list."""

    def told(name: str) -> list[str]:
        path = Path(__file__).parent / "golden" / f"tour_{name}_events.json"
        lines = []
        for data in json.loads(path.read_text(encoding="utf-8")):
            event = decode_event(data)
            match event:
                case Notice(level="info"):
                    continue  # that the prefix is too small for Gemini to cache
                case UsageReported() | MessageKept():
                    lines.append(type(event).__name__)
                case ToolFinished(name=tool, status=status, output=output, exit_code=code):
                    lines.append(f"ToolFinished {tool} {status} {code}\n{output}")
                case ApprovalRequested(detail=ScriptDetail(script=script), verdict=verdict):
                    lines.append(f"ApprovalRequested {verdict}\n{script}")
                case ApprovalResolved(decision=decision, by=by, shown=shown):
                    lines.append(f"ApprovalResolved {decision} {by} {shown}")
                case _:
                    text = getattr(event, "text", "")
                    lines.append(f"{type(event).__name__} {text}")
        return lines

    assert told(provider) == told("anthropic")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_calculator_answers(provider: str, sit) -> None:
    sitting = sit(provider, "calculator", bug=False)
    end = sitting.turn(PROMPTS["calculator"])
    assert isinstance(end, TurnFinished), end
    assert "`2 * 3 + 4` is **10**" in end.text
    assert sitting.server.failures == []
