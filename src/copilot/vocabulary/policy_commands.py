"""The commands about rules and trust; `commands` names them with all the others."""

from copilot.vocabulary.approvals import ConfirmDialog
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.policies import PolicyRule


@frozen
class ProposeRule:
    """Find rules by which a request like `request` would pass unasked (`RuleProposed`); changes nothing."""

    request_id: str
    request: ConfirmDialog


@frozen
class AddRule:
    """Add a rule to `config.toml`, as the person confirmed it (`RuleAdded`)."""

    request_id: str
    rule: PolicyRule


@frozen
class LookAtTrust:
    """Tell what of the project asks to be trusted (`TrustAsked`)."""

    request_id: str


@frozen
class Trust:
    """The person trusts the contents with these hashes: they count from now on (`TrustAsked`)."""

    request_id: str
    sha256s: tuple[str, ...]


@frozen
class Distrust:
    """The contents with these hashes do not count, and are not asked about again (`TrustAsked`)."""

    request_id: str
    sha256s: tuple[str, ...]


PolicyCommand = ProposeRule | AddRule | LookAtTrust | Trust | Distrust
"""None of them is part of a turn."""
