"""People, the bot itself, and direct messages."""

from typing import Any

from sandbox.discord import payloads
from sandbox.discord.errors import FormErrors, invalid_form, refusal
from sandbox.discord.permissions import guild_permissions
from sandbox.discord.rest.access import guild_in
from sandbox.discord.rest.pictures import picture_hash
from sandbox.discord.rest.routing import Call, Routes, snowflake
from sandbox.discord.validation.fields import Field

routes = Routes()
_MAX_GUILDS = 200
_MIN_USERNAME, _MAX_USERNAME = 2, 32


@routes.add("GET", "/users/@me")
async def get_me(call: Call) -> Any:
    return payloads.own_user(call.application.bot)


@routes.add("PATCH", "/users/@me")
async def edit_me(call: Call) -> Any:
    bot = call.application.bot
    problems = FormErrors()
    given = Field(call.body, problems)
    given.at("username").text(_MAX_USERNAME, minimum=_MIN_USERNAME)
    avatar, banner = picture_hash(given.at("avatar")), picture_hash(given.at("banner"))
    problems.check()
    if call.body.get("username") is not None:
        bot.username = call.body["username"]
    if "avatar" in call.body:
        bot.avatar = avatar
    if "banner" in call.body:
        bot.banner = banner
    payload = payloads.own_user(bot)
    call.world.dispatch("USER_UPDATE", payload, to=call.application)
    return payload


@routes.add("GET", "/users/@me/guilds")
async def list_my_guilds(call: Call) -> Any:
    bot_id = call.application.bot.id
    limit = call.query_int("limit", default=_MAX_GUILDS, low=1, high=_MAX_GUILDS)
    after, before = call.query_id("after"), call.query_id("before")
    guilds = [
        guild
        for guild in sorted(call.world.guilds.values(), key=lambda guild: guild.id)
        if bot_id in guild.members
        and (after is None or guild.id > after)
        and (before is None or guild.id < before)
    ]
    guilds = guilds[-limit:] if before is not None else guilds[:limit]
    answer: list[payloads.Json] = []
    for guild in guilds:
        payload: payloads.Json = {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner_id == bot_id,
            "permissions": str(guild_permissions(guild, guild.members[bot_id])),
            "features": [],
        }
        if call.query_flag("with_counts"):
            payload["approximate_member_count"] = len(guild.members)
            payload["approximate_presence_count"] = len(guild.members)
        answer.append(payload)
    return answer


@routes.add("DELETE", "/users/@me/guilds/{guild_id}")
async def leave_guild(call: Call) -> Any:
    guild = guild_in(call)
    if guild.owner_id == call.application.bot.id:
        raise refusal(50055)
    call.world.remove_member(guild, call.application.bot)


@routes.add("POST", "/users/@me/channels")
async def create_direct_channel(call: Call) -> Any:
    """Opens the direct messages with somebody; that it can be written to shows when it is."""
    bot = call.application.bot
    if call.body.get("recipient_id") is None:
        raise invalid_form(("recipient_id",), "BASE_TYPE_REQUIRED", "This field is required")
    recipient = call.world.users.get(snowflake(call.body["recipient_id"], ("recipient_id",)))
    if recipient is None or recipient is bot:
        raise refusal(50033)
    channel = call.world.direct_channel(bot, recipient)
    return payloads.channel(channel, seen_by=bot)


@routes.add("GET", "/users/{user_id}")
async def get_user(call: Call) -> Any:
    return payloads.user(call.world.user(call.id("user_id")))
