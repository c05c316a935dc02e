"""The properties of what is sent of a discussion, over many more random branches than the test suite has.

    python bench/soak/pruning.py [examples]     2,000 for each property unless told otherwise

Each run has others. That what is left is the longest rest that fits, legal for every service, names what was
left out, and holds the newest file block; and that the rehearsal takes it in each of the four protocols.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLES = "2000"


def main() -> int:
    """Run them; 0 where all hold."""
    examples = sys.argv[1] if len(sys.argv) > 1 else EXAMPLES
    tests = [
        str(ROOT / "tests" / "ai" / name) for name in ("test_ai_pruning.py", "test_ai_pruned_requests.py")
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "--timeout=0", *tests]
    print(f"{int(examples):,} branches for each property", flush=True)
    return subprocess.run(
        command, env={**os.environ, "PRUNING_EXAMPLES": examples}, cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main())
