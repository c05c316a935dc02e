"""The files of a project as the window's tree shows them, from the same cache as the context."""

from collections.abc import Callable

from copilot.ai.turn import model_tokens
from copilot.context import aggregate
from copilot.context.aggregate import Workshop
from copilot.tokens.estimator import factor
from copilot.vocabulary.values import FileState, ModelChoice, Project


def lister(
    shop: Workshop,
) -> Callable[[Project, ModelChoice, Callable[[], bool]], tuple[FileState, ...]]:
    """What lists a project: raises ProjectError where the base directory is missing, TurnCancelledError."""

    def list_files(
        project: Project, model: ModelChoice, cancelled: Callable[[], bool]
    ) -> tuple[FileState, ...]:
        each = factor(model.provider, model.model)
        built = aggregate.run(project, cancelled, workshop=shop, tokens_per_piece=each)
        return aggregate.states(built, model_tokens(model))

    return list_files
