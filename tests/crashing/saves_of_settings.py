"""How what the person set, and what the program remembers for them, is saved."""

import json
from contextlib import suppress
from pathlib import Path

from saving import Do, SavePath

from copilot.assembly.calibration import Calibrator
from copilot.assembly.keys_file import put_line, take_lines
from copilot.assembly.keys_held import NOTED, HeldKeys
from copilot.desktop import drafts, layout
from copilot.desktop.layout_shelf import LayoutShelf
from copilot.desktop.torn import memory
from copilot.desktop.torn.messages import Place
from copilot.projects.config import flush_settings, load_settings
from copilot.projects.home import Home
from copilot.projects.mcp_edit import add_server, remove_server
from copilot.projects.policy_edit import add_rule
from copilot.projects.settings import Settings
from copilot.projects.trust_file import TrustFile
from copilot.providers.cache_register import CacheRegister
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.mcp import McpServer
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import ModelChoice
from key_vaults import MemoryVault

COMMENT = b"# the person's own words\n"


def before_config(root: Path) -> None:
    Home(root=root).make().config.write_bytes(COMMENT + b'provider = "gemini"\n')


def play_config(root: Path, do: Do) -> None:
    home = Home(root=root)
    set_to = Settings(provider="gemini", theme="light")
    do("theme", lambda: flush_settings(home, set_to))
    do("rule", lambda: add_rule(home, PolicyRule(name="tests", decision="allow", commands=("pytest",))))
    do("provider", lambda: flush_settings(home, replace(set_to, provider="openai")))
    server = McpServer(name="mine", command="server")
    do("server", lambda: servers(home) or add_server(home, server))
    do("no server", lambda: not servers(home) or remove_server(home, "mine"))


def servers(home: Home) -> list[str]:
    return [server.name for server in load_settings(home)[0].servers]


def seen_config(root: Path) -> object:
    settings, notices = load_settings(Home(root=root))
    assert notices == ()
    assert Home(root=root).config.read_bytes().startswith(COMMENT)
    return settings.provider, settings.theme, [one.name for one in (*settings.rules, *settings.servers)]


CONFIG = SavePath(
    name="config.toml",
    modules=("projects/config.py", "projects/config_file.py"),
    before=before_config,
    play=play_config,
    seen=seen_config,
    states=(
        ("gemini", Settings().theme, []), ("gemini", "light", []), ("gemini", "light", ["tests"]),
        ("openai", "light", ["tests"]), ("openai", "light", ["tests", "mine"]),
        ("openai", "light", ["tests"]),
    ),
)  # fmt: skip


def play_broken_config(root: Path, do: Do) -> None:
    home = Home(root=root)
    do("flushed", lambda: flush_settings(home, Settings(provider="openai")))


def seen_broken_config(root: Path) -> object:
    home = Home(root=root)
    settings, _ = load_settings(home)
    kept = [path for path in root.glob("config.toml*") if path.read_bytes() == b"no = toml = at all"]
    assert len(kept) == 1, "what the person wrote is gone"
    return settings.provider


BROKEN_CONFIG = SavePath(
    name="a config.toml that cannot be read",
    modules=("projects/config.py",),
    before=lambda root: Home(root=root).make().config.write_bytes(b"no = toml = at all") and None,
    play=play_broken_config,
    seen=seen_broken_config,
    states=(Settings().provider, "openai"),
)


def play_keys(root: Path, do: Do) -> None:
    file = root / ".env"
    do("one", lambda: put_line(file, "OPENAI_API_KEY", "one"))
    do("two", lambda: put_line(file, "OPENAI_API_KEY", "two"))
    do("gone", lambda: take_lines(file, ["OPENAI_API_KEY"]))


def seen_keys(root: Path) -> object:
    file = root / ".env"
    lines = file.read_text().splitlines() if file.exists() else []
    assert "OTHER=stays" in lines
    return [line for line in lines if line.startswith("OPENAI")]


KEYS = SavePath(
    name="keys in plain text",
    modules=("assembly/keys_file.py",),
    before=lambda root: (root / ".env").write_text("OTHER=stays\n") and None,
    play=play_keys,
    seen=seen_keys,
    states=([], ["OPENAI_API_KEY=one"], ["OPENAI_API_KEY=two"], []),
)


def play_noted(root: Path, do: Do) -> None:
    held = HeldKeys({}, Home(root=root), MemoryVault())
    do("entered", lambda: held.enter("openai", "sk-of-a-test-123456", "keyring"))


def seen_noted(root: Path) -> object:
    path = root / "state" / NOTED
    return json.loads(path.read_bytes()) if path.exists() else []


KEYRING = SavePath(
    name="which keys are in the keyring",
    modules=("assembly/keys_held.py",),
    play=play_noted,
    seen=seen_noted,
    states=([], ["openai"]),
    precious=False,
)

ITEM = TrustItem(kind="instructions", name="AGENTS.md", sha256="0" * 64, text="be brief")


def play_trust(root: Path, do: Do) -> None:
    file = TrustFile(root / "state" / "trust.json")
    do("trusted", lambda: file.keep("/base", [ITEM], "trusted"))
    do("refused", lambda: file.keep("/base", [ITEM], "refused"))


def seen_trust(root: Path) -> object:
    return tuple(answer.state for answer in TrustFile(root / "state" / "trust.json").answers())


