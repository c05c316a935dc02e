"""Which files ask before they are read, and which before they are changed."""

import pytest

from copilot.workspace.secrets import protected_reason, secret_reason


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".ENV",
        "sub/.env.production",
        "prod.env",
        ".envrc",
        "id_rsa",
        "keys/id_ed25519",
        "server.pem",
        "Server.KEY",
        ".npmrc",
        ".netrc",
        ".git-credentials",
        "credentials",
        "credentials.json",
        "gcp-credentials.json",
        "client_secret_123.json",
        "secrets.yaml",
        "config/secrets.toml",
        "terraform.tfstate",
        "x.tfvars",
        ".ssh/config",
        "home/.aws/config",
        ".docker/config.json",
        ".kube/config",
        ".\u200cenv",
        ".env.",
        ".env ",
        "\uff0eenv",
        ".env::$DATA",
    ],
)
def test_secrets(path: str) -> None:
    assert secret_reason(path)


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        ".env.example",
        ".env.sample",
        "env.py",
        "id_rsa.pub",
        "secrets.py",
        "src/credentials.ts",
        "keys.md",
        "monkey",
        "environment.yml",
        ".gitignore",
    ],
)
def test_no_secrets(path: str) -> None:
    assert secret_reason(path) == ""


def test_a_private_key_under_any_name() -> None:
    key = b"\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl"
    assert secret_reason("notes.txt", key) == "it holds a private key"
    assert secret_reason("notes.txt", b" \r\n" * 50_000 + key) == "it holds a private key"
    assert secret_reason("notes.txt", b"how to find '-----BEGIN RSA PRIVATE KEY-----' in a file") == ""


@pytest.mark.parametrize(
    "path",
    [
        ".git/hooks/pre-commit",
        ".git/config",
        "sub/.git/config",
        ".git",
        ".GIT/config",
        ".g\u200cit/config",
        ".git./config",
        ".git::$INDEX_ALLOCATION/config",
        "GIT~1/config",
        "git~2/hooks/x",
        ".gitmodules",
        ".GitModules",
        "gitmod~1",
        "GIT~1",
        ".gitattributes",
        ".envrc",
        ".vscode/tasks.json",
        ".VSCODE/settings.json",
        ".idea/workspace.xml",
        ".bashrc",
        "sub/.zshrc",
        ".profile",
        "Microsoft.PowerShell_profile.ps1",
        ".mcp.json",
        ".claude/commands/x.md",
        ".husky/pre-commit",
        ".hg/hgrc",
        ".zed/settings.json",
        ".vimrc",
        "a.code-workspace",
        "sitecustomize.py",
        ".aiignore",
    ],
)
def test_protected_paths(path: str) -> None:
    assert protected_reason(path).startswith("Protected path: ")


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        ".gitignore",
        "git/config",
        "legit/x",
        ".github/x",
        "vscode.json",
        "model.pth",
        "hg/x",
        "a~1",
        "config.toml",
    ],
)
def test_ordinary_paths(path: str) -> None:
    assert protected_reason(path) == ""


def test_our_own_files() -> None:
    ours = ("config.toml", "projects")
    for path in ("config.toml", "Config.TOML", "projects/x.toml", "projects", "projects/deep/x"):
        assert protected_reason(path, ours).endswith("whatever the policy says.")
    assert protected_reason("projects.md", ours) == ""
    assert protected_reason("anything", (".",))
