"""Threads coming into being, and who is in them."""

from sandbox.discord import payloads
from sandbox.discord.model import Channel, ChannelType, Json, User
from sandbox.discord.state import World


def open_thread(
    world: World,
    parent: Channel,
    owner: User,
    kind: ChannelType,
    options: Json,
    *,
    thread_id: int | None = None,
) -> Channel:
    """`thread_id` is the message's it starts from. The owner is its first member."""
    guild, now = parent.guild, world.clock.now()
    if guild is None:
        raise AssertionError("threads are in servers")
    thread = Channel(
        id=thread_id or world.snowflakes.next(),
        type=kind,
        guild=guild,
        name=str(options.get("name", "")).strip(),
        parent_id=parent.id,
        nsfw=parent.nsfw,
        owner_id=owner.id,
        auto_archive_duration=options.get("auto_archive_duration") or 4320,
        rate_limit_per_user=options.get("rate_limit_per_user") or 0,
        invitable=options.get("invitable") is not False,
        archive_timestamp=now,
        created_at=now,
    )
    thread.thread_members[owner.id] = now
    guild.threads[thread.id] = world.channels[thread.id] = thread
    world.dispatch(
        "THREAD_CREATE", payloads.thread(thread) | {"newly_created": True}, channel=thread
    )
    _members_changed(world, thread, added=[owner.id])
    return thread


def add_to_thread(world: World, thread: Channel, user: User) -> None:
    if user.id not in thread.thread_members:
        thread.thread_members[user.id] = world.clock.now()
        _members_changed(world, thread, added=[user.id])


def remove_from_thread(world: World, thread: Channel, user: User) -> None:
    if thread.thread_members.pop(user.id, None) is not None:
        _members_changed(world, thread, removed=[user.id])


def close_thread(world: World, thread: Channel) -> None:
    """Archived and locked: only who manages threads brings it back."""
    thread.archived = thread.locked = True
    thread.archive_timestamp = world.clock.now()
    world.dispatch("THREAD_UPDATE", payloads.thread(thread), channel=thread)


def wake_thread(world: World, thread: Channel) -> None:
    """A message in an archived thread that is not locked brings it back."""
    if thread.archived:
        thread.archived = False
        thread.archive_timestamp = world.clock.now()
        world.dispatch("THREAD_UPDATE", payloads.thread(thread), channel=thread)


def _members_changed(
    world: World,
    thread: Channel,
    *,
    added: list[int] | None = None,
    removed: list[int] | None = None,
) -> None:
    members: list[Json] = []
    for user_id in added or []:
        member = thread.guild.members.get(user_id) if thread.guild else None
        entry = payloads.thread_member(thread, user_id)
        members.append(entry | {"member": payloads.member(member)} if member else entry)
    payload: Json = {
        "id": str(thread.id),
        "guild_id": str(thread.guild.id) if thread.guild else "",
        "member_count": min(50, len(thread.thread_members)),
    }
    if members:
        payload["added_members"] = members
    if removed:
        payload["removed_member_ids"] = [str(user_id) for user_id in removed]
    world.dispatch("THREAD_MEMBERS_UPDATE", payload, channel=thread)
