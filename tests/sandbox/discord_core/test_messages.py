from datetime import timedelta

import pytest

from sandbox.clock import HandClock
from sandbox.discord.model import Channel, Guild, Message, Overwrite, User
from sandbox.discord.permissions import Permission
from sandbox.discord.posting import compose, post
from sandbox.discord.rest.reactions import react
from sandbox.discord.state import World
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Json, Reply, Rest

V2 = 1 << 15


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    return sandbox.discord.world


@pytest.fixture
def general(world: World) -> Channel:
    return world.channel_named("general")


@pytest.fixture
def ada(world: World) -> User:
    return world.user_named("ada")


@pytest.fixture
def messages(general: Channel) -> str:
    return f"/channels/{general.id}/messages"


def said(world: World, channel: Channel, author: User, text: str = "words") -> Message:
    return post(world, compose(world, channel, author, {"content": text}))


def guild_of(channel: Channel) -> Guild:
    assert channel.guild is not None
    return channel.guild


def grant(sandbox: Sandbox, permission: Permission) -> None:
    """To the bot's own role, in all its servers."""
    for guild in sandbox.discord.world.guilds.values():
        for role in guild.roles.values():
            if role.bot_id is not None:
                role.permissions |= permission


def forbid(sandbox: Sandbox, channel: Channel, permission: Permission) -> None:
    bot = sandbox.discord.application.bot
    channel.overwrites[bot.id] = Overwrite(id=bot.id, type=1, deny=int(permission))


def refused(reply: Reply) -> tuple[int, int]:
    return reply.status, reply.code


async def test_a_message_comes_back_as_it_was_sent(
    rest: Rest, messages: str, sandbox: Sandbox
) -> None:
    body = {"content": " hello ", "embeds": [{"title": "t", "description": None}], "flags": 4096}

    reply = await rest("POST", messages, body)
    again = await rest("GET", f"{messages}/{reply.body['id']}")

    assert reply.status == 200
    assert reply.body["content"] == "hello"
    assert reply.body["flags"] == 4096
    assert reply.body["embeds"] == [{"type": "rich", "title": "t"}]
    assert reply.body["author"]["id"] == str(sandbox.discord.application.bot.id)
    assert again.body == reply.body


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({}, 400, 50006), ({"content": "   "}, 400, 50006), ({"content": "x" * 2001}, 400, 50035)],
)
async def test_a_message_has_between_1_and_2000_characters(
    body: Json, status: int, code: int, rest: Rest, messages: str
) -> None:
    assert refused(await rest("POST", messages, body)) == (status, code)


async def test_what_is_wrong_with_a_body_is_named_where_it_is(rest: Rest, messages: str) -> None:
    body = {"content": "x" * 2001, "embeds": [{"title": "y" * 257}]}

    reply = await rest("POST", messages, body)

    assert reply.body["message"] == "Invalid Form Body"
    assert reply.error_at("content") == "BASE_TYPE_MAX_LENGTH"
    assert reply.error_at("embeds", 0, "title") == "BASE_TYPE_MAX_LENGTH"


async def test_a_body_that_is_no_json_is_refused(rest: Rest, messages: str) -> None:
    plain = await rest("POST", messages, "x", headers={"Content-Type": "text/plain"})
    listed = await rest("POST", messages, ["content"])

    assert refused(plain) == (400, 50109)
    assert refused(listed) == (400, 50035)


async def test_the_same_nonce_within_minutes_makes_one_message(
    rest: Rest, messages: str, clock: HandClock
) -> None:
    body = {"content": "once", "nonce": "turn-1", "enforce_nonce": True}

    first = (await rest("POST", messages, body)).body
    second = (await rest("POST", messages, {**body, "content": "twice"})).body
    unforced = (await rest("POST", messages, {"content": "free", "nonce": "turn-1"})).body
    await clock.advance(301)
    later = (await rest("POST", messages, body)).body

    assert second == first
    assert len({first["id"], unforced["id"], later["id"]}) == 3


