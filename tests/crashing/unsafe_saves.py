"""Ways of saving that are not safe, for the test of the judge: it must find fault with each."""

import json
import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from killed_saves import Judge  # noqa: E402  # they lie beside this file
from saving import Do, SavePath  # noqa: E402
from tracing import trouble  # noqa: E402

NEW = b"the new version" * 20


def before(root: Path) -> None:
    (root / "a").write_bytes(b"old")


def in_place(root: Path, do: Do) -> None:
    do("new", lambda: (root / "a").write_bytes(NEW))


def not_synced(root: Path, do: Do) -> None:
    """Temporary file, sync, rename, and no sync of the folder."""

    def save() -> None:
        with (root / "b").open("wb") as file:
            file.write(NEW)
            file.flush()
            os.fsync(file.fileno())
        (root / "b").replace(root / "a")

    do("new", save)
    do("later", lambda: (root / "else").mkdir())


def leftovers(root: Path, do: Do) -> None:
    """A temporary file that nobody knows to be one of ours."""

    def save() -> None:
        (root / "a.tmp").write_bytes(NEW)
        (root / "a.tmp").replace(root / "a")

    do("new", save)


def seen(root: Path) -> object:
    return (root / "a").read_bytes()


def main() -> int:
    """Judge them."""
    told: dict[str, object] = {"trouble": trouble()}
    for name, play, steps in (
        ("in place", in_place, 1),
        ("not synced", not_synced, 2),
        ("leftovers", leftovers, 1),
    ):
        states = (b"old", *[NEW] * steps)
        path = SavePath(name=name, modules=(), play=play, seen=seen, states=states, before=before)
        with tempfile.TemporaryDirectory() as folder:
            judge = Judge(path, Path(folder))
            if not told["trouble"]:
                judge.all("image", 1)
            told[name] = judge.wrong
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
