"""Money through the front door: bounds before a request, caps that ask, the ledger after it, cache misses."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import approve, reject
from copilot.rehearsal.scenario import Scenario, parse_scenario
from copilot.tokens.prices import Price, Rates, cost
from copilot.vocabulary.approvals import ApprovalPolicy, SpendDetail
from copilot.vocabulary.commands import ChooseFiles, CompactBranch, CountTokens, StopCounting
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    CacheMissed,
    CommandFailed,
    Notice,
    RequestSent,
    RetryScheduled,
    TextDelta,
    TokensCounted,
    TurnCancelled,
    TurnFailed,
    TurnFinished,
    UsageReported,
    UsageTotalled,
)
from copilot.vocabulary.values import FileChoice

RATES = Rates(input=3.0, output=15.0, cached=0.3, cache_write=3.75)
PRICE = """
[prices."anthropic/rehearsed"]
input = 3.0
output = 15.0
cached = 0.3
cache_write = 3.75
"""
TALK = parse_scenario('title = "talk"\n[[rule]]\nanswer = [{ text = "Yes, that is so." }]\n')


def configured(home_dir: Path, text: str) -> None:
    home_dir.mkdir(parents=True, exist_ok=True)
    (home_dir / "config.toml").write_text(text)


def ledger(home_dir: Path) -> list[dict[str, Any]]:
    path = home_dir / "state" / "ledger.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def told(sitting: Any, kind: type) -> list[Any]:
    return [event for event in sitting.events if isinstance(event, kind)]


def sat(sit: Any, home_dir: Path, config: str, scenario: Scenario | str = TALK, **more: Any) -> Any:
    configured(home_dir, config)
    return sit("anthropic", scenario, model="rehearsed", **more)


def test_a_request_is_bounded_before_and_settled_after(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, PRICE)
    assert isinstance(sitting.turn("Is that so?"), TurnFinished)
    (sent,) = told(sitting, RequestSent)
    (used,) = told(sitting, UsageReported)
    assert used.usd == pytest.approx(cost(used.usage, Price(names=(), rates=RATES)))
    assert 0 < sent.least_usd <= used.usd <= sent.most_usd
    assert sent.most_usd > 32_000 * 15 / 1e6
    lines = ledger(home_dir)
    assert [line["kind"] for line in lines] == ["reserved", "settled"]
    assert lines[0]["usd"] == pytest.approx(sent.most_usd)
    assert lines[1]["usd"] == pytest.approx(used.usd)
    totals = {total.scope: total for total in told(sitting, UsageTotalled)[-1].totals}
    assert {scope: total.requests for scope, total in totals.items()} == {
        "turn": 1, "branch": 1, "project": 1, "day": 1,
    }  # fmt: skip
    assert totals["project"].usd == pytest.approx(used.usd)
    assert totals["turn"].usage == used.usage


def test_what_runs_on_this_machine_costs_nothing_and_passes_every_cap(sit: Any, home_dir: Path) -> None:
    configured(home_dir, "[caps]\nturn_usd = 0\nproject_usd = 0.0\nday_usd = 0\n")
    sitting = sit("anthropic", TALK, model="rehearsal")
    assert isinstance(sitting.turn("Is that so?"), TurnFinished)
    assert told(sitting, RequestSent)[0].most_usd == 0.0
    assert told(sitting, ApprovalRequested) == []
    assert [line["kind"] for line in ledger(home_dir)] == ["spent"]


@pytest.mark.parametrize("scope", ["turn", "project", "day"])
def test_a_request_that_may_pass_a_cap_asks_and_is_sent_when_the_person_wants(
    sit: Any, home_dir: Path, scope: str
) -> None:
    sitting = sat(sit, home_dir, f"[caps]\n{scope}_usd = 0.4\n{PRICE}")
    assert isinstance(sitting.turn("Is that so?", approve), TurnFinished)
    (asked,) = told(sitting, ApprovalRequested)
    (sent,) = told(sitting, RequestSent)
    assert asked.verdict == "ask"
    assert asked.detail == SpendDetail(
        scope=scope,  # type: ignore[arg-type]
        cap_usd=0.4,
        spent_usd=0.0,
        least_usd=sent.least_usd,
        most_usd=sent.most_usd,
        model="anthropic/rehearsed",
    )
    assert sitting.events.index(asked) < sitting.events.index(sent)


def test_a_request_that_the_person_does_not_want_is_not_sent(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, f"[caps]\nday_usd = 0.4\n{PRICE}")
    end = sitting.turn("Is that so?", reject)
    assert isinstance(end, TurnFailed)
    assert end.kind == "cap"
    assert "the cap is $0.40 today, $0 of it used" in end.message
    assert sitting.server.requests == []
    assert ledger(home_dir) == []
    assert told(sitting, RequestSent) == []


def test_without_a_person_a_cap_ends_the_turn(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, f"[caps]\nturn_usd = 0\n{PRICE}")
    for mode in ("ask", "all", "none"):
        policy = ApprovalPolicy(mode=mode, person=False)
        end = sitting.turn("Is that so?", policy=policy)
        assert isinstance(end, TurnFailed)
        assert end.kind == "cap"
    assert {event.by for event in told(sitting, ApprovalResolved)} == {"nobody"}
    assert sitting.server.requests == []


def test_stopping_while_a_cap_asks_cancels_the_turn_and_reserves_nothing(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, f"[caps]\nday_usd = 0\n{PRICE}")
    turn = sitting.start("Is that so?", ApprovalPolicy())
    sitting.until(ApprovalRequested)
    sitting.stop(turn)
    sitting.until(TurnCancelled)
    assert ledger(home_dir) == []


def test_a_project_lowers_a_cap_and_never_raises_it(sit: Any, home_dir: Path, tmp_path: Path) -> None:
    (home_dir / "projects").mkdir(parents=True)
    base = json.dumps(str(tmp_path / "calculator"))
    project = home_dir / "projects" / "calculator.toml"
    caps = "[caps]\nproject_usd = 0.1\nday_usd = 900.0\n"
    project.write_text(f"schema_version = 1\n[files]\nbase_dir = {base}\n{caps}")
    sitting = sat(sit, home_dir, f"[caps]\nproject_usd = 100.0\nday_usd = 1.0\n{PRICE}")
    assert isinstance(sitting.turn("Is that so?", reject), TurnFailed)
    (asked,) = told(sitting, ApprovalRequested)
    assert (asked.detail.scope, asked.detail.cap_usd) == ("project", 0.1)
    totals = {total.scope: total.cap_usd for total in told(sitting, UsageTotalled)[0].totals}
    assert totals == {"turn": None, "branch": None, "project": 0.1, "day": 1.0}
    sitting.close()
    assert "project_usd = 0.1" in project.read_text()


def test_a_model_without_a_price_is_told_once_and_asked_for_where_there_is_a_cap(
    sit: Any, home_dir: Path
) -> None:
    configured(home_dir, "[caps]\nday_usd = 5\n")
    sitting = sit("anthropic", TALK, model="rehearsed")
    nowhere = "http://model.invalid.example:1"
    choice = type(sitting.desk.model)(provider="compatible", model="nobody-knows", base_url=nowhere)
    sitting.desk.model = choice
    for _ in range(2):
        assert isinstance(sitting.turn("Is that so?", reject), TurnFailed)
    details = [event.detail for event in told(sitting, ApprovalRequested)]
    assert [(d.least_usd, d.most_usd, d.model) for d in details] == [
        (None, None, "compatible/nobody-knows")
    ] * 2
    assert len([n for n in told(sitting, Notice) if "No price is known" in n.text]) == 1
    assert told(sitting, RequestSent) == []


FAULTS = {
    "refused": 'title = "t"\n[[rule]]\nanswer = [{ fault = "status", status = 400 }]\n',
    "broken": 'title = "t"\n[[rule]]\nanswer = [{ text = "Yes, that is so." }, { fault = "drop" }]\n',
    "failed": 'title = "t"\n[[rule]]\nanswer = [{ text = "Yes, that is so." }, { fault = "error" }]\n',
}


@pytest.mark.parametrize(
    ("fault", "asked", "kinds"),
    [
        (
            '{ fault = "status", status = 429, retry_after = 0 }',
            1,
            ["reserved", "released", "reserved", "settled"],
        ),
        ('{ fault = "drop" }', 2, ["reserved", "settled", "reserved", "settled"]),
    ],
    ids=["refused", "perhaps paid"],
)
def test_a_request_that_goes_again_asks_again_only_where_it_may_have_cost_something(
    sit: Any, home_dir: Path, fault: str, asked: int, kinds: list[str]
) -> None:
    first = f"[[rule]]\nwhen = {{ times = 1 }}\nanswer = [{fault}]\n"
    again = f'title = "t"\n{first}[[rule]]\nanswer = [{{ text = "Yes." }}]\n'
    sitting = sat(sit, home_dir, f"[caps]\nday_usd = 0.4\n{PRICE}", parse_scenario(again))
    assert isinstance(sitting.turn("Is that so?", approve), TurnFinished)
    assert len(told(sitting, RetryScheduled)) == 1
    assert [line["kind"] for line in ledger(home_dir)] == kinds
    assert len(told(sitting, ApprovalRequested)) == asked


def test_a_refused_request_costs_nothing(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, PRICE, parse_scenario(FAULTS["refused"]))
    assert isinstance(sitting.turn("Is that so?"), TurnFailed)
    assert [line["kind"] for line in ledger(home_dir)] == ["reserved", "released"]
    assert told(sitting, UsageTotalled)[-1].totals[0].usd == 0.0


@pytest.mark.parametrize("fault", ["broken", "failed"])
def test_an_answer_that_breaks_off_is_put_down_at_an_estimate(sit: Any, home_dir: Path, fault: str) -> None:
    sitting = sat(sit, home_dir, PRICE, parse_scenario(FAULTS[fault]))
    end = sitting.turn("Is that so?")
    assert isinstance(end, TurnFailed)
    assert end.kind == ("unavailable" if fault == "failed" else "network")
    reserved, settled = ledger(home_dir)[-2:]
    assert (reserved["kind"], settled["kind"], settled["estimated"]) == ("reserved", "settled", True)
    assert 0 < settled["usd"] < reserved["usd"]
    assert told(sitting, UsageTotalled)[-1].totals[0].usd == pytest.approx(settled["usd"])
    assert settled["usage"]["output_tokens"] > 0


@pytest.mark.parametrize(
    ("parts", "sign", "end"),
    [
        ('{ fault = "silent" }', RequestSent, "settled"),
        ('{ text = "One " }, { fault = "stall" }', TextDelta, "settled"),
        ('{ text = "One " }, { fault = "trickle" }', TextDelta, "settled"),
        ('{ fault = "status", status = 429, retry_after = 60 }', RetryScheduled, "released"),
    ],
    ids=["before headers", "mid-stream", "pings", "retry wait"],
)
@pytest.mark.parametrize("leaving", [False, True], ids=["stop", "end of the program"])
def test_whenever_a_turn_is_stopped_its_request_has_an_end_in_the_ledger(
    sit: Any, home_dir: Path, parts: str, sign: type, end: str, leaving: bool
) -> None:
    sitting = sat(sit, home_dir, PRICE, parse_scenario(f'title = "t"\n[[rule]]\nanswer = [{parts}]\n'))
    turn = sitting.start("Is that so?", ApprovalPolicy())
    sitting.until(sign)
    while not any(request.method == "POST" for request in sitting.server.requests):
        time.sleep(0.01)
    if leaving:
        sitting.close()
    else:
        sitting.stop(turn)
        sitting.until(TurnCancelled)
    assert [line["kind"] for line in ledger(home_dir)] == ["reserved", end]
    assert ledger(home_dir)[1].get("estimated", False) == (end == "settled")
    assert len(told(sitting, TurnCancelled)) == 1


def test_a_summary_that_is_stopped_before_it_is_sent_reserves_nothing(sit: Any, home_dir: Path) -> None:
    pause = 'when = { asked = "Wait." }\nanswer = [{ fault = "status", status = 429, retry_after = 60 }]\n'
    talk = f'title = "t"\n[[rule]]\n{pause}[[rule]]\nanswer = [{{ text = "Yes." }}]\n'
    sitting = sat(sit, home_dir, PRICE, parse_scenario(talk))
    assert isinstance(sitting.turn("Is that so?"), TurnFinished)
    turn = sitting.start("Wait.", ApprovalPolicy())
    sitting.until(RetryScheduled)
    sitting.stop(turn)
    sitting.until(TurnCancelled)
    sitting.desk.worker.submit(
        CompactBranch(request_id="c", branch="main", model=sitting.desk.model, policy=ApprovalPolicy())
    )
    sitting.until(RetryScheduled)
    assert ledger(home_dir)[-1]["kind"] == "reserved"
    sitting.stop("c")
    assert isinstance(sitting.until(CommandFailed), CommandFailed)
    assert ledger(home_dir)[-1]["kind"] == "released"
    assert all(not total.open_usd for total in sitting.desk.kit.spending.totals(sitting.project, "main", "c"))


# --- the ledger's disk ------------------------------------------------------------------


@pytest.mark.parametrize("capped", [False, True])
def test_a_ledger_that_takes_nothing_holds_requests_back_only_where_there_is_a_cap(
    sit: Any, home_dir: Path, capped: bool
) -> None:
    (home_dir / "state" / "ledger.jsonl").mkdir(parents=True)
    sitting = sat(sit, home_dir, ("[caps]\nday_usd = 50\n" if capped else "") + PRICE)
    end = sitting.turn("Is that so?")
    if capped:
        assert isinstance(end, TurnFailed)
        assert end.kind == "storage"
        assert sitting.server.requests == []
    else:
        assert isinstance(end, TurnFinished)
        assert isinstance(sitting.turn("And this?"), TurnFinished)
        assert len([n for n in told(sitting, Notice) if "cannot be recorded" in n.text]) == 1


# --- exact counts -----------------------------------------------------------------------


def counting(sitting: Any, request_id: str = "c1") -> CountTokens:
    return CountTokens(
        request_id=request_id,
        project=sitting.project,
        branch="main",
        user_message="How much?",
        model=sitting.desk.model,
    )


def test_the_provider_counts_exactly_while_a_turn_waits(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, f"[caps]\nday_usd = 0\n{PRICE}")
    turn = sitting.start("Is that so?", ApprovalPolicy())
    sitting.until(ApprovalRequested)
    sitting.desk.worker.submit(counting(sitting))
    counted = sitting.until(TokensCounted)
    assert counted.request_id == "c1"
    assert counted.tokens > 100
    assert 0.3 < counted.estimated / counted.tokens < 3
    sitting.stop(turn)
    sitting.until(TurnCancelled)


def test_a_count_can_be_stopped(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, "")
    sitting.until(UsageTotalled)
    asked = [f"c{number}" for number in range(20)]  # a single one may have its answer before the stop
    for name in asked:
        sitting.desk.worker.submit(counting(sitting, name))
        sitting.desk.worker.submit(StopCounting(request_id=name))
    ends = [sitting.until(TokensCounted, CommandFailed) for _ in asked]
    assert sorted(end.request_id for end in ends) == sorted(asked)
    assert any(isinstance(end, CommandFailed) for end in ends)


def test_the_end_of_the_worker_is_its_last_word_also_while_counts_are_under_way(
    sit: Any, home_dir: Path
) -> None:
    sitting = sat(sit, home_dir, "")
    sitting.until(UsageTotalled)
    for number in range(20):
        sitting.desk.worker.submit(counting(sitting, f"c{number}"))
    sitting.close()
    told_of = {
        event.request_id for event in sitting.events if isinstance(event, TokensCounted | CommandFailed)
    }
    assert told_of == {f"c{number}" for number in range(20)}
    assert sitting.desk.worker.next_event(0.5) is None


# --- the cache --------------------------------------------------------------------------


def test_a_cache_that_missed_names_the_file_that_changed_first(sit: Any, home_dir: Path) -> None:
    sitting = sat(sit, home_dir, PRICE)
    files = (FileChoice(pattern="calculator/*.py"),)
    sitting.do(ChooseFiles(request_id="f", files=files))
    path = sitting.base_dir / "calculator" / "evaluator.py"
    path.write_text(path.read_text() + "# " + "long words of a comment " * 400 + "\n")
    assert isinstance(sitting.turn("Is that so?"), TurnFinished)
    assert told(sitting, UsageReported)[0].usage.cache_write_tokens > 1_024
    assert isinstance(sitting.turn("And still?"), TurnFinished)
    assert told(sitting, CacheMissed) == []
    path.write_text("# now it begins otherwise\n" + path.read_text())
    assert isinstance(sitting.turn("And now?"), TurnFinished)
    (missed,) = told(sitting, CacheMissed)
    assert (missed.cause, missed.kind, missed.name) == ("changed", "files", "calculator/evaluator.py")
    before, now = (event.usage for event in told(sitting, UsageReported)[-2:])
    assert missed.tokens == before.cache_read_tokens + before.cache_write_tokens - now.cache_read_tokens
    assert missed.usd == pytest.approx(missed.tokens * (3.75 - 0.3) / 1e6)


def test_a_cache_that_missed_after_a_new_start_names_the_file_as_well(sit: Any, home_dir: Path) -> None:
    """Each question on the command line is a program of its own."""
    sitting = sat(sit, home_dir, PRICE)
    sitting.do(ChooseFiles(request_id="f", files=(FileChoice(pattern="calculator/*.py"),)))
    path = sitting.base_dir / "calculator" / "evaluator.py"
    path.write_text(path.read_text() + "# " + "long words of a comment " * 400 + "\n")
    assert isinstance(sitting.turn("Is that so?"), TurnFinished)
    sitting.close()
    again = sat(sit, home_dir, PRICE, server=sitting.server)
    assert isinstance(again.turn("And still?"), TurnFinished)
    assert told(again, UsageReported)[0].usage.cache_read_tokens > 1_024
    assert told(again, CacheMissed) == []
    again.close()
    path.write_text("# now it begins otherwise\n" + path.read_text())
    later = sat(sit, home_dir, PRICE, server=sitting.server)
    assert isinstance(later.turn("And now?"), TurnFinished)
    (missed,) = told(later, CacheMissed)
    assert (missed.cause, missed.kind, missed.name) == ("changed", "files", "calculator/evaluator.py")
    assert missed.tokens > 1_024