async def test_a_reply_names_its_message_and_pings_unless_told_not_to(
    rest: Rest, messages: str, world: World, general: Channel, ada: User
) -> None:
    question = said(world, general, ada)
    reference = {"message_id": str(question.id)}

    pinging = (await rest("POST", messages, {"content": "a", "message_reference": reference})).body
    silent = (
        await rest(
            "POST",
            messages,
            {"content": "b", "message_reference": reference, "allowed_mentions": {"parse": []}},
        )
    ).body

    assert pinging["type"] == 19
    assert pinging["referenced_message"]["id"] == str(question.id)
    assert [user["username"] for user in pinging["mentions"]] == ["ada"]
    assert silent["mentions"] == []


async def test_a_reply_to_nothing_fails_unless_that_is_allowed(rest: Rest, messages: str) -> None:
    reference: Json = {"message_id": "1"}

    strict = await rest("POST", messages, {"content": "a", "message_reference": reference})
    reference["fail_if_not_exists"] = False
    lenient = await rest("POST", messages, {"content": "a", "message_reference": reference})

    assert strict.error_at("message_reference") == "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
    assert lenient.body["type"] == 0


async def test_after_its_message_is_gone_a_reply_refers_to_null(rest: Rest, messages: str) -> None:
    sent = (await rest("POST", messages, {"content": "soon gone"})).body
    body = {"content": "a", "message_reference": {"message_id": sent["id"]}}
    reply = (await rest("POST", messages, body)).body

    await rest("DELETE", f"{messages}/{sent['id']}")
    shown = (await rest("GET", f"{messages}/{reply['id']}")).body

    assert shown["referenced_message"] is None


async def test_a_forward_carries_the_message_and_nothing_else(
    rest: Rest, world: World, general: Channel, ada: User
) -> None:
    original = said(world, general, ada, "worth repeating")
    reference = {"type": 1, "message_id": str(original.id), "channel_id": str(general.id)}
    target = f"/channels/{world.channel_named('random').id}/messages"

    forwarded = (await rest("POST", target, {"message_reference": reference})).body
    commented = await rest("POST", target, {"content": "see", "message_reference": reference})

    assert forwarded["message_snapshots"][0]["message"]["content"] == "worth repeating"
    assert forwarded["message_reference"]["type"] == 1
    assert refused(commented) == (400, 160011)


