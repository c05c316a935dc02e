"""Keys that are found, entered and forgotten: which one is used, where each lies, and that none is told."""

import stat
from pathlib import Path

import pytest

from copilot.assembly.keys import Key
from copilot.assembly.keys_held import HeldKeys, Keep, KeyState
from copilot.projects.home import Home
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import ConfigError
from key_vaults import MemoryVault

SECRET = "sk-ant-entered-0123456789"
OTHER = "sk-ant-other-9876543210"


@pytest.fixture
def home(home_dir: Path) -> Home:
    return Home(root=home_dir).make()


def value(keys: HeldKeys, provider: str = "anthropic") -> str | None:
    found = keys.find(provider)  # type: ignore[arg-type]
    return None if found is None else found.value


def test_the_first_place_that_has_one_wins(home: Home) -> None:
    home.env_file.write_text("ANTHROPIC_API_KEY=in-the-file\n")
    vault = MemoryVault(anthropic="in-the-keyring", openai="openai-in-the-keyring")
    keys = HeldKeys({"ANTHROPIC_API_KEY": "in-the-environment"}, home, vault)
    keys.enter("anthropic", "in-the-session", "session")
    assert value(keys) == "in-the-environment"
    assert keys.look()[0] == KeyState(
        provider="anthropic",
        source="ANTHROPIC_API_KEY",
        place="environment",
        also=("session", "file", "keyring"),
    )
    keys = HeldKeys({}, home, vault)
    keys.enter("anthropic", "in-the-session", "session")
    assert value(keys) == "in-the-session"
    assert value(HeldKeys({}, home, vault)) == "in-the-file"
    home.env_file.unlink()
    assert value(HeldKeys({}, home, vault)) == "in-the-keyring"


def test_the_keyring_is_not_asked_where_a_key_is_at_hand(home: Home) -> None:
    vault = MemoryVault(anthropic=SECRET, compatible="kept-for-a-server")
    keys = HeldKeys({"ANTHROPIC_API_KEY": OTHER}, home, vault)
    assert value(keys) == OTHER
    assert value(keys, "rehearsal") is None
    assert value(keys, "compatible") is None, "a local server wants no key: its person is not asked to unlock"
    assert vault.reads == []
    assert keys.get("compatible") is None
    keys.look()
    assert value(keys, "compatible") == "kept-for-a-server"
    again = HeldKeys({}, home, vault)
    vault.reads.clear()
    assert value(again, "compatible") == "kept-for-a-server", "that it has one is remembered"
    assert vault.reads == ["compatible"]


@pytest.mark.parametrize("keep", ["keyring", "session", "file"])
def test_a_key_that_was_entered_is_used_at_once_and_forgotten_and_had_back(keep: Keep, home: Home) -> None:
    vault = MemoryVault()
    keys = HeldKeys({}, home, vault)
    assert value(keys) is None
    words = keys.enter("anthropic", f"  {SECRET}\n", keep)
    assert value(keys) == SECRET
    assert keys.states()[0].place == keep
    assert SECRET not in words + repr(keys) + repr(keys.get("anthropic"))
    assert vault.secrets == ({"anthropic": SECRET} if keep == "keyring" else {})
    assert (SECRET in home.env_file.read_text() if home.env_file.exists() else False) == (keep == "file")
    later = value(HeldKeys({}, home, vault))
    assert later == (None if keep == "session" else SECRET)

    gone = keys.forget("anthropic")
    assert value(keys) is None
    assert value(HeldKeys({}, home, vault)) is None
    assert SECRET not in repr(gone)
    assert SECRET in keys.values(), "a key that was forgotten is a secret all the same"
    keys.restore(gone)
    assert value(keys) == SECRET
    assert keys.states()[0].place == keep


def test_all_who_hold_the_keys_see_a_new_one_at_once(home: Home) -> None:
    keys = HeldKeys({}, home, MemoryVault())
    redactor = Redactor(keys)
    keys.tell(redactor.learn)
    stream = redactor.stream()
    secret = "entered-without-any-shape"
    assert redactor.text(secret) == secret
    keys.enter("compatible", secret, "session")
    assert secret in keys
    assert list(keys) == [secret]
    assert redactor.text(f"so {secret} it is") == "so [redacted] it is"
    assert stream.feed(f"so {secret[:9]}") + stream.feed(secret[9:]) + stream.flush() == "so [redacted]"


