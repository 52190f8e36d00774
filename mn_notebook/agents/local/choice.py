"""The local models as one of the places where a step's model may come from."""

from typing_extensions import override

from mn_notebook.agents.endpoints import LOCAL_PREFIX, Endpoint, LocalChoice
from mn_notebook.agents.local.local_models import LocalModels
from mn_notebook.agents.local.model import LocalModel
from mn_notebook.domain.messages import ModelProfile

PROVIDER = "local"


class EmbeddedChoice(LocalChoice):
    """Offers the models that are installed here, started when the first call needs one."""

    def __init__(self, models: LocalModels) -> None:
        self._models = models

    @override
    def name_of(self, model: str | None) -> ModelProfile | None:
        found = self._find(model)
        return None if found is None else _profile_of(found, self._models.parallel_calls)

    @override
    async def endpoint(self, profile: ModelProfile) -> Endpoint:
        found = self._find(profile.name)
        if found is None:
            raise self._models.missing(profile.name)
        answer = await self._models.endpoint(found)
        return Endpoint(
            base_url=answer.base_url,
            api_key=answer.api_key,
            provider=PROVIDER,
            profile=profile.model_copy(update={"context_tokens": answer.context_tokens}),
        )

    def _find(self, model: str | None) -> LocalModel | None:
        name = None if model is None else model.removeprefix(LOCAL_PREFIX)
        return self._models.choose(name or None)


def _profile_of(model: LocalModel, parallel_calls: int) -> ModelProfile:
    return ModelProfile(
        name=model.name,
        provider=PROVIDER,
        tool_mode=model.profile.tool_mode,
        context_tokens=model.profile.context_tokens,
        streams=model.profile.stream_usage,
        parallel_calls=parallel_calls,
    )
