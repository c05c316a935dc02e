"""Changing the assistants in the person's `config.toml`: everything else stays, byte for byte."""

from collections.abc import MutableMapping
from typing import Any, cast

from copilot.projects.assistant_tables import KEY, assistant_toml, assistants_in, values_of
from copilot.projects.config_file import editing
from copilot.projects.home import Home
from copilot.storage.disk import SYSTEM_DISK, Disk
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.errors import ConfigError

_SHAPE = "Write each assistant as a table of its own: [assistants.NAME]."
_LIST = "copilot assistants list names those that are there."


def create_assistant(home: Home, one: Assistant, *, disk: Disk = SYSTEM_DISK) -> None:
    """Add an assistant at the end of `config.toml`. Raises ConfigError where its name is taken or where it
    says what no assistant can be, StorageError."""
    _check(one)
    with editing(home, KEY, _SHAPE, disk) as file:
        before = _tables(file.table)
        taken = next((name for name in before if name.casefold() == one.name.casefold()), None)
        if taken is not None:
            raise ConfigError(
                f"there is an assistant {taken} already", "Edit or delete it, or take another name."
            )
        wanted = {**before, one.name: values_of(one)}
        file.append(assistant_toml(one), lambda said: _tables(said) == wanted)


def edit_assistant(home: Home, one: Assistant, *, disk: Disk = SYSTEM_DISK) -> None:
    """Let the assistant of this name be as said; comments in its table stay. Raises ConfigError where there
    is none of this name, or as `create_assistant`; StorageError."""
    _check(one)
    values = values_of(one)
    with editing(home, KEY, _SHAPE, disk) as file:
        before = _known(file.table, one.name)

        def change(tables: MutableMapping[str, Any]) -> None:
            said, is_ = cast(MutableMapping[str, Any], tables[one.name]), before[one.name]
            for key in [key for key in is_ if key not in values]:
                del said[key]
            for key, value in values.items():
                if is_.get(key) != value:
                    said[key] = _item(value)

        wanted = {**before, one.name: values}
        file.change(change, lambda said: _tables(said) == wanted)


def delete_assistant(home: Home, name: str, *, disk: Disk = SYSTEM_DISK) -> None:
    """Take an assistant out. Raises ConfigError where there is none of this name, StorageError."""
    with editing(home, KEY, _SHAPE, disk) as file:
        before = _known(file.table, name)

        def change(tables: MutableMapping[str, Any]) -> None:
            del tables[name]

        wanted = {one: said for one, said in before.items() if one != name}
        file.change(change, lambda said: _tables(said) == wanted)


def _check(one: Assistant) -> None:
    """Raises ConfigError for what would be left out when the file is read."""
    read, faults = assistants_in({one.name: values_of(one)})
    if faults or read != (one,):
        told = str(faults[0]).removeprefix(f"{KEY}.") if faults else f"{one.name} cannot be written"
        raise ConfigError(told, "copilot assistants --help says what an assistant can be.")


def _item(value: Any) -> Any:
    """Long text stands as it is, between triple quotes."""
    import tomlkit

    if isinstance(value, str) and "\n" in value:
        from copilot.projects.toml_text import block

        return cast(Any, tomlkit.parse(f"value = {block(value)}\n"))["value"]
    return tomlkit.item(value)


def _known(said: Any, name: str) -> dict[str, dict[str, Any]]:
    """All tables. Raises ConfigError where none has this name."""
    tables = _tables(said)
    if name not in tables:
        raise ConfigError(f"there is no assistant {name}", _LIST)
    return tables


def _tables(said: Any) -> dict[str, dict[str, Any]]:
    return cast(dict[str, dict[str, Any]], said) if isinstance(said, dict) else {}
