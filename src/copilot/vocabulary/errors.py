"""Every error this program raises on purpose.

    CopilotError
    ├── ConfigError            config.toml, a flag or an environment variable
    ├── ProjectError           a project file
    ├── StorageError           a disk that is full, read-only or held by somebody else
    │   └── LockedError        another process holds the project
    ├── ProviderError          a request to a model
    │   ├── AuthError          no key, or one the service refuses
    │   ├── BadRequestError    the service refuses the request as it stands
    │   │   └── UnknownModelError  it does not know the model's name
    │   ├── ContextTooLongError
    │   ├── RateLimitedError   may be tried again, after `retry_after` seconds
    │   ├── QuotaError         money or a daily limit: trying again does not help
    │   ├── UnavailableError   overloaded or broken on their side
    │   ├── NetworkError       no connection, or it broke
    │   ├── BadResponseError   what came back is not this provider's protocol
    │   ├── TruncatedError     the stream ended before its closing event
    │   └── RefusedError       the model or a filter declined to answer
    ├── AttachmentError        a file cannot be attached or sent
    ├── ToolError              the model reads the message and may try again
    │   ├── OutsideProjectError
    │   ├── ForbiddenPathError inside the project, but not to be touched this way
    │   └── RejectedError      a person, a policy or a missing person said no
    ├── CapError               a request would pass a cap on what may be spent
    └── TurnCancelledError     the person stopped the turn

An error shown to a person says what happened and to which file or request (`str(error)`) and what to do
next (`error.hint`).
"""

from typing import Literal

ErrorKind = Literal[
    "config",
    "project",
    "storage",
    "auth",
    "bad_request",
    "too_long",
    "rate_limited",
    "quota",
    "unavailable",
    "network",
    "bad_response",
    "truncated",
    "refused",
    "cap",
    "attachment",
    "tool",
    "internal",
]


class CopilotError(Exception):
    """Base of all errors raised on purpose. `hint` says what the person can do next (may be empty)."""

    kind: ErrorKind = "internal"
    default_hint: str = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = self.default_hint if hint is None else hint


class ConfigError(CopilotError):
    """A setting, flag or environment variable cannot be used."""

    kind = "config"


class ProjectError(CopilotError):
    """A project file cannot be used."""

    kind = "project"


class StorageError(CopilotError):
    """A file could not be written or locked."""

    kind = "storage"


class LockedError(StorageError):
    """Another process holds the project."""

    default_hint = "Close the other window on this project, or open another project."


class ProviderError(CopilotError):
    """A request to a model failed. `request_id` is the service's own, for its support; may be empty.

    `retry_after` is how many seconds the service asks to wait; None where it does not say.
    """

    kind = "internal"
    retryable: bool = False
    retry_after: float | None = None

    def __init__(self, message: str, hint: str | None = None, *, request_id: str = "") -> None:
        super().__init__(message, hint)
        self.request_id = request_id


class AuthError(ProviderError):
    """No key, or one the service refuses."""

    kind = "auth"
    default_hint = "Check the key: `copilot keys` says where it comes from, the settings take another one."


class BadRequestError(ProviderError):
    """The service refuses the request as it stands."""

    kind = "bad_request"
    default_hint = "The log of this session has the whole request. Another model or a new branch may do."


class UnknownModelError(BadRequestError):
    """The service does not know the model's name."""

    default_hint = "Check the model's name and the base URL; `copilot models` lists what there is."


class ContextTooLongError(ProviderError):
    """The request is larger than the model's window."""

    kind = "too_long"
    default_hint = "Choose fewer files or the summary view, or start a new branch."


class RateLimitedError(ProviderError):
    """Too many requests."""

    kind = "rate_limited"
    retryable = True
    default_hint = "Send the message again in a minute, or choose another model."

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        request_id: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint, request_id=request_id)
        self.retry_after = retry_after


class QuotaError(ProviderError):
    """Money or a daily limit is used up; trying again does not help."""

    kind = "quota"
    default_hint = "See the billing page of the service."


class UnavailableError(ProviderError):
    """The service is overloaded or broken."""

    kind = "unavailable"
    retryable = True
    default_hint = "Try again in a minute."


class NetworkError(ProviderError):
    """The service could not be reached, or the connection broke. `sent` is False where no request left."""

    kind = "network"
    retryable = True
    default_hint = "Check the network, the proxy and the base URL."

    def __init__(
        self, message: str, hint: str | None = None, *, request_id: str = "", sent: bool = True
    ) -> None:
        super().__init__(message, hint, request_id=request_id)
        self.sent = sent


class BadResponseError(ProviderError):
    """What came back is not this provider's protocol (a login page, a proxy's own words, broken JSON)."""

    kind = "bad_response"
    default_hint = "Check the base URL; a captive portal or a proxy may have answered."


class TruncatedError(ProviderError):
    """The stream ended before its closing event: the answer is not complete."""

    kind = "truncated"
    retryable = True
    default_hint = "Continue asks for the rest where a part of it came; else send the message again."


class RefusedError(ProviderError):
    """The model or a filter declined to answer."""

    kind = "refused"
    default_hint = "Ask differently, or choose another model."


class AttachmentError(CopilotError):
    """A file cannot be attached or sent."""

    kind = "attachment"


class ToolError(CopilotError):
    """A tool could not do what was asked. The model reads the message as the tool's result."""

    kind = "tool"


class OutsideProjectError(ToolError):
    """A path leads outside the base directory. Names the path (escaped) and the rule."""


class ForbiddenPathError(ToolError):
    """A path is inside the base directory but must not be touched this way. Names the path and the rule."""


class RejectedError(ToolError):
    """A person, a policy or a missing person said no."""


class CapError(CopilotError):
    """A request that would pass a cap on what may be spent was not sent."""

    kind = "cap"
    default_hint = "Raise the cap in [caps] of config.toml, or choose fewer files or a cheaper model."


class TurnCancelledError(CopilotError):
    """The person stopped the turn."""
