from typing import TYPE_CHECKING

import pytest

from bot.ai.api import Api
from bot.ai.moderations import OpenAIModerations
from bot.domain.chat import ImageData
from bot.domain.errors import BadAnswerError, EndpointMissingError
from bot.domain.moderations import ModerationRequest
from sandbox.openai import OpenAIServer
from tests.ai.raw import RawServer
from tests.pictures import a_png

if TYPE_CHECKING:
    from bot.domain.calls import Exchange

MODEL = "omni-moderation-latest"


@pytest.mark.parametrize(
    ("sandbox", "model"),
    [("modern", MODEL), ("both", MODEL), ("legacy", "text-moderation-latest")],
    indirect=["sandbox"],
)
async def test_each_text_gets_its_verdict(
    sandbox: OpenAIServer, sandbox_api: Api, model: str
) -> None:
    exchanges: list[Exchange] = []

    found = await OpenAIModerations(sandbox_api).moderate(
        ModerationRequest(model=model, texts=("a nice day", "another")), exchanges.append
    )

    assert len(found.verdicts) == 2
    assert not found.flagged
    assert found.verdicts[0].scores["hate/threatening"] < 0.5
    assert found.request_id == sandbox.requests[0].id
    assert exchanges[0].path == "/moderations"


@pytest.mark.parametrize("sandbox", ["modern"], indirect=True)
async def test_a_picture_is_judged_together_with_the_text_and_not_noted_in_bytes(
    sandbox_api: Api,
) -> None:
    exchanges: list[Exchange] = []
    picture = ImageData("image/png", a_png())

    found = await OpenAIModerations(sandbox_api).moderate(
        ModerationRequest(model=MODEL, texts=("look",), picture=picture), exchanges.append
    )

    assert len(found.verdicts) == 1
    url = exchanges[0].request["input"][1]["image_url"]["url"]
    assert url.startswith("data:image/png;base64,(")
    assert url.endswith(" bytes)")


async def test_unknown_categories_and_missing_flags_are_read(raw: RawServer, api: Api) -> None:
    raw.answers({"results": [{"categories": {"x/y": True, "z": None}, "category_scores": {}}]})

    found = await OpenAIModerations(api).moderate(ModerationRequest(model=MODEL, texts=("a",)))

    assert found.flagged
    assert found.verdicts[0].categories == {"x/y": True}
    assert found.model == MODEL


async def test_a_server_that_knows_no_model_here_uses_its_own(raw: RawServer, api: Api) -> None:
    raw.answers({"error": {"message": "Unrecognized request argument supplied: model"}}, 400)
    raw.answers({"results": [{"flagged": True}], "model": "own"})

    found = await OpenAIModerations(api).moderate(ModerationRequest(model=MODEL, texts=("a",)))

    assert found.model == "own"
    assert raw.requests[1].body == {"input": "a"}


async def test_a_server_without_moderations_says_so(raw: RawServer, api: Api) -> None:
    raw.answers({"detail": "Not Found"}, 404)

    with pytest.raises(EndpointMissingError):
        await OpenAIModerations(api).moderate(ModerationRequest(model=MODEL, texts=("a",)))


async def test_an_answer_without_a_verdict_is_a_bad_one(raw: RawServer, api: Api) -> None:
    raw.answers({"results": []})

    with pytest.raises(BadAnswerError):
        await OpenAIModerations(api).moderate(ModerationRequest(model=MODEL, texts=("a",)))
