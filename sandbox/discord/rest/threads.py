"""Threads: start, change, join, leave, list."""

from collections.abc import Iterable
from typing import Any

from sandbox.discord import payloads, posting
from sandbox.discord.errors import FormErrors, invalid_form, refusal
from sandbox.discord.model import Channel, ChannelType, Json, MessageFlag, MessageType
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.access import guild_in, may, need, readable_message, visible_channel
from sandbox.discord.rest.routing import Answer, Call, Routes
from sandbox.discord.thread_life import add_to_thread, open_thread, remove_from_thread
from sandbox.discord.validation.fields import Field

routes = Routes()
_MAX_NAME = 100
MAX_SLOWMODE_S = 21_600
_DURATIONS = (60, 1440, 4320, 10080)
_PARENTS = {ChannelType.GUILD_TEXT, ChannelType.GUILD_ANNOUNCEMENT}
_CREATE = {
    ChannelType.PUBLIC_THREAD: Permission.CREATE_PUBLIC_THREADS,
    ChannelType.ANNOUNCEMENT_THREAD: Permission.CREATE_PUBLIC_THREADS,
    ChannelType.PRIVATE_THREAD: Permission.CREATE_PRIVATE_THREADS,
}


@routes.add("POST", "/channels/{channel_id}/messages/{message_id}/threads")
async def start_from_message(call: Call) -> Any:
    parent = _parent(call)
    message = readable_message(call, parent)
    need(call, parent, Permission.CREATE_PUBLIC_THREADS)
    if message.thread is not None:
        raise refusal(160004)
    _check(call.body, named=True)
    announced = parent.type is ChannelType.GUILD_ANNOUNCEMENT
    kind = ChannelType.ANNOUNCEMENT_THREAD if announced else ChannelType.PUBLIC_THREAD
    thread = open_thread(
        call.world, parent, call.application.bot, kind, call.body, thread_id=message.id
    )
    message.thread = thread
    message.flags |= MessageFlag.HAS_THREAD
    posting.changed_in_place(call.world, message)
    starter = posting.compose(
        call.world, thread, call.application.bot, {}, kind=MessageType.THREAD_STARTER_MESSAGE
    )
    starter.reference = posting.reference_to(message)
    posting.post(call.world, starter)
    thread.total_message_sent = 0  # the starter is not counted
    return Answer(201, payloads.thread(thread, seen_by=call.application.bot))


@routes.add("POST", "/channels/{channel_id}/threads")
async def start_without_message(call: Call) -> Any:
    parent = _parent(call)
    _check(call.body, named=True)
    announced = parent.type is ChannelType.GUILD_ANNOUNCEMENT
    wanted = call.body.get("type")
    kind = next((one for one in _CREATE if one == wanted), None)
    if wanted is None:
        kind = ChannelType.PRIVATE_THREAD
    if kind is None or (kind is ChannelType.ANNOUNCEMENT_THREAD) != announced:
        message = "This type of thread cannot be made here."
        raise invalid_form(("type",), "BASE_TYPE_CHOICES", message)
    need(call, parent, _CREATE[kind])
    thread = open_thread(call.world, parent, call.application.bot, kind, call.body)
    if kind is not ChannelType.PRIVATE_THREAD:
        notice = posting.compose(
            call.world,
            parent,
            call.application.bot,
            {"content": thread.name},
            kind=MessageType.THREAD_CREATED,
        )
        notice.reference = {
            "type": 0,
            "channel_id": str(thread.id),
            "guild_id": str(thread.guild.id) if thread.guild else "",
        }
        posting.post(call.world, notice)
    return Answer(201, payloads.thread(thread, seen_by=call.application.bot))


def change_thread(call: Call, thread: Channel) -> None:
    """PATCH of a thread: by its owner or by who manages threads; locking only by the latter."""
    need_to_manage(call, thread, locking="locked" in call.body)
    _check(call.body, named=False)
    for name in ("name", "rate_limit_per_user", "auto_archive_duration", "locked", "invitable"):
        if call.body.get(name) is not None:
            setattr(thread, name, call.body[name])
    if call.body.get("archived") not in {None, thread.archived}:
        thread.archived = call.body["archived"]
        thread.archive_timestamp = call.world.clock.now()
    call.world.dispatch("THREAD_UPDATE", payloads.thread(thread), channel=thread)


def need_to_manage(call: Call, thread: Channel, *, locking: bool) -> None:
    if may(call, thread, Permission.MANAGE_THREADS):
        return
    if locking or thread.owner_id != call.application.bot.id:
        raise refusal(50013)
    if thread.locked:
        raise refusal(160005)


@routes.add("PUT", "/channels/{channel_id}/thread-members/@me")
async def join(call: Call) -> Any:
    thread = _thread(call, active=True)
    add_to_thread(call.world, thread, call.application.bot)


