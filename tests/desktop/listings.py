"""What the scripted worker says of the files: a small tree, one in full use, and a crowd of 100,000."""

from collections.abc import Iterator
from dataclasses import replace

from copilot.context.choices import chosen
from copilot.vocabulary import events as e
from copilot.vocabulary.commands import ChooseFiles, Command, ListFiles
from copilot.vocabulary.values import FileChoice, FileState, Project, View

AT = 1_766_000_000.0
SMALL = (
    "README.md",
    "calculator/__init__.py",
    "calculator/__main__.py",
    "calculator/evaluate.py",
    "calculator/tokens.py",
    "tests/test_evaluate.py",
)
SHOP = (
    "shop/api/orders.py 18204|shop/api/payments.py 22410|shop/api/sessions.py 9120|shop/api/__init__.py 120|"
    "shop/models/customer.py 6104|shop/models/order.py 14880|shop/models/stock.py 31022|"
    "shop/models/data/regions.bin 880000|shop/web/pages.py 44012|shop/web/forms.py 12001|"
    "shop/web/static/app.js 91200|shop/web/static/site.css 20110|shop/settings.py 3301|shop/__main__.py 910|"
    "tests/api/test_orders.py 20551|tests/api/test_payments.py 18702|tests/conftest.py 2010|"
    "docs/guide/first-steps.md 9100|docs/guide/payments.md 15400|docs/index.md 3100|"
    "migrations/0001_start.sql 4100|migrations/0002_stock.sql 2200|pyproject.toml 1800|README.md 5200|"
    "CHANGELOG.md 33000"
)
SHARE: dict[View, float] = {"full": 0.27, "summary": 0.05, "names": 0.01, "off": 0.0}
"""Tokens for each byte."""

SHOP_CHOICE = (
    FileChoice(pattern="shop/**/*.py"),
    FileChoice(pattern="shop/models", view="summary"),
    FileChoice(pattern="tests/**/*.py", view="names"),
    FileChoice(pattern="shop/api/payments.py", pinned=True),
    FileChoice(pattern="shop/models/data/regions.bin"),
    FileChoice(pattern="README.md"),
)


def state(path: str, files: tuple[FileChoice, ...], size: int = 4_000) -> FileState:
    """A file as these entries choose it."""
    found = chosen(files, path)
    tokens = round(size * SHARE[found.view])
    return FileState(
        path=path, wanted=found.view, view=found.view, tokens=tokens, size=size, pinned=found.pinned
    )


def small(command: ListFiles) -> e.FilesListed:
    """The files of the little calculator."""
    files = tuple(state(path, command.project.files) for path in SMALL)
    return e.FilesListed(at=AT, worker="w", base_dir=command.project.base_dir, files=files)


def shop(command: ListFiles) -> e.FilesListed:
    """A project in full use: some files stepped down, one that cannot be shown."""
    made: list[FileState] = []
    for line in SHOP.split("|"):
        path, size = line.split(" ")
        file = state(path, command.project.files, int(size))
        if file.wanted == "full" and path.startswith("shop/web/"):
            tokens = round(int(size) * SHARE["summary"])
            why = "the rest: nothing that is chosen refers to it; stepped down to fit 32,000 tokens"
            file = replace(file, view="summary", tokens=tokens, why=why)
        if file.wanted != "off" and path.endswith(".bin"):
            file = replace(file, tokens=20, note="binary: 880,000 bytes")
        made.append(file)
    return e.FilesListed(at=AT, worker="w", base_dir=command.project.base_dir, files=tuple(made))


def crowd(command: ListFiles) -> e.FilesListed:
    """100,000 files in 1,000 folders."""
    at: Iterator[int] = iter(range(100_000))
    names = [f"package_{n // 5_000:02}/part_{n // 100 % 50:02}/module_{n % 100:03}.py" for n in at]
    files = tuple(state(name, command.project.files) for name in names)
    return e.FilesListed(at=AT, worker="w", base_dir=command.project.base_dir, files=files)


def touched(listed: e.FilesListed, path: str, at: float) -> e.FilesChanged:
    """One of them grew on disk."""
    file = next(f for f in listed.files if f.path == path)
    changed = (replace(file, size=file.size + 400, tokens=file.tokens + 100),)
    return e.FilesChanged(at=at, worker="w", base_dir=listed.base_dir, files=changed)


class Lister:
    """Answers the commands about files as the worker does."""

    def __init__(self, project: Project, listing: str) -> None:
        self._project = project
        self._listing = {"shop": shop, "crowd": crowd}[listing]

    def react(self, command: Command) -> Iterator[e.Event | float]:
        match command:
            case ListFiles():
                listed = self._listing(command)
                yield listed
                if self._listing is shop and len(command.project.files) == len(SHOP_CHOICE):
                    yield 0.5
                    yield touched(listed, "shop/api/orders.py", AT + 1)
            case ChooseFiles(files=files):
                self._project = replace(self._project, files=files)
                yield e.ProjectChanged(
                    at=AT, worker="w", request_id=command.request_id, project=self._project
                )
            case _:
                pass
