"""Which files ask before they are read (secrets) and which before they are changed (protected paths).

Decided on names, folded (`names.fold`) so that another spelling of the same file is decided the same; and,
for secrets, on the first line of what is in the file.
"""

import re
from fnmatch import translate
from functools import cache

from copilot.vocabulary.patterns import late
from copilot.workspace.names import fold


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SECRET_NAMES = _words("""
    .env .env.* *.env .envrc
    id_rsa* id_dsa* id_ecdsa* id_ed25519* *.pem *.key *.ppk *.p12 *.pfx *.jks *.keystore *.kdbx
    *.gpg *.pgp *.age
    .netrc _netrc .pgpass .my.cnf .npmrc .pypirc .git-credentials .htpasswd .vault-token .dockercfg .boto
    credentials credentials.* *credentials.json client_secret*.json service-account*.json
    service_account*.json secret secrets secret.* secrets.* *.secret *.secrets
    *.tfstate *.tfstate.backup *.tfvars local.settings.json kubeconfig keystore.properties auth.json
""")
_NO_SECRET_NAMES = _words("""
    *.pub *.example *.sample *.template *.dist
    *.py *.pyi *.js *.ts *.go *.rs *.c *.h *.cpp *.java *.kt *.cs *.rb *.php *.sh *.md *.rst *.html
""")
"""Public halves, examples without values, and source code that handles secrets."""
_SECRET_FOLDERS = _words(".ssh .gnupg .aws .azure .gcloud .kube .docker .password-store .secrets")
_KEY_BLOCK = late(rb"\s*-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")

_PROTECTED_FOLDERS = _words("""
    .git .hg .svn .vscode .idea .fleet .zed .husky .direnv .ssh .gnupg .aws
    .claude .codex .gemini .cursor .windsurf .continue .roo .kiro .devcontainer
""")
_PROTECTED_NAMES = _words("""
    .gitmodules .gitconfig .gitattributes .envrc .mcp.json .ripgreprc .npmrc .pypirc .netrc
    .pre-commit-config.yaml .aiignore .aiexclude .geminiignore .cursorrules .windsurfrules
    .hgrc .mise.toml .vimrc .exrc .nvimrc .dir-locals.el .gdbinit .lldbinit .rprofile .pam_environment
    sitecustomize.py usercustomize.py
    .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .inputrc
    .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .cshrc .tcshrc .login .logout config.fish
    .xprofile .xinitrc .xsession
    profile.ps1 microsoft.powershell_profile.ps1 microsoft.vscode_profile.ps1
""")
_SHORT_NAME = late(r"([^~]{1,6})~[0-9]+(?:\..{0,3})?")
"""`GIT~1`: how Windows also spells `.git`."""


def secret_reason(path: str, data: bytes = b"") -> str:
    """Why a file asks before it is read, in words for the person; empty where it does not.

    `path` is the real path, with forward slashes. `data`, where it is known, is looked at for a private key.
    """
    *folders, name = (fold(part) for part in path.split("/"))
    for folder in folders:
        if folder in _SECRET_FOLDERS:
            return f"it lies in {folder}, where keys and passwords are kept"
    if _one_of(_SECRET_NAMES).match(name) and not _one_of(_NO_SECRET_NAMES).match(name):
        return "files of this name usually hold keys or passwords"
    if _KEY_BLOCK.match(data):
        return "it holds a private key"
    return ""


def protected_reason(path: str, ours: tuple[str, ...] = ()) -> str:
    """Why a change of this file needs the person's own word; empty where it does not.

    `path` is the real path; `ours` are paths of this program's own files, where its home lies in the project.
    """
    folded = [fold(part) for part in path.split("/")]
    for part in folded[:-1]:
        if part in _PROTECTED_FOLDERS or _is_short_for(part, _PROTECTED_FOLDERS):
            return _says(f"what is in {part} may be run or obeyed by other programs")
    name = folded[-1]
    known = _PROTECTED_NAMES | _PROTECTED_FOLDERS
    if name in known or name.endswith(".code-workspace") or _is_short_for(name, known):
        return _says("other programs run or obey it without being asked")
    whole = "/".join(folded)
    for own in ours:
        own = "/".join(fold(part) for part in own.split("/"))
        if own == "." or whole == own or whole.startswith(f"{own}/"):
            return _says("it is a file of this program itself")
    return ""


@cache
def _one_of(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, sorted(names))))


def _says(why: str) -> str:
    return f"Protected path: {why}. This change needs your own word, whatever the policy says."


def _is_short_for(name: str, known: frozenset[str]) -> bool:
    match = _SHORT_NAME.fullmatch(name)
    return match is not None and any(match[1] == other.replace(".", "")[:6] for other in known)
