"""A session of its own process that has a cache at Gemini: `cache_session.py URL STATE`.

Says "ready" when the cache is there, and then lives until its input ends.
"""

import sys
from pathlib import Path

from gemini_talk import ask, provider_at, request
from talk import never

from copilot.providers.bridge import Bridge


def main(url: str, state: str) -> None:
    bridge = Bridge()
    provider = provider_at(url, Path(state), bridge)
    ask(provider)
    ask(provider)
    provider.preview(request(), never)  # waits for the cache
    print("ready", flush=True)
    sys.stdin.read()
    provider.close()
    bridge.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
