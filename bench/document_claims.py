"""How many wrong statements the checks of `copilot document` catch, and how many right ones they mark.

    python bench/document_claims.py [--wrong SHARE] [--seeds N] FOLDER ...

The rehearsal writes the documentation of every file, a share of its statements made wrong by a seed; each
file is then checked against the code. Prints one line for each folder. Needs no network and writes nothing.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from copilot.documents.checking import Checker
from copilot.documents.claims import claims
from copilot.documents.facts import Book
from copilot.documents.prompts import Entry, file_text, folder_text
from copilot.documents.reading import Where, read_sources
from copilot.documents.tidying import tidied
from copilot.documents.tree import leaves_of, tree, walk
from copilot.rehearsal.asked import Asked
from copilot.rehearsal.describing import Planted, described
from copilot.rehearsal.scenario import DocumentRules


def asked(text: str) -> Asked:
    return Asked(
        protocol="anthropic",
        model="rehearsed",
        text=text,
        results=(),
        offered=(),
        round=1,
        stream=True,
        show_thinking=False,
        prefix="",
        blocks=(text,),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--wrong", type=float, default=0.3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--show", type=int, default=0, help="how many misses and false marks to print")
    args = parser.parse_args()
    print("| folder | files | statements | planted | caught | right ones | marked | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    bad = 0
    for folder in args.folders:
        bad += one_folder(folder.resolve(), args.wrong, args.seeds, args.show)
    return 1 if bad else 0


def one_folder(folder: Path, wrong: float, seeds: int, show: int) -> int:
    began = time.perf_counter()
    reading = read_sources(Where(base_dir=folder), lambda: False, progress=lambda _done, _of: None)
    book = Book({source.path: source.facts for source in reading.sources})
    root = tree(source.leaf for source in reading.sources)
    jobs = [
        (file_text(s.path, s.told, outlined=s.outlined), Checker(book, (s.facts,), s.path, "file"))
        for s in reading.sources
        if s.told
    ]
    for one in walk(root):
        about = tuple(book.files[leaf.path] for leaf in leaves_of(one))
        entries = [Entry(path, _entry(book, path)) for path in one.entries]
        jobs.append((folder_text(one.path, entries), Checker(book, about, one.path, "folder")))
    planted = caught = right = marked = 0
    missed: list[str] = []
    kinds: Counter[str] = Counter()
    for seed in range(seeds):
        for text, checker in jobs:
            found = described(asked(text), DocumentRules(wrong=wrong, seed=seed, stubborn=True))
            assert found is not None
            words, lies = tidied(found[0]), [lie.text for lie in found[1]]
            told = [one.claim.text for one in checker.wrong(words)]
            everything = [claim.text for claim in claims(words)]
            for lie in found[1]:
                planted += 1
                if lie.text in told:
                    caught += 1
                else:
                    kinds[lie.kind] += 1
                    missed.append(_told("missed", lie))
            false = [one for one in checker.wrong(words) if one.claim.text not in lies]
            marked += len(false)
            missed += [f"marked: {one.claim.form} `{one.claim.text}`: {one.why}" for one in false]
            right += len(everything) - len(lies)
    share = caught / planted if planted else 1.0
    seconds = time.perf_counter() - began
    print(
        f"| {folder.name} | {len(reading.sources):,} | {planted + right:,} | {planted:,} |"
        f" {caught:,} ({share:.2%}) | {right:,} | {marked} | {seconds:.1f} |"
    )
    for line in missed[:show]:
        print(f"  {line}", file=sys.stderr)
    if show:
        print(f"  missed by kind: {dict(kinds)}", file=sys.stderr)
    return int(share < 0.98 or marked > 0)


def _entry(book: Book, path: str) -> str:
    if path.endswith("/"):
        return "A folder."
    names = [one.name for one in book.files[path].symbols if not one.owner and not one.name.startswith("_")]
    return "A file.\nDefines: " + ", ".join(f"`{name}`" for name in names[:16]) if names else "A file."


def _told(word: str, lie: Planted) -> str:
    return f"{word}: {lie.path} {lie.kind} `{lie.text}`"


if __name__ == "__main__":
    sys.exit(main())