def test_a_key_from_the_keyring_is_taken_out_of_everything_too(home: Home) -> None:
    keys = HeldKeys({}, home, MemoryVault(openai="kept-without-any-shape"))
    redactor = Redactor(keys)
    keys.tell(redactor.learn)
    keys.find("openai")
    assert redactor.text("kept-without-any-shape") == "[redacted]"


def test_a_keyring_that_does_not_work_keeps_nothing_and_says_so(home: Home) -> None:
    keys = HeldKeys({}, home, MemoryVault(trouble="no keyring runs here"))
    assert value(keys) is None
    with pytest.raises(ConfigError, match="no keyring runs here"):
        keys.enter("anthropic", SECRET, "keyring")
    assert value(keys) is None
    assert keys.look() == tuple(KeyState(provider=p) for p in ("anthropic", "gemini", "openai", "compatible"))
    assert keys.keyring_trouble == "no keyring runs here"
    assert not home.env_file.exists(), "never in plain text without being told to"
    assert keys.forget("anthropic").places == ()


def test_a_keyring_that_works_later_is_asked_again(home: Home) -> None:
    vault = MemoryVault(trouble="it is locked", anthropic=SECRET)
    keys = HeldKeys({}, home, vault)
    assert value(keys) is None
    vault.said = ""
    assert value(keys) == SECRET


def test_kept_in_the_keyring_it_leaves_the_file_which_would_come_first(home: Home) -> None:
    home.env_file.write_text("# mine\nOTHER=1\nexport ANTHROPIC_API_KEY='old-in-the-file'\n")
    keys = HeldKeys({}, home, MemoryVault())
    words = keys.enter("anthropic", SECRET, "keyring")
    assert "was taken out" in words
    assert home.env_file.read_text() == "# mine\nOTHER=1\n"
    assert value(keys) == SECRET


def test_in_plain_text_the_other_lines_stay_and_only_its_person_may_read(home: Home) -> None:
    home.env_file.write_text("# mine\nANTHROPIC_API_KEY=old\r\nOTHER=1\nANTHROPIC_API_KEY=older")
    home.env_file.chmod(0o644)
    keys = HeldKeys({}, home, MemoryVault())
    words = keys.enter("anthropic", SECRET, "file")
    assert home.env_file.read_text() == f"# mine\nANTHROPIC_API_KEY={SECRET}\nOTHER=1\n"
    assert stat.S_IMODE(home.env_file.stat().st_mode) == 0o600
    assert "plain text" in words
    keys.enter("gemini", "AIza-entered", "file")
    assert home.env_file.read_text().endswith("OTHER=1\nGEMINI_API_KEY=AIza-entered\n")
    keys.forget("anthropic")
    assert home.env_file.read_text() == "# mine\nOTHER=1\nGEMINI_API_KEY=AIza-entered\n"


def test_the_environment_wins_and_is_not_touched(home: Home) -> None:
    keys = HeldKeys({"GOOGLE_API_KEY": "from-the-environment"}, home, MemoryVault())
    assert "GOOGLE_API_KEY" in keys.enter("gemini", "AIza-entered", "session")
    assert value(keys, "gemini") == "from-the-environment"
    assert [place for place, _ in keys.forget("gemini").places] == ["session"]
    assert value(keys, "gemini") == "from-the-environment"


@pytest.mark.parametrize(
    "words", ["", "  ", "sk-1", "sk ant with spaces", "sk-ant-\u00e9t\u00e9-123", 'sk-"quoted"-1']
)
def test_what_is_no_key_is_refused_and_not_repeated(words: str, home: Home) -> None:
    keys = HeldKeys({}, home, MemoryVault())
    with pytest.raises(ConfigError) as caught:
        keys.enter("anthropic", words, "session")
    assert not words.strip() or words not in f"{caught.value} {caught.value.hint}"
    assert keys.values() == ()


def test_a_key_shows_nothing_of_itself() -> None:
    assert SECRET not in repr(Key(value=SECRET, source="x"))
