"""`copilot rehearse`: serves until it is interrupted."""

import json
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

from program_runs import ARGV, environ, run, say, turn


def test_it_prints_the_base_urls_and_serves_until_interrupted(tmp_path: Path) -> None:
    scenario = tmp_path / "mine.toml"
    scenario.write_text(turn(say("Rehearsed.")))
    with subprocess.Popen(
        [*ARGV, "rehearse", "mine.toml"],
        cwd=tmp_path,
        env=environ(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(5)]
        urls = dict(re.findall(r"^  (\w+) +(http://127\.0\.0\.1:\d+(?:/v1)?)$", "".join(lines), re.M))
        body = {"model": "x", "messages": [{"role": "user", "content": "hello"}]}
        request = urllib.request.Request(
            f"{urls['compatible']}/chat/completions",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": "Bearer x"},
        )
        with urllib.request.urlopen(request, timeout=20) as response:
            answer = json.load(response)
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    assert sorted(urls) == ["anthropic", "compatible", "gemini", "openai"]
    assert answer["choices"][0]["message"]["content"] == "Rehearsed."
    assert (process.returncode, complaints) == (0, "")


def test_a_scenario_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run("rehearse", "nothing", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "nothing" in done.stderr


def test_a_broken_scenario_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[[rule]]\nanswer = [\n")
    done = run("rehearse", "broken.toml", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "broken.toml" in done.stderr


def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        done = run("rehearse", "welcome", "--port", port, env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert f"port {port} of 127.0.0.1 cannot be used" in done.stderr
