"""The assistants of a session, and who answers for each."""

from collections.abc import Callable, Mapping, Sequence

from copilot.ai.assisting import Assistants, Hand, Means
from copilot.assembly.choice import Flags, choose_model
from copilot.projects.settings import Settings
from copilot.providers import catalog
from copilot.tools.registry import Tools
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.values import ModelChoice

ModelOf = Callable[[Assistant, ModelChoice], ModelChoice]


def assistants_of(
    environ: Mapping[str, str], settings: Settings, brought: Callable[[], Sequence[Assistant]] = tuple
) -> Assistants:
    """The person's assistants, and those that a trusted project brings."""

    def with_asking(tools: Tools, others: Sequence[Assistant], hand: Hand) -> Tools:
        from copilot.assistants.asking import asking_tool  # most turns are nobody's

        return tools.with_last(asking_tool(others, hand))

    means = Means(model_of=models(environ, settings), with_asking=with_asking)
    return Assistants(settings.assistants, means, brought)


def models(environ: Mapping[str, str], settings: Settings) -> ModelOf:
    """Who answers for an assistant, where the person chose another model.

    What the environment says of a model is for the person's own choice: an assistant that names its provider
    has its own model, else the one that the settings or the program have for that provider.
    """

    def model_of(one: Assistant, usual: ModelChoice) -> ModelChoice:
        if not one.provider:
            return usual
        same = one.provider == usual.provider
        if same and not one.model:
            return usual
        model = one.model or settings.models.get(one.provider, "")
        flags = Flags(
            provider=one.provider, model=model or catalog.DEFAULT_MODELS.get(one.provider, one.provider)
        )
        found = choose_model(flags, environ, settings)
        assert found is not None, "a provider was named"
        if same:  # where the person had it come from, as a flag may have said
            return ModelChoice(
                provider=found.provider,
                model=found.model,
                base_url=usual.base_url,
                api_version=usual.api_version,
            )
        return found

    return model_of
