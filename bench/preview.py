"""What a preview and a fence cost against the bare run: `python bench/preview.py [FILES]`.

A project of FILES files (2,000) in folders of 20; a script that does nothing and one that changes 20 files,
each as it is run bare, in a fence, and as a preview at each level that works here. Medians of nine, in
milliseconds, on this machine and now.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from copilot.shell import shell_runner
from copilot.shell.confine.fences import Fences, fenced
from copilot.shell.confine.preview import Job, preview
from copilot.vocabulary.confinement import Confinement, Fence

ROUNDS = 9
SCRIPTS = {"nothing": ":", "20 changes": "for f in d0/f*; do echo more >> $f; done"}


def project(root: Path, files: int) -> None:
    """Files of 4 kB in folders of 20."""
    for number in range(files):
        folder = root / f"d{number // 20}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"f{number}").write_text("x" * 4_000)


def median(work: Callable[[], object]) -> float:
    """Milliseconds."""
    found: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1_000)
    return statistics.median(found)


def main(files: int) -> None:
    """Print a table."""
    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as name:
        place = Path(os.path.realpath(name))
        root, env = place / "project", {"PATH": os.environ["PATH"], "HOME": str(place)}
        project(root, files)
        best = Fences(place / "private", env, sys.platform)
        began = time.perf_counter()
        here = best.here()
        print(f"{files:,} files; found out in {(time.perf_counter() - began) * 1_000:.0f} ms: {here}")
        copies = Fences(place / "copies", env, sys.platform, found=Confinement(view="copy"))
        for title, script in SCRIPTS.items():
            file = place / "script.sh"
            file.write_text(script)

            def bare(file: Path = file, fence: Fence | None = None) -> None:
                argv, given = ("/bin/bash", "--noprofile", "--norc", str(file)), dict(env)
                with fenced(best, fence, root, argv, given) as specified:
                    shell_runner.run(
                        argv,
                        cwd=root,
                        env=given,
                        timeout_seconds=60,
                        cancelled=lambda: False,
                        output=lambda _stream, _text: None,
                        fence=specified,
                    )

            def previewed(fences: Fences, script: str = script) -> None:
                def argv(folder: Path) -> tuple[str, ...]:
                    (folder / "script.sh").write_text(script)
                    return ("/bin/bash", "--noprofile", "--norc", str(folder / "script.sh"))

                job = Job(root=root, argv=argv, env=env, timeout_seconds=60, cancelled=lambda: False)
                preview(fences, job, "bench").discard()

            base = median(bare)
            print(f"{title:<12} bare {base:7.1f} ms")
            if here.files:
                fence = Fence(confined=True, network=False, here=here)
                spent = median(lambda fence=fence: bare(fence=fence))
                print(f"{'':<12} in a fence {spent:7.1f} ms (+{spent - base:.1f})")
                spent = median(lambda: previewed(best))
                print(f"{'':<12} preview, {here.view} {spent:7.1f} ms (+{spent - base:.1f})")
            spent = median(lambda: previewed(copies))
            print(f"{'':<12} preview, copy {spent:7.1f} ms (+{spent - base:.1f})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
