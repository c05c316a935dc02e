"""Changing the assistants in the person's `config.toml`: everything else stays, byte for byte."""

from collections.abc import MutableMapping
from typing import Any, cast

from copilot.projects import toml_file
from copilot.projects.assistant_tables import KEY, assistant_toml, assistants_in, values_of
from copilot.projects.home import Home
from copilot.projects.toml_file import Flaw
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.errors import ConfigError, StorageError

_LOCK_NAME = ".config.lock"
_LOCK_SECONDS = 5.0
_LIST = "copilot assistants list names those that are there."


def create_assistant(home: Home, one: Assistant, *, disk: Disk = SYSTEM_DISK) -> None:
    """Add an assistant at the end of `config.toml`. Raises ConfigError where its name is taken or where it
    says what no assistant can be, StorageError."""
    _check(one)
    home.make()
    with hold(home.root / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        data, before = _read(home)
        taken = next((name for name in _tables(before) if name.casefold() == one.name.casefold()), None)
        if taken is not None:
            raise ConfigError(
                f"there is an assistant {taken} already", "Edit or delete it, or take another name."
            )
        gap = "" if not data.strip() else "\n" if data.endswith(b"\n") else "\n\n"
        added = gap + assistant_toml(one)
        new = data + (added.replace("\n", "\r\n") if b"\r\n" in data else added).encode()
        _write(home, new, before, {**_tables(before), one.name: values_of(one)}, disk)


def edit_assistant(home: Home, one: Assistant, *, disk: Disk = SYSTEM_DISK) -> None:
    """Let the assistant of this name be as said; comments in its table stay. Raises ConfigError where there
    is none of this name, or as `create_assistant`; StorageError."""
    _check(one)
    wanted = values_of(one)
    with hold(home.root / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        data, before = _read(home)
        _refuse_unknown(before, one.name)

        def change(tables: MutableMapping[str, Any]) -> None:
            said, is_ = cast(MutableMapping[str, Any], tables[one.name]), _tables(before)[one.name]
            for key in [key for key in is_ if key not in wanted]:
                del said[key]
            for key, value in wanted.items():
                if is_.get(key) != value:
                    said[key] = _item(value)

        _write(home, _changed(home, data, change), before, {**_tables(before), one.name: wanted}, disk)


def delete_assistant(home: Home, name: str, *, disk: Disk = SYSTEM_DISK) -> None:
    """Take an assistant out. Raises ConfigError where there is none of this name, StorageError."""
    with hold(home.root / _LOCK_NAME, wait_seconds=_LOCK_SECONDS):
        data, before = _read(home)
        _refuse_unknown(before, name)

        def change(tables: MutableMapping[str, Any]) -> None:
            del tables[name]

        wanted = {one: said for one, said in _tables(before).items() if one != name}
        _write(home, _changed(home, data, change), before, wanted, disk)


def _check(one: Assistant) -> None:
    """Raises ConfigError for what would be left out when the file is read."""
    read, faults = assistants_in({one.name: values_of(one)})
    if faults or read != (one,):
        told = str(faults[0]).removeprefix(f"{KEY}.") if faults else f"{one.name} cannot be written"
        raise ConfigError(told, "copilot assistants --help says what an assistant can be.")


def _refuse_unknown(table: dict[str, Any], name: str) -> None:
    if name not in _tables(table):
        raise ConfigError(f"there is no assistant {name}", _LIST)


def _changed(home: Home, data: bytes, change: Any) -> bytes:
    import tomlkit  # only who changes the file needs it
    from tomlkit.exceptions import TOMLKitError

    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    try:
        document = cast(Any, tomlkit.parse(data[len(mark) :].decode()))
        change(document[KEY])
        return mark + tomlkit.dumps(document).encode()
    except (TOMLKitError, KeyError, UnicodeDecodeError) as error:
        raise _not_here(home) from error


def _item(value: Any) -> Any:
    """Long text stands as it is, between triple quotes."""
    import tomlkit

    if isinstance(value, str) and "\n" in value:
        from copilot.projects.toml_text import block

        return cast(Any, tomlkit.parse(f"value = {block(value)}\n"))["value"]
    return tomlkit.item(value)


def _read(home: Home) -> tuple[bytes, dict[str, Any]]:
    try:
        data = home.config.read_bytes() if home.config.exists() else b""
    except OSError as error:
        raise storage_error("reading", home.config, error) from error
    parsed = toml_file.parse(data)
    if isinstance(parsed, Flaw):
        raise StorageError(
            f"{home.config} cannot be used: {parsed}; it was left as it is", "Put it right first."
        )
    return data, parsed[1]


def _write(
    home: Home, new: bytes, before: dict[str, Any], wanted: dict[str, dict[str, Any]], disk: Disk
) -> None:
    """Write what says just this, and else what was said before."""
    after = toml_file.parse(new)
    if isinstance(after, Flaw) or _tables(after[1]) != wanted or _rest(after[1]) != _rest(before):
        raise _not_here(home)
    target = home.config.resolve()
    sweep_temps(target, disk=disk)
    write_atomic(target, new, disk=disk)


def _tables(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = table.get(KEY)
    return cast(dict[str, dict[str, Any]], found) if isinstance(found, dict) else {}


def _rest(table: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != KEY}


def _not_here(home: Home) -> StorageError:
    return StorageError(
        f"{home.config} is laid out in a way that cannot be changed safely; it was left as it is",
        "Write each assistant as a table of its own: [assistants.NAME].",
    )