@routes.add("PUT", "/channels/{channel_id}/thread-members/{user_id}")
async def add_member(call: Call) -> Any:
    thread = _thread(call, active=True)
    need(call, thread, Permission.SEND_MESSAGES)
    user = call.world.user(call.id("user_id"))
    if thread.guild is None or user.id not in thread.guild.members:
        raise refusal(50001)
    add_to_thread(call.world, thread, user)


@routes.add("DELETE", "/channels/{channel_id}/thread-members/@me")
async def leave(call: Call) -> Any:
    thread = _thread(call, active=True)
    remove_from_thread(call.world, thread, call.application.bot)


@routes.add("DELETE", "/channels/{channel_id}/thread-members/{user_id}")
async def remove_member(call: Call) -> Any:
    thread = _thread(call, active=True)
    owns = thread.type is ChannelType.PRIVATE_THREAD and (
        thread.owner_id == call.application.bot.id
    )
    if not owns:
        need(call, thread, Permission.MANAGE_THREADS)
    user = call.world.user(call.id("user_id"))
    if user.id not in thread.thread_members:
        raise refusal(10007)
    remove_from_thread(call.world, thread, user)


@routes.add("GET", "/channels/{channel_id}/thread-members/{user_id}")
async def get_member(call: Call) -> Any:
    thread = _thread(call, active=False)
    own = call.path["user_id"] == "@me"
    user_id = call.application.bot.id if own else call.id("user_id")
    if user_id not in thread.thread_members:
        raise refusal(10007)
    return _with_member(call, thread, user_id)


@routes.add("GET", "/channels/{channel_id}/thread-members")
async def list_members(call: Call) -> Any:
    thread = _thread(call, active=False)
    return [_with_member(call, thread, user_id) for user_id in thread.thread_members]


@routes.add("GET", "/guilds/{guild_id}/threads/active")
async def list_active(call: Call) -> Any:
    guild = guild_in(call)
    active = [
        thread
        for thread in guild.threads.values()
        if not thread.archived and call.world.can_see(thread, call.application.bot)
    ]
    return _listing(call, active)


@routes.add("GET", "/channels/{channel_id}/threads/archived/public")
async def list_archived_public(call: Call) -> Any:
    return _archived(call, private=False)


@routes.add("GET", "/channels/{channel_id}/threads/archived/private")
async def list_archived_private(call: Call) -> Any:
    channel = _parent(call)
    need(call, channel, Permission.MANAGE_THREADS)
    return _archived(call, private=True)


@routes.add("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
async def list_joined_archived_private(call: Call) -> Any:
    return _archived(call, private=True, joined=call.application.bot.id)


def _parent(call: Call) -> Channel:
    channel = visible_channel(call)
    if channel.type not in _PARENTS:
        raise refusal(50024)
    return channel


def _thread(call: Call, *, active: bool) -> Channel:
    channel = visible_channel(call)
    if not channel.is_thread:
        raise refusal(50024)
    if active and channel.archived:
        raise refusal(50083)
    return channel


def _archived(call: Call, *, private: bool, joined: int | None = None) -> Json:
    """Those archived last come first."""
    parent = _parent(call)
    need(call, parent, Permission.READ_MESSAGE_HISTORY)
    limit = call.query_int("limit", default=50, low=2, high=100)
    found = [
        thread
        for thread in (parent.guild.threads.values() if parent.guild else ())
        if thread.parent_id == parent.id
        and thread.archived
        and (thread.type is ChannelType.PRIVATE_THREAD) == private
        and (joined is None or joined in thread.thread_members)
    ]
    found.sort(key=lambda thread: (thread.archive_timestamp, thread.id), reverse=True)
    if (before := call.query.get("before")) is not None:
        found = [
            thread
            for thread in found
            if thread.archive_timestamp and payloads.iso(thread.archive_timestamp) < before
        ]
    return _listing(call, found[:limit], more=len(found) > limit)


def _listing(call: Call, threads: Iterable[Channel], *, more: bool = False) -> Json:
    bot = call.application.bot
    listed = list(threads)
    return {
        "threads": [payloads.thread(thread, seen_by=bot) for thread in listed],
        "members": [
            payloads.thread_member(thread, bot.id)
            for thread in listed
            if bot.id in thread.thread_members
        ],
        "has_more": more,
    }


def _with_member(call: Call, thread: Channel, user_id: int) -> Json:
    payload = payloads.thread_member(thread, user_id)
    if call.query_flag("with_member") and thread.guild and user_id in thread.guild.members:
        payload["member"] = payloads.member(thread.guild.members[user_id])
    return payload


def _check(body: Json, *, named: bool) -> None:
    problems = FormErrors()
    given = Field(body, problems)
    if not named or given.at("name").required():
        given.at("name").text(_MAX_NAME, minimum=1)
    given.at("auto_archive_duration").one_of(_DURATIONS)
    given.at("rate_limit_per_user").integer(0, MAX_SLOWMODE_S)
    given.at("type").integer()
    for key in ("archived", "locked", "invitable"):
        given.at(key).boolean()
    problems.check()
