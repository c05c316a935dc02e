"""`copilot models`: what it lists, what it marks, what it does where a service does not answer."""

import json
from pathlib import Path

from program_runs import environ, run, say, serve, turn

SERVER = turn(say("hi"))
KEY = "sk-test-0123456789"


def test_a_list_has_windows_limits_and_prices_and_marks_the_model_that_answers(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    own = '[prices."anthropic/claude-sonnet-5-5"]\ninput = 2.5\noutput = 11\n'
    (tmp_path / "home" / "config.toml").write_text(own)
    with serve(SERVER) as server:
        env = environ(tmp_path, ANTHROPIC_API_KEY=KEY, ANTHROPIC_BASE_URL=server.url)
        done = run("models", "--provider", "anthropic", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    head, names, *rows = done.stdout.splitlines()
    assert head == f"anthropic at {server.url}"
    assert names.split() == ["model", "window", "output", "in", "out"]
    assert [row.split() for row in rows if row.startswith("*")] == [
        ["*", "claude-sonnet-5-5", "1,000,000", "128,000", "$2.5", "$11"]
    ]
    assert "Prices are those of 2026-" in done.stderr
    assert KEY not in done.stdout + done.stderr


def test_every_provider_with_a_key_is_asked_and_one_that_fails_costs_only_itself(tmp_path: Path) -> None:
    with serve(SERVER) as server:
        env = environ(
            tmp_path,
            ANTHROPIC_API_KEY=KEY,
            ANTHROPIC_BASE_URL="http://127.0.0.1:9",
            GEMINI_API_KEY=KEY,
            GOOGLE_GEMINI_BASE_URL=server.url,
            OPENAI_API_KEY=KEY,
            OPENAI_BASE_URL=f"{server.url}/v1",
        )
        done = run("models", "--json", env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    models = [json.loads(line) for line in done.stdout.splitlines()]
    assert {model["provider"] for model in models} >= {"gemini", "openai"}
    assert "anthropic" not in {model["provider"] for model in models}
    assert {model["window"] for model in models if model["provider"] == "gemini"} == {1_048_576}
    assert "Failed: anthropic (127.0.0.1:9)" in done.stderr


def test_without_any_service_it_says_what_to_do(tmp_path: Path) -> None:
    env = environ(tmp_path)
    done = run("models", "--provider", "openai", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "there is no key for openai" in done.stderr
    assert done.stdout.strip() == "openai"


def test_a_local_server_needs_no_key(tmp_path: Path) -> None:
    with serve(SERVER) as server:
        url = f"{server.url}/v1"
        done = run(
            "models", "--provider", "compatible", "--base-url", url, env=environ(tmp_path), cwd=tmp_path
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"compatible at {url}"
    assert len(done.stdout.splitlines()) > 2


def test_ask_with_a_name_that_is_not_known_offers_the_nearest(tmp_path: Path) -> None:
    fault = 'fault = "status", status = 404, type = "not_found_error", message = "model: cloud"'
    rules = f"[[rule]]\n[[rule.step]]\nanswer = [{{ {fault} }}]\n"
    with serve(rules) as server:
        env = environ(tmp_path, ANTHROPIC_API_KEY=KEY)
        words = ("--provider", "anthropic", "--base-url", server.url, "--model", "claude-sonet-5.5", "hi")
        done = run("ask", *words, env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "Nearest: claude-sonnet-5-5, " in done.stderr
