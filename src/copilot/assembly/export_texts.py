"""Taking keys out of everything that an export shows, and what no file can hold."""

from collections.abc import Mapping
from typing import Any, cast

from copilot.record.exported import CallFacts, Exported
from copilot.storage.redaction import Redactor
from copilot.vocabulary.frozen import frozen, names_of, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Message, Part
from copilot.vocabulary.text import clean


@frozen(kw_only=False)
class Cleaner:
    """Takes keys and lone surrogates out of values."""

    redactor: Redactor

    def exported(self, one: Exported) -> Exported:
        """All of it."""
        messages = Messages(map(self._message, one.discussion.messages))
        return replace(
            one,
            discussion=replace(one.discussion, messages=messages),
            system_prompt=clean(self.redactor.text(one.system_prompt)),
            calls={call: self._facts(facts) for call, facts in one.calls.items()},
        )

    def _message(self, message: Message) -> Message:
        parts = tuple(map(self._part, message.parts))
        return message if parts == message.parts else replace(message, parts=parts)

    def _part(self, part: Part) -> Part:
        """What a provider wants back word for word goes where a word would have to change."""
        before = {name: getattr(part, name) for name in names_of(part)}
        said = {name: self._value(value, name) for name, value in before.items()}
        if said == before:
            return part
        if "provider_data" in said:
            said["provider_data"] = None
        return replace(part, **said)

    def _facts(self, facts: CallFacts) -> CallFacts:
        changes = tuple(
            replace(one, diff=self.redactor.text(one.diff), path=self.redactor.text(one.path))
            for one in facts.changes
        )
        return replace(facts, changes=changes, edit=self.redactor.text(facts.edit))

    def _value(self, value: object, name: str) -> Any:
        if isinstance(value, str):
            return clean(self.redactor.named(name, value))
        if isinstance(value, Mapping):
            items = cast("Mapping[str, object]", value)
            return {self.redactor.text(key): self._value(item, key) for key, item in items.items()}
        if isinstance(value, list):
            return [self._value(item, name) for item in cast("list[object]", value)]
        return value
