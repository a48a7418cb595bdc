"""Answering interactions: the callback, and the webhook that an interaction's token opens."""

from sandbox.discord import message_payloads
from sandbox.discord.errors import refusal
from sandbox.discord.interactions.book import UNKNOWN_WEBHOOK
from sandbox.discord.interactions.model import Interaction
from sandbox.discord.interactions.payloads import callback_response
from sandbox.discord.model import Json
from sandbox.discord.ratelimits import Kind
from sandbox.discord.rest.routing import Call, Routes

HOOK = "/webhooks/{webhook_id}/{webhook_token}"
ORIGINAL = f"{HOOK}/messages/@original"
MESSAGE = f"{HOOK}/messages/{{message_id}}"

routes = Routes()


@routes.add(
    "POST",
    "/interactions/{interaction_id}/{interaction_token}/callback",
    kind=Kind.CALLBACK,
    auth=False,
)
async def answer(call: Call) -> Json | None:
    interactions = call.discord.interactions
    interaction = interactions.unanswered(call.id("interaction_id"), call.path["interaction_token"])
    call.discord.answers.callback(interaction, call.body, call.files)
    if call.query_flag("with_response"):
        return callback_response(call.world, interaction)
    return None


@routes.add("POST", HOOK, kind=Kind.INTERACTION, auth=False)
async def follow_up(call: Call) -> Json:
    message = call.discord.answers.follow_up(_interaction(call), call.body, call.files)
    return message_payloads.message(call.world, message)


@routes.add("GET", ORIGINAL, kind=Kind.INTERACTION, auth=False)
@routes.add("GET", MESSAGE, kind=Kind.INTERACTION, auth=False)
async def read(call: Call) -> Json:
    message = call.discord.answers.message(_interaction(call), _message_id(call))
    return message_payloads.message(call.world, message)


@routes.add("PATCH", ORIGINAL, kind=Kind.INTERACTION, auth=False)
@routes.add("PATCH", MESSAGE, kind=Kind.INTERACTION, auth=False)
async def edit(call: Call) -> Json:
    answers = call.discord.answers
    interaction = _interaction(call)
    message = answers.message(interaction, _message_id(call))
    answers.edit(interaction, message, call.body, call.files)
    return message_payloads.message(call.world, message)


@routes.add("DELETE", ORIGINAL, kind=Kind.INTERACTION, auth=False)
@routes.add("DELETE", MESSAGE, kind=Kind.INTERACTION, auth=False)
async def delete(call: Call) -> None:
    answers = call.discord.answers
    answers.delete(answers.message(_interaction(call), _message_id(call)))


def _interaction(call: Call) -> Interaction:
    """Raises: ApiError 10015 where the path names no application of ours."""
    application_id = call.id("webhook_id")
    if application_id not in call.world.applications:
        raise refusal(UNKNOWN_WEBHOOK)
    return call.discord.interactions.answered(application_id, call.path["webhook_token"])


def _message_id(call: Call) -> str:
    return call.path.get("message_id", "@original")
