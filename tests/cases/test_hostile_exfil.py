"""Area `exfil` of the hostile cases: what a model's words may not send away.

Nothing in the window fetches anything by itself, and no tool takes an address. What is left is a link that a
person opens: it asks first and shows where it leads (`tests/desktop/test_discussion_window.py`).
"""

import ast
from pathlib import Path

import pytest
from hostile import case

import copilot
from copilot.desktop.links import host_of, open_link, opens, whole
from copilot.desktop.markdown import blocks
from copilot.tools.registry import default_tools


def test_a_remote_image_is_words_with_its_host_and_a_link_that_asks() -> None:
    shown = repr(blocks(case("exf-001")))
    assert "[image: x, evil.example]" in shown
    assert "style='link'" in shown


def test_html_is_shown_as_it_is_written() -> None:
    shown = repr(blocks(case("exf-003")))
    assert "<img src=//evil.example/x>" in shown
    assert "<link rel=preconnect href=...>" in shown


@pytest.mark.parametrize(
    "address", [*case("exf-005").split(" and ")[:1], "smb://host/x", "javascript:alert(1)"]
)
def test_only_web_and_mail_addresses_open(address: str) -> None:
    assert not opens(address)
    with pytest.raises(ValueError, match="no address of the web"):
        open_link(address)


@pytest.mark.parametrize(
    "address",
    [
        *case("exf-007")["url"].split(" or "),
        "http://localhost/",
        "http://router/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://10.0.0.8/",
        "http://[fe80::1]/",
        "http://[::1]:8080/",
        "http://printer.local./",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[::127.0.0.1]/",
        "http://224.0.0.1/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://foo\u3002localhost/",
        "http://127%2e0.0.1/",
        "http://127.0.0.1\u00ad/",
        "http://127.0.0.1\u180b/",
        "http://[::ffff:0:7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[3fff::1]/",
    ],
)
def test_addresses_of_the_own_machine_and_network_do_not_open(address: str) -> None:
    assert not opens(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example\\@example.org/",
        "https://example.org@evil.example/",
        "https://e\nvil.example/",
        "https://evil.example/\0",
        "https://evil.example:99999/",
        "mailto:?attach=/etc/passwd",
        "mailto:?%61ttach=/etc/passwd",
    ],
)
def test_what_a_browser_reads_otherwise_than_is_shown_does_not_open(address: str) -> None:
    assert not opens(address)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a?b=c@d",
        "http://93.184.215.14/",
        "http://[2606:4700::1111]:80/",
        "mailto:a@example.org?subject=x",
    ],
)
def test_the_web_opens(address: str) -> None:
    assert opens(address)


def test_where_a_link_leads_is_written_out() -> None:
    assert whole("https://ex\u200bample.org/\u202e") == "https://ex\\u{200b}ample.org/\\u{202e}"
    assert host_of("https://xn--80ak6aa92e.com/") == "xn--80ak6aa92e.com"
    assert "\\u{430}" in host_of("https://\u0430pple.com/")


def test_no_tool_takes_an_address_and_nothing_but_providers_asks_the_network() -> None:
    specs = default_tools(None, environ={}, platform="linux").specs
    takes = {name for spec in specs for name in dict(spec.parameters["properties"])}  # type: ignore[arg-type]
    assert "path" in takes
    assert not takes & {"url", "uri", "address", "link"}
    root = Path(copilot.__file__).parent
    asking = {"httpx", "httpx2", "requests", "urllib.request", "http.client", "aiohttp", "ftplib", "smtplib"}
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name in asking
    }
    assert {name for name in found if not name.startswith(("providers/", "rehearsal/"))} <= {
        *("cli/local_servers.py", "serve/client.py", "tools/mcp_client.py")  # where the person says
    }