async def test_forwarding_needs_the_content_of_what_is_forwarded(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    sandbox.discord.application.flags = 0
    original = said(world, general, ada)
    reference = {"type": 1, "message_id": str(original.id), "channel_id": str(general.id)}

    assert refused(await rest("POST", messages, {"message_reference": reference})) == (403, 160014)


async def test_only_allowed_mentions_ping(
    rest: Rest, messages: str, world: World, general: Channel, ada: User
) -> None:
    ben = world.user_named("ben")
    moderator = next(r for r in guild_of(general).roles.values() if r.name == "moderator")
    moderator.mentionable = True
    text = f"<@{ada.id}> <@{ben.id}> <@&{moderator.id}> @everyone"

    async def pinged(allowed: Json | None) -> tuple[list[str], int, bool]:
        body: Json = {"content": text}
        if allowed is not None:
            body["allowed_mentions"] = allowed
        message = (await rest("POST", messages, body)).body
        names = [user["username"] for user in message["mentions"]]
        return names, len(message["mention_roles"]), message["mention_everyone"]

    assert await pinged(None) == (["ada", "ben"], 1, False)
    assert await pinged({"parse": []}) == ([], 0, False)
    assert await pinged({"parse": ["roles"], "users": [str(ben.id)]}) == (["ben"], 1, False)


async def test_everyone_is_pinged_by_who_may(rest: Rest, messages: str, sandbox: Sandbox) -> None:
    grant(sandbox, Permission.MENTION_EVERYONE)

    loud = await rest("POST", messages, {"content": "@everyone"})
    quiet = await rest(
        "POST", messages, {"content": "@here", "allowed_mentions": {"parse": ["users"]}}
    )

    assert loud.body["mention_everyone"] is True
    assert quiet.body["mention_everyone"] is False


async def test_files_are_kept_added_and_removed_by_edits(rest: Rest, messages: str) -> None:
    body = {"attachments": [{"id": 0, "description": "a picture"}, {"id": 1}]}
    sent = (await rest("POST", messages, body, files={"a.txt": b"a", "b.txt": b"b"})).body
    first, second = sent["attachments"]

    edited = (
        await rest(
            "PATCH",
            f"{messages}/{sent['id']}",
            {"attachments": [{"id": second["id"]}, {"id": 0, "filename": "c.txt"}]},
            files={"c.txt": b"cc"},
        )
    ).body
    untouched = (await rest("PATCH", f"{messages}/{sent['id']}", {"content": "text"})).body

    assert first["description"] == "a picture"
    assert [file["filename"] for file in edited["attachments"]] == ["b.txt", "c.txt"]
    assert [file["id"] for file in untouched["attachments"]] == [
        file["id"] for file in edited["attachments"]
    ]


async def test_an_embed_may_show_an_uploaded_file(rest: Rest, messages: str) -> None:
    body = {"embeds": [{"image": {"url": "attachment://my chart.png"}}]}

    sent = (await rest("POST", messages, body, files={"my chart.png": b"not really"})).body

    assert sent["embeds"][0]["image"]["url"] == sent["attachments"][0]["url"]
    assert sent["attachments"][0]["filename"] == "my_chart.png"


async def test_components_v2_take_the_place_of_content(rest: Rest, messages: str) -> None:
    text = {"type": 10, "content": "a text display"}
    buttons = {"type": 1, "components": [{"type": 2, "style": 1, "label": "b", "custom_id": "b"}]}

    sent = await rest("POST", messages, {"flags": V2, "components": [text, buttons]})
    mixed = await rest("POST", messages, {"flags": V2, "components": [text], "content": "also"})

    assert sent.body["flags"] == V2
    ids = [sent.body["components"][0]["id"], sent.body["components"][1]["id"]]
    assert len({*ids, sent.body["components"][1]["components"][0]["id"]}) == 3
    assert refused(mixed) == (400, 50035)


async def test_the_components_v2_flag_stays(rest: Rest, messages: str) -> None:
    text = {"type": 10, "content": "a text display"}
    sent = (await rest("POST", messages, {"flags": V2, "components": [text]})).body

    edited = await rest("PATCH", f"{messages}/{sent['id']}", {"flags": 0, "components": [text]})
    plain = await rest("PATCH", f"{messages}/{sent['id']}", {"content": "plain"})

    assert edited.body["flags"] & V2
    assert refused(plain) == (400, 50035)


async def test_a_poll_is_taken(rest: Rest, messages: str) -> None:
    answers = [{"poll_media": {"text": "tea"}}, {"poll_media": {"text": "coffee"}}]
    body = {"poll": {"question": {"text": "?"}, "answers": answers, "duration": 1}}

    poll = (await rest("POST", messages, body)).body["poll"]

    assert [answer["answer_id"] for answer in poll["answers"]] == [1, 2]
    assert poll["expiry"] == "2026-01-01T13:00:00+00:00"


async def test_stickers_are_unknown(rest: Rest, messages: str) -> None:
    assert refused(await rest("POST", messages, {"sticker_ids": ["1"]})) == (400, 50035)


async def test_a_voice_message_is_one_sound_and_nothing_else(rest: Rest, messages: str) -> None:
    details = {"id": 0, "filename": "v.ogg", "duration_secs": 1.5, "waveform": "AAEC"}
    body: Json = {"flags": 1 << 13, "attachments": [details]}
    sound = {"v.ogg": b"OggS"}

    voice = (await rest("POST", messages, body, files=sound)).body
    talking = await rest("POST", messages, {**body, "content": "hi"}, files=sound)
    bare = await rest("POST", messages, {"flags": 1 << 13}, files=sound)
    edited = await rest("PATCH", f"{messages}/{voice['id']}", {"content": "hi"})

    assert voice["attachments"][0]["duration_secs"] == 1.5
    assert voice["attachments"][0]["waveform"] == "AAEC"
    assert [refused(reply) for reply in (talking, bare, edited)] == [(400, 50160)] * 3


async def test_too_large_a_file_and_too_large_a_request_are_refused(
    rest: Rest, messages: str
) -> None:
    mebibyte = 1024 * 1024
    large = {"a.bin": bytes(10 * mebibyte + 1)}
    many = {f"{number}.bin": bytes(9 * mebibyte) for number in range(3)}
    allowed = {"a.bin": bytes(10 * mebibyte)}

    assert refused(await rest("POST", messages, {}, files=large)) == (413, 40005)
    assert refused(await rest("POST", messages, {}, files=many)) == (413, 40005)
    assert (await rest("POST", messages, {}, files=allowed)).status == 200


async def test_messages_are_listed_newest_first_and_by_neighbourhood(
    rest: Rest, messages: str, world: World, general: Channel, ada: User
) -> None:
    ids = [str(said(world, general, ada, str(number)).id) for number in range(6)]

    async def listed(**params: object) -> list[str]:
        reply = await rest("GET", messages, params={k: str(v) for k, v in params.items()})
        return [ids[ids.index(message["id"])] for message in reply.body]

    assert await listed() == ids[::-1]
    assert await listed(limit=2) == [ids[5], ids[4]]
    assert await listed(before=ids[3], limit=2) == [ids[2], ids[1]]
    assert await listed(after=ids[1], limit=2) == [ids[3], ids[2]]
    assert await listed(around=ids[2], limit=3) == [ids[3], ids[2], ids[1]]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"limit": "0"}, "NUMBER_TYPE_MIN"),
        ({"limit": "101"}, "NUMBER_TYPE_MAX"),
        ({"limit": "many"}, "NUMBER_TYPE_COERCE"),
        ({"before": "x"}, "NUMBER_TYPE_COERCE"),
    ],
)
async def test_a_wrong_query_is_refused(
    params: dict[str, str], code: str, rest: Rest, messages: str
) -> None:
    reply = await rest("GET", messages, params=params)

    assert refused(reply) == (400, 50035)
    assert reply.error_at(next(iter(params))) == code