TRUST = SavePath(
    name="what the person trusts",
    modules=("projects/trust_file.py",),
    play=play_trust,
    seen=seen_trust,
    states=((), ("trusted",), ("refused",)),
)


def play_register(root: Path, do: Do) -> None:
    register = CacheRegister(root / "state", lambda: 0.0)
    do("announced", lambda: register.announce("http://127.0.0.1", 60.0))
    do("kept", lambda: register.keep("caches/1"))
    do("dropped", lambda: register.drop("caches/1"))
    do("left", lambda: register.leave(clean=True))


def seen_register(root: Path) -> object:
    return tuple(left.names for left in CacheRegister(root / "state", lambda: 0.0).dead("http://127.0.0.1"))


REGISTER = SavePath(
    name="the register of caches at a provider",
    modules=("providers/cache_register.py",),
    play=play_register,
    seen=seen_register,
    states=((), ((),), (("caches/1",),), ((),), ()),
)


def play_drafts(root: Path, do: Do) -> None:
    path = root / "state" / "drafts" / "demo.json"
    do("one", lambda: drafts.write(path, {"main": "one"}))
    do("two", lambda: drafts.write(path, {"main": "two"}))
    do("sent", lambda: drafts.write(path, {}))


DRAFTS = SavePath(
    name="what was written and not sent",
    modules=("desktop/drafts.py",),
    play=play_drafts,
    seen=lambda root: drafts.read(root / "state" / "drafts" / "demo.json"),
    states=({}, {"main": "one"}, {"main": "two"}, {}),
    precious=False,
)

INI = "; scale 1\n[Window][###composer]\nPos=1,2\nSize={},4\nDockId=0x00000001,0\n\n[Docking][Data]\n" + (
    "DockSpace ID=0x00000001 Window=0x00000002 Pos=0,0 Size=100,100 CentralNode=1\n"
)


def play_layouts(root: Path, do: Do) -> None:
    shelf = LayoutShelf(root / "layouts")
    do("one", lambda: shelf.keep("mine", INI.format(1)))
    do("two", lambda: shelf.keep("mine", INI.format(2)))
    do("renamed", lambda: "mine" in shelf.names() and shelf.rename("mine", "yours"))
    do("deleted", lambda: "yours" in shelf.names() and shelf.delete("yours"))


def seen_layouts(root: Path) -> object:
    names = LayoutShelf(root / "layouts").names()
    return tuple((name, _size(root, name)) for name in names)


def _size(root: Path, name: str) -> str:
    text = (root / "layouts" / f"{name}.ini").read_text()
    return text.partition("\nSize=")[2].partition(",")[0]


LAYOUTS = SavePath(
    name="layouts that the person named",
    modules=("desktop/layout_shelf.py",),
    play=play_layouts,
    seen=seen_layouts,
    states=((), (("mine", "1"),), (("mine", "2"),), (("yours", "2"),), ()),
)


def play_layout(root: Path, do: Do) -> None:
    path = root / "dpg_layout.ini"

    def prepared() -> None:
        with suppress(OSError):  # of whoever broke it
            path.write_text("no layout")
        layout.prepare(path, 1440, 900, 1.0)

    do("unusable", prepared)
    do("mine", lambda: layout.save(path, INI.format(7)))


def seen_layout(root: Path) -> object:
    """What a start shows; one that cannot be used stays beside it."""
    path = root / "dpg_layout.ini"
    default = layout.prepare(path, 1440, 900, 1.0)
    return default or layout.usable(path.read_text())


def before_layout(root: Path) -> None:
    (root / "dpg_layout.ini").write_text(INI.format(6))


LAYOUT = SavePath(
    name="where the panels are",
    modules=("desktop/layout.py",),
    before=before_layout,
    play=play_layout,
    seen=seen_layout,
    states=(True, True, True),
    precious=False,
    power=False,  # the test writes what cannot be used
)


def play_torn(root: Path, do: Do) -> None:
    path = root / "state" / "torn_off.json"
    one = memory.Windows().opened("files", opened=True)
    do("opened", lambda: memory.save(path, one))
    do("moved", lambda: memory.save(path, one.moved("files", Place(x=1, y=2, width=3, height=4))))


def seen_torn(root: Path) -> object:
    one = memory.load(root / "state" / "torn_off.json").of("files")
    return one.open, one.place is not None


TORN = SavePath(
    name="panels in windows of their own",
    modules=("desktop/torn/memory.py",),
    play=play_torn,
    seen=seen_torn,
    states=((False, False), (True, False), (True, True)),
    precious=False,
)

MODEL = ModelChoice(provider="anthropic", model="m")


def play_tokens(root: Path, do: Do) -> None:
    do("learnt", lambda: Calibrator(root / "state" / "tokens.json").learn(MODEL, 1000.0, 2000))


def seen_tokens(root: Path) -> object:
    path = root / "state" / "tokens.json"
    told = json.loads(path.read_bytes()) if path.exists() else {"factors": {}}
    assert Calibrator(path).estimate("word " * 100, MODEL) > 100
    return bool(told["factors"])


TOKENS = SavePath(
    name="what was learnt of tokens",
    modules=("assembly/calibration.py",),
    play=play_tokens,
    seen=seen_tokens,
    states=(False, True),
    precious=False,
)

PATHS = (CONFIG, BROKEN_CONFIG, KEYS, KEYRING, TRUST, REGISTER, DRAFTS, LAYOUTS, LAYOUT, TORN, TOKENS)
