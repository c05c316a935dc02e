"""Stands in for a torn-off panel's program, without a window. What it does, its panel's name says.

`echo` tells after each message how many messages and log rows its state has, and the words of the answer that
streams. The others: `env`, `hasty` (never knocks), `rude` (says what no panel says), `greedy` (asks for what
no panel may), `deaf` (reads nothing), `stopped` (is stopped by a signal), `quitter` (ends in the middle).
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from copilot.desktop.torn.folding import folded
from copilot.desktop.torn.link import Link
from copilot.desktop.torn.messages import Drafted, Leave, Start, Submit
from copilot.desktop.torn.pipe import knock
from copilot.desktop.torn.wire import read
from copilot.desktop.view_state import ViewState
from copilot.vocabulary.commands import Shutdown


def main() -> int:
    start = read(sys.stdin.buffer.read(), Start)
    what = start.panel
    if what == "hasty":
        return 3
    if what == "deaf":
        knock(start.address, bytes.fromhex(start.key))
        time.sleep(600)
    came = threading.Event()
    link = Link(start)
    link.wake = came.set
    came.set()  # something may have come before
    if what == "env":
        told = {"environ": sorted(os.environ), "argv": sys.argv, "path": sys.path, "cwd": str(Path.cwd())}
        link.tell(Drafted(words=json.dumps(told)))
    elif what == "rude":
        link._pipe.send(b'{"type": "Ready", "and": 1}')
    elif what == "greedy":
        link.tell(Submit(command=Shutdown()))
    elif what == "stopped":
        link.tell(Drafted(words="now"))
        link.close()
        os.kill(os.getpid(), signal.SIGSTOP)
    elif what == "quitter":
        os._exit(9)
    state = ViewState()
    while True:
        came.wait()
        came.clear()
        for message in link.take():
            if isinstance(message, Leave):
                return 0
            state = folded(state, message)
            project, turn = state.project, state.turn
            told = {
                "message": type(message).__name__,
                "messages": len(project.discussion.messages) if project else 0,
                "log": len(state.log),
                "text": turn.text if turn is not None else "",
            }
            link.tell(Drafted(words=json.dumps(told)))


if __name__ == "__main__":
    raise SystemExit(main())
