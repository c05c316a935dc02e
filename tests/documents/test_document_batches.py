"""`copilot document --batch` with the batches of all three services: sent, collected, at half the price."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from copilot.documents.page import bodies
from copilot.rehearsal.server import RehearsalServer

RULE = '[[rule]]\nanswer = [{ text = "Hello." }]\n'
Serve = Callable[..., RehearsalServer]


def alone(server: RehearsalServer) -> int:
    """Requests that were sent by themselves."""
    return sum(
        request.method == "POST"
        and request.path.rpartition("/")[2].partition(":")[2] in ("", "streamGenerateContent")
        and request.path.rpartition("/")[2] not in ("batches", "files")
        for request in server.requests
    )


@pytest.mark.parametrize("provider", ["anthropic", "openai", "gemini"])
def test_files_go_in_a_batch_and_folders_follow(
    shop: Path, tmp_path: Path, serve: Serve, document: Callable, provider: str
) -> None:
    (tmp_path / "home").mkdir()
    config = f'[prices."{provider}/priced"]\ninput = 4\noutput = 20\n'
    (tmp_path / "home" / "config.toml").write_text(config)
    server = serve(f"[batches]\nlooks = 1\n{RULE}", "")
    said = {"server": server, "provider": provider, "model": "priced"}
    sent = document(shop, "--batch", "--yes", **said)
    assert (sent.code, alone(server)) == (75, 0), sent.err
    assert "6 requests sent in 1 batch" in sent.err
    assert not (shop / "docs").exists()
    again = document(shop, "--batch", "--yes", **said)
    assert (again.code, alone(server)) == (75, 0), again.err
    assert "6 requests are on their way" in again.err
    ended = document(shop, "--batch", "--yes", **said)
    assert ended.code == 0, ended.err
    assert "6 answers collected" in ended.err
    assert alone(server) == 4, "three folders and the whole"
    text = (shop / "docs/CODEBASE.md").read_text()
    assert len(bodies(text)) == 11
    assert "[`tax(amount: float, rate: float=0.2) -> float`](../shop/money/tax.py#L4)" in text
    assert server.failures == []
    last = document(shop, "--batch", **said)
    assert (last.code, alone(server)) == (0, 4)
    lines = [json.loads(line) for line in (tmp_path / "home/state/ledger.jsonl").read_text().splitlines()]
    batch, *others = [line for line in lines if line["kind"] == "settled"]
    used = batch["usage"]
    assert batch["usd"] == pytest.approx(0.5 * (used["input_tokens"] * 4 + used["output_tokens"] * 20) / 1e6)
    assert len(others) == 4


@pytest.mark.parametrize("provider", ["anthropic", "openai", "gemini"])
def test_a_batch_whose_id_was_lost_is_found_again(
    shop: Path, tmp_path: Path, serve: Serve, document: Callable, provider: str
) -> None:
    server = serve(f"[batches]\nlooks = 0\n{RULE}", "")
    said = {"server": server, "provider": provider}
    assert document(shop, "--batch", **said).code == 75
    posted = json.dumps([request.body for request in server.requests])
    with sqlite3.connect(tmp_path / "home/state/documents.sqlite") as kept:
        entry = kept.execute("SELECT place FROM batches").fetchone()[0]  # the marker follows
        marker = f"{int(entry, 16) + 1:08x}"
        # As where the program was killed before it heard one.
        kept.execute("UPDATE batches SET id = ?", (f"?{marker}",))
    assert (marker in posted) == (provider != "anthropic")
    if provider == "anthropic":  # which tells names only of what has ended
        assert "6 requests are on their way" in document(shop, "--batch", **said).err
        headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
        batch = Request(f"{server.url}/v1/messages/batches/msgbatch_0001", headers=headers)
        urlopen(batch).close()  # it ends when it is looked at
    ended = document(shop, "--batch", **said)
    assert ended.code == 0, ended.err
    assert "6 answers collected" in ended.err
    assert alone(server) == 4


def test_a_batch_that_never_arrived_is_sent_again_after_a_while(
    shop: Path, tmp_path: Path, serve: Serve, document: Callable
) -> None:
    server, other = (serve(f"[batches]\nlooks = 0\n{RULE}", "") for _ in range(2))
    assert document(shop, "--batch", server=other, provider="openai").code == 75
    with sqlite3.connect(tmp_path / "home/state/documents.sqlite") as kept:
        service = f"openai {server.url}/v1 rehearsal"
        kept.execute("UPDATE batches SET id = '?gone', service = ?", (service,))
    waits = document(shop, "--batch", server=server, provider="openai")
    assert (waits.code, "6 requests are on their way" in waits.err) == (75, True)
    with sqlite3.connect(tmp_path / "home/state/documents.sqlite") as kept:
        kept.execute("UPDATE batches SET sent = sent - 1000")
    sent = document(shop, "--batch", server=server, provider="openai")
    assert (sent.code, "6 requests sent in 1 batch" in sent.err) == (75, True)
    assert document(shop, "--batch", server=server, provider="openai").code == 0


def test_what_a_batch_does_not_answer_is_asked_by_itself(
    shop: Path, serve: Serve, document: Callable
) -> None:
    server = serve(f'[batches]\nlooks = 0\nfail = "shop/cart.py"\n{RULE}', "")
    assert document(shop, "--batch", server=server).code == 75
    ended = document(shop, "--batch", server=server)
    assert ended.code == 0, ended.err
    assert "1 were not answered (The rehearsal was told to fail this one.)" in ended.err
    assert alone(server) == 1 + 4
    assert len(bodies((shop / "docs/CODEBASE.md").read_text())) == 11


def test_a_cap_holds_for_batches(shop: Path, tmp_path: Path, serve: Serve, document: Callable) -> None:
    (tmp_path / "home").mkdir()
    config = '[caps]\nday_usd = 0.2\n[prices."anthropic/priced"]\ninput = 3\noutput = 15\n'
    (tmp_path / "home" / "config.toml").write_text(config)
    server = serve()
    assert document(shop, "--batch", "--yes", server=server, model="priced").code == 5
    assert server.requests == []
