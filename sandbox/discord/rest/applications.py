"""What an application knows about itself, and changes."""

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.errors import ApiError, FormErrors, refusal
from sandbox.discord.model import ApplicationFlag, Json
from sandbox.discord.rest.pictures import picture_hash
from sandbox.discord.rest.routing import Call, Routes
from sandbox.discord.validation.fields import Field

routes = Routes()
_MAX_DESCRIPTION = 400
_MAX_TAGS, _MAX_TAG = 5, 20
_CHANGED = {"description", "tags", "icon", "flags"}
# only those for small bots are for the application itself to set
_SETTABLE = int(
    ApplicationFlag.GATEWAY_PRESENCE_LIMITED
    | ApplicationFlag.GATEWAY_GUILD_MEMBERS_LIMITED
    | ApplicationFlag.GATEWAY_MESSAGE_CONTENT_LIMITED
)


@routes.add("GET", "/oauth2/applications/@me")
@routes.add("GET", "/applications/@me")
async def get_own_application(call: Call) -> Any:
    return _shown(call)


@routes.add("PATCH", "/applications/@me")
async def edit_own_application(call: Call) -> Any:
    """What the sandbox has no use for is not taken silently, but answered 501 by name."""
    body, application = call.body, call.application
    for name in body.keys() - _CHANGED:
        if body[name] is not None:
            message = f"The sandbox does not implement {name} of PATCH /applications/@me"
            raise ApiError(501, 0, message)
    problems = FormErrors()
    given = Field(body, problems)
    given.at("description").text(_MAX_DESCRIPTION)
    for tag in given.at("tags").items(_MAX_TAGS):
        tag.required_text(_MAX_TAG)
    given.at("flags").integer(0)
    icon = picture_hash(given.at("icon"))
    problems.check()
    if "description" in body:
        application.description = body["description"] or ""
    if "tags" in body:
        application.tags = list(dict.fromkeys(body["tags"] or []))
    if "icon" in body:
        application.icon = icon
    if body.get("flags") is not None:
        application.flags = application.flags & ~_SETTABLE | body["flags"] & _SETTABLE
    return _shown(call)


@routes.add("GET", "/applications/{application_id}")
async def get_application(call: Call) -> Any:
    """Only itself; every other is unknown to a bot."""
    if call.id("application_id") != call.application.id:
        raise refusal(10002)
    return _shown(call)


def _shown(call: Call) -> Json:
    bot_id = call.application.bot.id
    guilds = sum(bot_id in guild.members for guild in call.world.guilds.values())
    return payloads.application(call.application, guilds=guilds)
