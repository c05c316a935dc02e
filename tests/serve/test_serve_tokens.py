"""Tokens: shown once, kept as a hash, revocable; a file that cannot be trusted admits nobody."""

import json
import stat
from pathlib import Path

import pytest

from copilot.serve.contract import Limits
from copilot.serve.tokens import NOBODY, Register, UsersFile
from copilot.vocabulary.errors import ConfigError, CopilotError


def test_a_token_lets_its_user_in_until_it_ends(tmp_path: Path) -> None:
    file = UsersFile(tmp_path)
    forever, first = file.add("ada", None, 1_000.0)
    short, second = file.add("ada", 2, 1_000.0)
    other, _ = file.add("grace", None, 1_000.0)
    roll = file.read()
    end = 1_000.0 + 2 * 86_400
    assert (first.expires_at, second.expires_at) == (None, end)
    assert roll.admit(forever, end) == first
    assert roll.admit(short, end - 1) == second
    assert roll.admit(short, end) is None
    found = roll.admit(other, end)
    assert found is not None
    assert (found.user, roll.user("grace").limits) == ("grace", Limits())
    assert [
        roll.admit(wrong, 0.0) for wrong in ("", forever[:-1], forever + "x", first.sha256, first.id)
    ] == [None] * 5


def test_nothing_kept_can_be_used_as_a_token(tmp_path: Path) -> None:
    secret, made = UsersFile(tmp_path).add("ada", None, 0.0)
    text = (tmp_path / "users.json").read_text()
    assert len(secret) >= len("copilot_") + 43  # 256 bits in base64
    assert secret not in text
    assert secret.removeprefix("copilot_") not in text
    assert made.sha256 in text
    assert stat.S_IMODE((tmp_path / "users.json").stat().st_mode) == 0o600


def test_a_token_is_revoked_by_its_id_or_with_all_of_a_user(tmp_path: Path) -> None:
    file = UsersFile(tmp_path)
    _, one = file.add("ada", None, 0.0)
    _, two = file.add("ada", None, 0.0)
    _, theirs = file.add("grace", None, 0.0)
    assert file.revoke(one.id) == (one,)
    assert file.revoke(one.id) == ()
    assert file.revoke("ada") == (two,)
    assert file.read().tokens == (theirs,)
    assert [account.name for account in file.read().accounts] == ["ada", "grace"]


@pytest.mark.parametrize("name", ["", "Ada", "../x", "a/b", "nul", ".a", NOBODY, "x" * 33, "ä"])
def test_a_name_that_is_no_folder_is_no_user(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError):
        UsersFile(tmp_path).add(name, None, 0.0)
    assert not (tmp_path / "users.json").exists()


def test_limits_are_kept_where_they_were_set(tmp_path: Path) -> None:
    file = UsersFile(tmp_path)
    file.add("ada", None, 0.0)
    assert file.limit("ada", {"turns": 4, "day_usd": None}) == Limits(turns=4, day_usd=None)
    assert file.read().user("ada").limits == Limits(turns=4, day_usd=None)
    for wrong in (
        {"turn": 1},
        {"turns": -1},
        {"turns": None},
        {"turns": True},
        {"turns": 1.5},
        {"day_usd": 1e999},
    ):
        with pytest.raises(CopilotError):
            file.limit("ada", wrong)
    with pytest.raises(ConfigError, match="there is no user"):
        file.limit("grace", {"turns": 1})


BROKEN = (
    *("", "{", "[]", '{"version": 2, "users": [], "tokens": []}', '{"version": 1}'),
    '{"version": 1, "users": [], "tokens": [{"id": "A", "user": "ada", "sha256": "'
    + "0" * 64
    + '", "made_at": 1}]}',
    '{"version": 1, "users": [{"type": "Account", "name": "../x"}], "tokens": []}x',
    '{"version": 1, "users": [{"name": "ada", "limits": {"turns": "many"}}], "tokens": []}',
)


@pytest.mark.parametrize("text", BROKEN)
def test_a_file_that_cannot_be_read_admits_nobody_and_is_left_alone(tmp_path: Path, text: str) -> None:
    file, said = UsersFile(tmp_path), list[str]()
    secret, _ = file.add("ada", None, 0.0)
    register = Register(file, said.append)
    assert register.roll().admit(secret, 0.0) is not None
    file.path.write_text(text)
    assert register.roll().admit(secret, 0.0) is None
    assert register.roll().tokens == ()
    assert len(said) == 1
    with pytest.raises(ConfigError, match="it admits nobody"):
        file.add("grace", None, 0.0)
    assert file.path.read_text() == text


def test_a_file_that_others_may_write_admits_nobody(tmp_path: Path) -> None:
    file, said = UsersFile(tmp_path), list[str]()
    secret, _ = file.add("ada", None, 0.0)
    file.path.chmod(0o620)
    assert Register(file, said.append).roll().admit(secret, 0.0) is None
    assert "others may write" in said[0]


def test_a_server_sees_each_change_of_the_file(tmp_path: Path) -> None:
    file, said = UsersFile(tmp_path), list[str]()
    register = Register(file, said.append)
    assert register.roll().tokens == ()
    secret, made = file.add("ada", None, 0.0)
    assert register.roll().valid(0.0) == {made.id: "ada"}
    file.revoke("ada")
    assert register.roll().admit(secret, 0.0) is None
    file.path.unlink()
    assert (register.roll().accounts, said) == ((), [])


def test_the_file_holds_what_the_page_says(tmp_path: Path) -> None:
    file = UsersFile(tmp_path)
    file.add("ada", 1, 5.0)
    told = json.loads(file.path.read_text())
    assert told["version"] == 1
    assert told["users"] == [{"type": "Account", "name": "ada", "limits": {}}]
    assert {"id", "user", "sha256", "made_at", "expires_at"} < set(told["tokens"][0])