async def test_history_is_empty_without_the_permission_and_single_messages_are_closed(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    message = said(world, general, ada)
    forbid(sandbox, general, Permission.READ_MESSAGE_HISTORY)

    assert (await rest("GET", messages)).body == []
    assert refused(await rest("GET", f"{messages}/{message.id}")) == (403, 50001)
    reply = {"content": "a", "message_reference": {"message_id": str(message.id)}}
    assert refused(await rest("POST", messages, reply)) == (403, 160002)


@pytest.mark.parametrize(
    ("permission", "body", "files"),
    [
        (Permission.SEND_MESSAGES, {"content": "a"}, None),
        (Permission.EMBED_LINKS, {"embeds": [{"title": "a"}]}, None),
        (Permission.ATTACH_FILES, {}, {"a.txt": b"a"}),
        (Permission.SEND_TTS_MESSAGES, {"content": "a", "tts": True}, None),
    ],
)
async def test_what_may_not_be_sent_is_refused(
    *,
    permission: Permission,
    body: Json,
    files: dict[str, bytes] | None,
    rest: Rest,
    messages: str,
    general: Channel,
    sandbox: Sandbox,
) -> None:
    forbid(sandbox, general, permission)

    assert refused(await rest("POST", messages, body, files=files)) == (403, 50013)


async def test_places_that_are_unknown_closed_or_not_for_text(
    rest: Rest, world: World, general: Channel, sandbox: Sandbox
) -> None:
    async def send(channel_id: object) -> tuple[int, int]:
        return refused(await rest("POST", f"/channels/{channel_id}/messages", {"content": "a"}))

    category = world.channel_named("Text channels")
    forbid(sandbox, general, Permission.VIEW_CHANNEL)
    people = world.direct_channel(world.user_named("ada"), world.user_named("ben"))

    assert await send(1) == (404, 10003)
    assert await send("general") == (400, 50035)
    assert await send(category.id) == (400, 50008)
    assert await send(general.id) == (403, 50001)
    assert await send(people.id) == (403, 50001)


async def test_others_messages_are_not_edited_and_only_moderators_delete_them(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    message = said(world, general, ada)
    path = f"{messages}/{message.id}"

    assert refused(await rest("PATCH", path, {"content": "mine"})) == (403, 50005)
    assert refused(await rest("PATCH", path, {"flags": 4})) == (403, 50013)
    assert refused(await rest("DELETE", path)) == (403, 50013)
    grant(sandbox, Permission.MANAGE_MESSAGES)
    assert (await rest("PATCH", path, {"flags": 4})).body["flags"] == 4
    assert (await rest("DELETE", path)).status == 204
    assert refused(await rest("DELETE", path)) == (404, 10008)
    assert refused(await rest("PATCH", path, {"content": "gone"})) == (404, 10008)


async def test_an_edit_that_leaves_nothing_is_refused(rest: Rest, messages: str) -> None:
    sent = (await rest("POST", messages, {"content": "a", "embeds": [{"title": "b"}]})).body
    path = f"{messages}/{sent['id']}"

    without_text = await rest("PATCH", path, {"content": ""})
    without_all = await rest("PATCH", path, {"embeds": []})

    assert without_text.body["content"] == ""
    assert without_text.body["edited_timestamp"] is not None
    assert refused(without_all) == (400, 50006)


async def test_system_messages_are_not_edited(rest: Rest, messages: str, sandbox: Sandbox) -> None:
    grant(sandbox, Permission.PIN_MESSAGES)
    sent = (await rest("POST", messages, {"content": "pin me"})).body
    assert (await rest("PUT", f"{messages}/pins/{sent['id']}")).status == 204
    notice = (await rest("GET", messages)).body[0]

    assert notice["type"] == 6
    path = f"{messages}/{notice['id']}"
    assert refused(await rest("PATCH", path, {"content": "x"})) == (403, 50021)


async def test_bulk_delete_takes_2_to_100_messages_of_the_last_two_weeks(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    found = [said(world, general, ada) for _ in range(3)]
    ids = [str(message.id) for message in found]

    async def delete(*wanted: str) -> Reply:
        return await rest("POST", f"{messages}/bulk-delete", {"messages": list(wanted)})

    assert refused(await delete(*ids)) == (403, 50013)
    grant(sandbox, Permission.MANAGE_MESSAGES)
    assert refused(await delete(ids[0])) == (400, 50016)
    assert (await delete(ids[0], ids[1], "1")).status == 204
    assert list(general.messages) == [found[2].id]
    found[2].timestamp -= timedelta(days=15)
    assert refused(await delete(ids[2], "1")) == (400, 50034)
    assert refused(await rest("POST", f"{messages}/bulk-delete", {})) == (400, 50035)


async def test_reactions_are_added_listed_and_removed(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    message = said(world, general, ada)
    path = f"{messages}/{message.id}/reactions"

    assert (await rest("PUT", f"{path}/👍/@me")).status == 204
    assert (await rest("PUT", f"{path}/👍/@me")).status == 204
    shown = (await rest("GET", f"{messages}/{message.id}")).body["reactions"]
    users = (await rest("GET", f"{path}/👍")).body
    assert [(each["emoji"]["name"], each["count"], each["me"]) for each in shown] == [
        ("👍", 1, True)
    ]
    assert [user["id"] for user in users] == [str(sandbox.discord.application.bot.id)]
    assert (await rest("DELETE", f"{path}/👍/@me")).status == 204
    assert "reactions" not in (await rest("GET", f"{messages}/{message.id}")).body


async def test_reactions_that_are_not_allowed(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    message = said(world, general, ada)
    path = f"{messages}/{message.id}/reactions"

    assert refused(await rest("PUT", f"{path}/nonsense/@me")) == (400, 10014)
    assert refused(await rest("PUT", f"{path}/name:123/@me")) == (400, 10014)
    assert refused(await rest("DELETE", f"{path}/👍/{ada.id}")) == (403, 50013)
    assert refused(await rest("DELETE", path)) == (403, 50013)
    for number in range(20):
        assert (await rest("PUT", f"{path}/{chr(0x1F600 + number)}/@me")).status == 204
    assert refused(await rest("PUT", f"{path}/👍/@me")) == (400, 30010)
    forbid(sandbox, general, Permission.ADD_REACTIONS)
    message.reactions.clear()
    assert refused(await rest("PUT", f"{path}/👍/@me")) == (403, 50013)
    grant(sandbox, Permission.MANAGE_MESSAGES)
    assert (await rest("DELETE", f"{path}/👍/{ada.id}")).status == 204
    assert (await rest("DELETE", f"{path}/👍")).status == 204
    assert (await rest("DELETE", path)).status == 204


@pytest.mark.parametrize("route", ["messages/pins", "pins"])
async def test_pins_by_the_new_route_and_the_old(
    route: str, rest: Rest, messages: str, general: Channel, sandbox: Sandbox
) -> None:
    sent = (await rest("POST", messages, {"content": "keep"})).body
    pins = f"/channels/{general.id}/{route}"

    assert refused(await rest("PUT", f"{pins}/{sent['id']}")) == (403, 50013)
    grant(sandbox, Permission.PIN_MESSAGES)
    assert (await rest("PUT", f"{pins}/{sent['id']}")).status == 204
    assert (await rest("PUT", f"{pins}/{sent['id']}")).status == 204
    listed = (await rest("GET", pins)).body
    found = listed["items"][0]["message"] if route == "messages/pins" else listed[0]
    assert (found["id"], found["pinned"]) == (sent["id"], True)
    assert (await rest("DELETE", f"{pins}/{sent['id']}")).status == 204
    assert (await rest("GET", f"{messages}/{sent['id']}")).body["pinned"] is False
    assert refused(await rest("PUT", f"{pins}/1")) == (404, 10008)


async def test_an_embed_keeps_what_discord_keeps(rest: Rest, messages: str) -> None:
    embed = {
        "type": "video",
        "title": "t",
        "author": {"name": "a", "icon_url": "attachment://i.png"},
        "footer": {"text": "f"},
        "fields": [{"name": "n", "value": "v"}],
        "thumbnail": {"url": "https://example.org/x.png"},
        "color": 255,
    }

    sent = (await rest("POST", messages, {"embeds": [embed]}, files={"i.png": b"i"})).body
    stored = sent["embeds"][0]

    assert stored["type"] == "rich"
    assert stored["author"]["icon_url"] == sent["attachments"][0]["url"]
    assert stored["fields"] == [{"name": "n", "value": "v", "inline": False}]
    assert stored["thumbnail"]["proxy_url"] == "https://example.org/x.png"
    assert stored["color"] == 255


async def test_galleries_files_and_sections_show_uploads(rest: Rest, messages: str) -> None:
    url = "attachment://a.png"
    components = [
        {"type": 12, "items": [{"media": {"url": url}}]},
        {"type": 13, "file": {"url": url}},
        {
            "type": 17,
            "components": [
                {
                    "type": 9,
                    "components": [{"type": 10, "content": "beside"}],
                    "accessory": {"type": 11, "media": {"url": url}},
                }
            ],
        },
    ]
    body = {"flags": V2, "components": components}

    gallery, file, container = (await rest("POST", messages, body, files={"a.png": b"a"})).body[
        "components"
    ]

    section = container["components"][0]
    shown = [gallery["items"][0]["media"], file["file"], section["accessory"]["media"]]
    assert all(media["url"].startswith("http") for media in shown)
    assert section["accessory"]["id"] not in {gallery["id"], file["id"], container["id"]}


async def test_forwarding_what_is_not_there_or_not_to_be_seen(
    rest: Rest, messages: str, world: World, general: Channel, sandbox: Sandbox
) -> None:
    random = world.channel_named("random")
    hidden = said(world, random, world.user_named("ada"))
    forbid(sandbox, random, Permission.VIEW_CHANNEL)

    async def forward(**reference: object) -> Reply:
        return await rest("POST", messages, {"message_reference": {"type": 1, **reference}})

    gone = await forward(message_id="1", channel_id=str(general.id))
    unseen = await forward(message_id=str(hidden.id), channel_id=str(random.id))
    nowhere = await forward(message_id=str(hidden.id))

    assert gone.error_at("message_reference") == "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
    assert refused(unseen) == (403, 50001)
    assert nowhere.error_at("message_reference", "channel_id") == "BASE_TYPE_REQUIRED"


async def test_replies_stay_in_their_channel_and_answer_people(
    rest: Rest, messages: str, world: World, general: Channel, sandbox: Sandbox
) -> None:
    grant(sandbox, Permission.PIN_MESSAGES)
    sent = (await rest("POST", messages, {"content": "pin me"})).body
    await rest("PUT", f"{messages}/pins/{sent['id']}")
    notice = (await rest("GET", messages)).body[0]

    async def reply(**reference: object) -> str:
        body = {"content": "a", "message_reference": reference}
        return (await rest("POST", messages, body)).error_at("message_reference")

    elsewhere = await reply(message_id=sent["id"], channel_id=str(world.channel_named("random").id))
    system = await reply(message_id=notice["id"], channel_id=str(general.id))

    assert elsewhere == "MESSAGE_REFERENCE_CANNOT_REPLY_TO_MESSAGE_IN_OTHER_CHANNEL"
    assert system == "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"


async def test_a_forward_is_hidden_with_its_message(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    original = said(world, general, ada, "secret")
    forwarded = compose(world, general, ada, {})
    forwarded.snapshots = [{"message": (await rest("GET", f"{messages}/{original.id}")).body}]
    post(world, forwarded)
    sandbox.discord.application.flags = 0

    shown = (await rest("GET", f"{messages}/{forwarded.id}")).body

    assert shown["message_snapshots"][0]["message"]["content"] == ""


async def test_reactions_listed_in_pages_and_only_of_servers_removed(
    *, rest: Rest, messages: str, world: World, general: Channel, ada: User, sandbox: Sandbox
) -> None:
    message = said(world, general, ada)
    bot = sandbox.discord.application.bot
    direct = world.direct_channel(bot, ada)
    private = said(world, direct, ada)
    react(world, message, ada, "1️⃣")
    react(world, message, bot, "1️⃣")
    path = f"{messages}/{message.id}/reactions/1️⃣"

    page = (await rest("GET", path, params={"after": str(ada.id), "limit": "1"})).body
    in_direct = await rest("DELETE", f"/channels/{direct.id}/messages/{private.id}/reactions")

    assert [user["id"] for user in page] == [str(bot.id)]
    assert refused(in_direct) == (403, 50003)
    assert (await rest("GET", f"{messages}/{message.id}/reactions/👍")).body == []
