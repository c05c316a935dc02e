"""`copilot document` from its first run to its last: what is asked, what is written, what stays."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot.documents.page import bodies
from copilot.rehearsal.server import RehearsalServer

Serve = Callable[..., RehearsalServer]


def paths_asked(server: RehearsalServer, since: int = 0) -> list[str]:
    """The file or folder that each request was about."""
    found: list[str] = []
    for request in server.requests[since:]:
        text = str(request.body["messages"][0]["content"])  # type: ignore[index, call-overload]
        about = text.partition('path="')[2].partition('"')[0] if "<codebase>" not in text else "."
        found.append(about)
    return sorted(found)


def test_every_file_and_folder_has_its_section_with_links(
    shop: Path, serve: Serve, document: Callable
) -> None:
    server = serve()
    ended = document(shop, server=server)
    assert ended.code == 0, ended.err
    assert ended.out == f"{shop}/docs/CODEBASE.md\n"
    text = (shop / "docs/CODEBASE.md").read_text()
    assert list(bodies(text)) == [
        "", "README.md", "shop/", "shop/__init__.py", "shop/cart.py", "shop/money/", "shop/money/__init__.py",
        "shop/money/pay.py", "shop/money/tax.py", "web/", "web/app.js",
    ]  # fmt: skip
    assert "[`tax(amount: float, rate: float=0.2) -> float`](../shop/money/tax.py#L4)" in text
    assert "[`start(port, host)`](../web/app.js#L1)" in text
    assert "### [`shop/money/__init__.py`](../shop/money/__init__.py)\n\nEmpty.\n" in text
    assert "unverified:" not in text
    assert paths_asked(server) == [
        ".", "README.md", "shop/", "shop/__init__.py", "shop/cart.py", "shop/money/", "shop/money/pay.py",
        "shop/money/tax.py", "web/", "web/app.js",
    ]  # fmt: skip


def test_a_second_run_asks_only_about_what_changed_and_what_is_around_it(
    shop: Path, serve: Serve, document: Callable
) -> None:
    server = serve()
    document(shop, server=server)
    page = shop / "docs/CODEBASE.md"
    mine = page.read_text().replace(
        "<!-- copilot:begin shop/cart.py", "My own words.\r\n\r\n\tstay  \n\n<!-- copilot:begin shop/cart.py"
    )
    page.write_text(f"# Mine\n\n{mine}\nAnd these.", newline="")
    before, asked = page.read_bytes().decode(), len(server.requests)
    again = document(shop, server=server)
    assert (again.code, len(server.requests)) == (0, asked)
    assert page.read_bytes().decode() == before
    assert "Nothing changed" in again.err
    (shop / "shop/money/tax.py").write_text(
        '"""Duties."""\n\n\n\ndef duty(amount: float) -> float:\n    return amount\n'
    )
    assert document(shop, "--check").out.splitlines() == [
        ".: changed", "shop/: changed", "shop/money/: changed", "shop/money/tax.py: changed",
    ]  # fmt: skip
    assert document(shop, server=server).code == 0
    assert paths_asked(server, asked) == [".", "shop/", "shop/money/", "shop/money/tax.py"]
    after = page.read_bytes().decode()
    changed = {"", "shop/", "shop/money/", "shop/money/tax.py"}
    old, new = bodies(before), bodies(after)
    assert {path for path in new if old[path] != new[path]} <= changed
    assert "[`duty(amount: float) -> float`](../shop/money/tax.py#L5)" in new["shop/money/tax.py"]
    for kept in ("# Mine\n\n", "My own words.\r\n\r\n\tstay  \n\n", "\nAnd these."):
        assert kept in after
    assert after.startswith("# Mine")
    assert after.endswith("And these.")
    assert document(shop, "--check").code == 0


def test_check_tells_of_files_that_came_and_went_and_asks_nobody(
    shop: Path, serve: Serve, document: Callable
) -> None:
    assert document(shop, "--check").code == 1
    server = serve()
    document(shop, server=server)
    asked = len(server.requests)
    (shop / "web/app.js").unlink()
    (shop / "shop/new.py").write_text("x = 1\n")
    told = document(shop, "--check", server=server)
    assert told.code == 1
    assert told.out.splitlines() == [
        ".: changed", "shop/: changed", "shop/new.py: not documented yet", "web/: gone", "web/app.js: gone",
    ]  # fmt: skip
    assert len(server.requests) == asked
    document(shop, server=server)
    assert "web/app.js" not in bodies((shop / "docs/CODEBASE.md").read_text())


def test_a_page_remembers_which_files_it_is_about(shop: Path, serve: Serve, document: Callable) -> None:
    server = serve()
    document(shop, "!web/**", "!shop/money/**", "!my --odd*", server=server)
    page = shop / "docs/CODEBASE.md"
    assert list(bodies(page.read_text())) == ["", "README.md", "shop/", "shop/__init__.py", "shop/cart.py"]
    assert document(shop, "--check").code == 0
    asked = len(server.requests)
    assert document(shop, server=server).code == 0
    assert len(server.requests) == asked
    assert "web/app.js" not in page.read_text()
    told = document(shop, "**", "--check")
    assert (told.code, "web/app.js: not documented yet" in told.out) == (1, True)
    assert document(shop, "**", server=server).code == 0
    assert "web/app.js" in bodies(page.read_text())
    assert "copilot:files" not in page.read_text()


def test_nothing_is_sent_where_it_costs_and_nobody_said_yes(
    shop: Path, tmp_path: Path, serve: Serve, document: Callable
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    price = '[prices."anthropic/priced"]\ninput = 3\noutput = 15\n'
    (home / "config.toml").write_text(price)
    server = serve()
    looked = document(shop, "--dry-run", server=server, model="priced")
    assert looked.code == 0
    assert "requests  10 to 20" in looked.err
    assert "cost      from $0.0" in looked.err
    assert document(shop, server=server, model="priced").code == 3
    (home / "config.toml").write_text(f"{price}[caps]\nday_usd = 0.001\n")
    assert document(shop, "--yes", server=server, model="priced").code == 5
    assert server.requests == []
    (home / "config.toml").write_text(f"{price}[caps]\nday_usd = 0.128\n")
    stopped = document(shop, "--yes", "--jobs", "1", server=server, model="priced")
    assert stopped.code == 5, stopped.err
    assert "What was answered is kept" in stopped.err
    some = len(server.requests)
    assert 0 < some < 10
    (home / "config.toml").write_text(price)
    assert document(shop, "--yes", server=server, model="priced").code == 0
    assert len(server.requests) == 10


@pytest.mark.parametrize(
    ("typed", "cap", "code", "asks"),
    [
        ("y\n", "", 0, "Begin? [y]es, [n]o (Enter: no): "),
        ("\n", "", 3, "Begin? "),
        ("yes\n", "[caps]\nday_usd = 0.001\n", 0, "It would pass a cap on spending even at the least."),
        ("n\n", "[caps]\nday_usd = 0.001\n", 5, "Begin, and pass the caps? "),
    ],
)
def test_a_person_in_a_terminal_is_asked(
    shop: Path, tmp_path: Path, serve: Serve, document: Callable, typed: str, cap: str, code: int, asks: str
) -> None:
    (tmp_path / "home").mkdir()
    price = '[prices."anthropic/priced"]\ninput = 3\noutput = 15\n'
    (tmp_path / "home" / "config.toml").write_text(f"{price}{cap}")
    server = serve()
    ended = document(shop, server=server, model="priced", typed=typed)
    assert (ended.code, len(server.requests)) == (code, 0 if code else 10), ended.err
    assert asks in ended.err


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_wrong_statement_is_sent_back_once_and_then_marked(
    shop: Path, serve: Serve, document: Callable, stubborn: bool
) -> None:
    server = serve(f"wrong = 0.9\nseed = 1\nstubborn = {str(stubborn).lower()}")
    ended = document(shop, server=server)
    assert ended.code == 0
    text = (shop / "docs/CODEBASE.md").read_text()
    lies = {(one.path, one.text) for one in server.planted}
    assert len(lies) > 8
    sent_back = [r for r in server.requests if len(r.body["messages"]) == 3]  # type: ignore[index, call-overload, arg-type]
    assert sent_back
    assert all(len(r.body["messages"]) in (1, 3) for r in server.requests)  # type: ignore[index, call-overload, arg-type]
    unmarked = text.replace("\\_", "_")
    for _, lie in lies if stubborn else ():
        assert f"`{lie}` *[unverified:" in unmarked
    assert text.count("*[unverified:") == (len(server.planted) // 2 if stubborn else 0)
    asked = len(server.requests)
    document(shop, server=server)
    assert len(server.requests) == asked, "neither the answer nor the second one is paid for twice"


def test_ctrl_c_stops_it_and_the_next_run_goes_on(shop: Path, serve: Serve, document: Callable) -> None:
    server = serve("wait = 0.05")
    until = time.monotonic() + 60

    def when_some_came() -> None:
        while len(server.requests) < 3 and time.monotonic() < until:
            time.sleep(0.005)
        os.kill(os.getpid(), signal.SIGINT)

    watching = threading.Thread(target=when_some_came)
    watching.start()
    stopped = document(shop, "--jobs", "1", server=server)
    watching.join()
    assert stopped.code == 130, stopped.err
    assert not (shop / "docs").exists()
    assert len(server.requests) < 10
    assert document(shop, server=server).code == 0
    assert len(server.requests) <= 10 + 1  # one was on its way when it was stopped


def test_a_file_that_the_model_refuses_harms_only_itself(
    shop: Path, serve: Serve, document: Callable
) -> None:
    server = serve()
    (shop / "shop/odd.txt").write_text("What is this?\n")
    refusing = '[[rule]]\nanswer = [{ text = "No." }, { finish = "refused" }]\n'
    server.scenario = serve("", refusing).scenario.model_copy(update={"document": None})
    assert document(shop, server=server).code == 1
    text = (shop / "docs/CODEBASE.md").read_text()
    assert text.count("\n\n*Not documented: the model declined") == 11


def test_marks_that_do_not_fit_are_told_before_anything_is_paid(
    shop: Path, serve: Serve, document: Callable
) -> None:
    server = serve()
    document(shop, server=server)
    page = shop / "docs/CODEBASE.md"
    page.write_text(page.read_text().replace("<!-- copilot:end -->", "", 1))
    (shop / "web/app.js").write_text("export const PORT = 81;\n")
    asked = len(server.requests)
    ended = document(shop, server=server)
    assert ended.code == 1
    assert "marks of the document do not fit together" in ended.err
    assert len(server.requests) == asked
