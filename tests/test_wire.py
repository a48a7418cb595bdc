import discord
import pytest
from yarl import URL

from bot import wire

REAL = "https://discord.com/api/v10"
LOCAL = "http://127.0.0.1:8765/api/v10"
ELSEWHERE = "https://discord.example/api/v10"


@pytest.mark.parametrize(
    ("api", "attachment"),
    [
        (REAL, "https://cdn.discordapp.com/attachments/1/2/cat.png?ex=1&is=2&hm=3"),
        (REAL, "https://media.discordapp.net/attachments/1/2/cat.png"),
        (LOCAL, "http://127.0.0.1:8765/cdn/cat.png"),
        (LOCAL, "http://127.0.0.1:9999/cdn/cat.png"),
        (ELSEWHERE, "https://discord.example:8443/cdn/cat.png"),
    ],
)
def test_files_are_fetched_from_discord_itself(api: str, attachment: str) -> None:
    assert wire.attachment_hosts(URL(api))(URL(attachment))


@pytest.mark.parametrize(
    ("api", "attachment"),
    [
        (REAL, "http://cdn.discordapp.com/attachments/1/2/cat.png"),
        (REAL, "https://cdn.discordapp.com:8080/attachments/1/2/cat.png"),
        (REAL, "https://cdn.discordapp.com.evil.example/cat.png"),
        (REAL, "https://cdn.discordapp.com@evil.example/cat.png"),
        (REAL, "https://user@cdn.discordapp.com/cat.png"),
        (REAL, "https://169.254.169.254/latest/meta-data"),
        (REAL, "http://127.0.0.1/cat.png"),
        (REAL, "file:///etc/passwd"),
        (LOCAL, "https://cdn.discordapp.com/attachments/1/2/cat.png"),
        (LOCAL, "http://localhost:8765/cdn/cat.png"),
        (LOCAL, "ftp://127.0.0.1/cat.png"),
        (ELSEWHERE, "http://discord.example/cdn/cat.png"),
        (ELSEWHERE, "https://cdn.discordapp.com/attachments/1/2/cat.png"),
    ],
)
def test_files_are_fetched_from_nowhere_else(api: str, attachment: str) -> None:
    assert not wire.attachment_hosts(URL(api))(URL(attachment))


def test_no_message_is_made_of_an_edit_that_nobody_follows() -> None:
    client = discord.Client(intents=discord.Intents.none())

    wire.leave_edits_unread(client)

    client._connection.parsers["MESSAGE_UPDATE"]({"id": "1"})  # too little for a message
