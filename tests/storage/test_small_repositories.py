"""Posts, interaction tokens, blobs, preferences, and what was learnt about models."""

from datetime import timedelta
from hashlib import sha256

from bot.domain.calls import Capability
from bot.domain.conversations import Post
from bot.domain.ids import ChannelId, MessageId
from sandbox.clock import HandClock
from storage.database import Database
from tests.factories import ADA, BEN, GENERAL, NOON, a_token
from tests.storage.asking import answered, asked

SECOND = timedelta(seconds=1)


def post(part: int, message: int, *, channel: int = GENERAL) -> Post:
    return Post(part=part, channel=ChannelId(channel), message=MessageId(message))


async def test_posts_lead_from_an_answer_to_its_messages_and_back(database: Database) -> None:
    turn, other = await answered(database), await answered(database)
    snowflake = 2**63 - 1

    async with database.transaction() as tx:
        await tx.posts.put(turn.id, post(1, 51))
        await tx.posts.put(turn.id, post(0, snowflake))
        await tx.posts.put(other.id, post(0, 60))

    async with database.transaction() as tx:
        assert await tx.posts.of(turn.id) == (post(0, snowflake), post(1, 51))
        for message, found in ((snowflake, turn), (51, turn), (60, other), (404, None)):
            assert await tx.turns.by_message(MessageId(message)) == found


async def test_a_post_moves_and_goes(database: Database) -> None:
    turn = await answered(database)

    async with database.transaction() as tx:
        await tx.posts.put(turn.id, post(0, 50))
        await tx.posts.put(turn.id, post(1, 51))
        await tx.posts.put(turn.id, post(0, 52, channel=302))
        await tx.posts.remove(turn.id, 1)
        await tx.posts.remove(turn.id, 7)

    async with database.transaction() as tx:
        assert await tx.posts.of(turn.id) == (post(0, 52, channel=302),)
        assert await tx.turns.by_message(MessageId(50)) is None


async def test_a_token_is_given_until_it_expires(database: Database) -> None:
    turn, other = await asked(database), await asked(database)
    token, later = a_token(), a_token(expires_at=NOON + timedelta(hours=1))
    async with database.transaction() as tx:
        await tx.tokens.put(turn.id, token)
        await tx.tokens.put(other.id, later)

    async with database.transaction() as tx:
        assert await tx.tokens.get(turn.id, token.expires_at - SECOND) == token
        assert await tx.tokens.get(turn.id, token.expires_at) is None
        assert await tx.tokens.delete_expired(token.expires_at) == 1
        assert await tx.tokens.get(turn.id, NOON) is None
        await tx.tokens.delete(other.id)
        assert await tx.tokens.get(other.id, NOON) is None


async def test_blobs_are_kept_once_and_found_by_their_digest(database: Database) -> None:
    async with database.transaction() as tx:
        key = await tx.blobs.put(b"\0 picture \xff", NOON)
        assert await tx.blobs.put(b"\0 picture \xff", NOON + SECOND) == key
        assert await tx.blobs.get(key) == b"\0 picture \xff"
        assert await tx.blobs.get("0" * 64) is None

    assert key == sha256(b"\0 picture \xff").hexdigest()


async def test_blobs_that_nobody_put_in_again_are_purged(database: Database) -> None:
    async with database.transaction() as tx:
        old = await tx.blobs.put(b"old", NOON)
        used = await tx.blobs.put(b"used", NOON)
        await tx.blobs.put(b"used", NOON + SECOND)

        assert await tx.blobs.purge(NOON + SECOND) == 1

        assert await tx.blobs.get(old) is None
        assert await tx.blobs.get(used) == b"used"


async def test_the_longest_unused_blobs_make_room(url: str, clock: HandClock) -> None:
    async with (
        Database.open(url, clock=clock, blob_bytes=10) as database,
        database.transaction() as tx,
    ):
        first = await tx.blobs.put(b"1111", NOON)
        second = await tx.blobs.put(b"2222", NOON + SECOND)
        await tx.blobs.put(b"1111", NOON + 2 * SECOND)
        third = await tx.blobs.put(b"333", NOON + 3 * SECOND)

        assert await tx.blobs.get(first) == b"1111"
        assert await tx.blobs.get(second) is None
        assert await tx.blobs.get(third) == b"333"
        large = await tx.blobs.put(b"more than all", NOON)
        assert await tx.blobs.get(large) == b"more than all"
        assert await tx.blobs.get(third) is None


async def test_what_a_server_has_is_of_that_server_and_the_newest_lesson_counts(
    database: Database,
) -> None:
    here, there = "https://api.openai.com/v1", "http://127.0.0.1:8080/v1"
    async with database.transaction() as tx:
        await tx.endpoints.put(here, "/edits", NOON, present=True)
        await tx.endpoints.put(here, "/edits", NOON + SECOND, present=False)
        await tx.endpoints.put(there, "/edits", NOON, present=True)

    async with database.transaction() as tx:
        assert await tx.endpoints.of(here) == {
            "/edits": Capability(path="/edits", present=False, learnt_at=NOON + SECOND)
        }
        assert (await tx.endpoints.of(there))["/edits"].present


async def test_what_was_learnt_is_of_one_model_on_one_server(database: Database) -> None:
    here, there = "https://api.openai.com/v1", "http://127.0.0.1:8080/v1"
    async with database.transaction() as tx:
        await tx.learned.put(here, "o1", "max_tokens", None, NOON)
        await tx.learned.put(here, "o1", "max_tokens", "max_completion_tokens", NOON + SECOND)
        await tx.learned.put(here, "o1", "temperature", None, NOON)
        await tx.learned.put(there, "o1", "n", None, NOON)

    async with database.transaction() as tx:
        assert await tx.learned.of(here, "o1") == {
            "max_tokens": "max_completion_tokens",
            "temperature": None,
        }
        assert await tx.learned.of(there, "o1") == {"n": None}
        assert await tx.learned.of(here, "gpt-5") == {}


async def test_a_preference_has_one_value_by_scope_and_key(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.preferences.put("server:1", "chat_model", "gpt-5", by=ADA, at=NOON)
        await tx.preferences.put("server:1", "chat_model", "gpt-6", by=BEN, at=NOON + SECOND)
        await tx.preferences.put("server:1", "scope", "user", by=ADA, at=NOON)
        await tx.preferences.put("user:71", "chat_model", "llama", by=ADA, at=NOON)

        assert await tx.preferences.remove("server:1", "scope")
        assert not await tx.preferences.remove("server:1", "scope")

    async with database.reading() as tx:
        assert await tx.preferences.all() == {
            "server:1": {"chat_model": "gpt-6"},
            "user:71": {"chat_model": "llama"},
        }


async def test_every_change_of_preferences_changes_their_marker(database: Database) -> None:
    markers = []
    for value in ("a", "b", "a", None):
        async with database.transaction() as tx:
            markers.append(await tx.preferences.marker())
            if value is None:
                await tx.preferences.remove("server:1", "chat_model")
            else:
                await tx.preferences.put("server:1", "chat_model", value, by=ADA, at=NOON)

    async with database.transaction() as tx:
        assert await tx.preferences.marker() == markers[0]
    assert len(set(markers)) == len(markers)


async def test_words_that_a_database_cannot_hold_do_not_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.learned.put("a\0b", "half \ud83d pair", "\ud83d\ude8c whole", None, NOON)

        found = await tx.learned.of("a\0b", "half \ud83d pair")

    assert found == {"\U0001f68c whole": None}
