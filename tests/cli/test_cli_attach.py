"""`copilot ask --attach`: images and PDFs by name, what is told of them, what is refused."""

import os
from pathlib import Path

from program_runs import environ, events, run, say, serve, turn

from picture_files import jpeg, pdf, png


def ask(tmp_path: Path, url: str, *words: str, provider: str = "anthropic") -> tuple[int, str, str]:
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    env = environ(tmp_path, ANTHROPIC_API_KEY="sk-ant-test-0123456789")
    where = ("--provider", provider, "--base-url", url, "--model", "rehearsed")
    done = run("ask", *where, *words, env=env, cwd=work)
    return done.returncode, done.stdout, done.stderr


def test_two_files_go_with_the_question_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(png())
    (tmp_path / "paper.pdf").write_bytes(pdf(2))
    with serve(turn(say("They agree."))) as server:
        code, out, err = ask(
            tmp_path, server.url, "--attach", "../shot.png", "--attach", str(tmp_path / "paper.pdf"), "Agree?"
        )
        (body,) = [r.body for r in server.requests if r.method == "POST"]
    assert (code, out) == (0, "They agree.\n")
    assert "attached: shot.png (image/png, 0.1 kB, 20 x 30 pixels)" in err
    assert "attached: paper.pdf (application/pdf, 0.2 kB, 2 pages)" in err
    assert isinstance(body, dict)
    kinds = [block["type"] for block in body["messages"][0]["content"]]
    assert kinds == ["image", "document", "text"]


def test_the_events_name_the_file_and_hold_none_of_it(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "photo").write_bytes(jpeg())
    with serve(turn(say("A photo."))) as server:
        code, out, _ = ask(tmp_path, server.url, "--json", "--attach", "photo", "What?")
    assert code == 0
    kept = next(event for event in events(out) if event["event"] == "MessageKept")
    part = kept["message"]["parts"][0]
    assert (part["type"], part["name"], part["media_type"]) == ("Attachment", "photo", "image/jpeg")
    assert (part["width"], part["height"], part["size"]) == (8, 4, len(jpeg()))


def test_what_cannot_be_attached_ends_before_anything_is_opened(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_text("<html></html>")
    os.mkfifo(tmp_path / "pipe.png")
    for name, words in {
        "page.png": "page.png cannot be attached: it is no PNG, JPEG, GIF, WebP or PDF",
        "pipe.png": "pipe.png is no ordinary file",
        "nothing.png": "nothing.png is not there",
    }.items():
        code, out, err = ask(tmp_path, "http://127.0.0.1:9", "--attach", f"../{name}", "What?")
        assert (code, out) == (1, "")
        assert words in err
        assert "Traceback" not in err
    assert not (tmp_path / "home" / "projects").exists()


def test_what_a_service_does_not_take_fails_the_turn_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(pdf(2))
    with serve(turn(say("No."))) as server:
        code, _, err = ask(
            tmp_path, f"{server.url}/v1", "--attach", "../paper.pdf", "What?", provider="compatible"
        )
        assert [r for r in server.requests if r.method == "POST"] == []
    assert code == 1
    assert "Failed: paper.pdf cannot be sent: compatible servers take no PDFs" in err
    assert "Choose another provider" in err
