"""What is refused of attached pictures before a byte is fetched."""

import pytest

from bot.domain.errors import FileError, FileFault
from cogs._attachments import MAX_PICTURE, MAX_TOGETHER
from cogs._forms import Uploaded
from cogs._picture_inputs import check_pictures


def attached(name: str, size: int = 10, mime: str | None = "image/png") -> Uploaded:
    return Uploaded(name, size, "https://cdn.discordapp.com/attachments/1/2/x", mime)


@pytest.mark.parametrize(
    ("files", "name", "fault"),
    [
        ([attached("a.png", MAX_PICTURE + 1)], "a.png", FileFault.TOO_LARGE),
        ([attached("a.svg", mime="image/svg+xml")], "a.svg", FileFault.NOT_A_PICTURE),
        ([attached("a.mp4", mime="video/mp4")], "a.mp4", FileFault.NOT_A_PICTURE),
        (
            [attached("a.png", MAX_TOGETHER // 2), attached("b.png", MAX_TOGETHER // 2 + 1)],
            "b.png",
            FileFault.TOO_LARGE_TOGETHER,
        ),
    ],
    ids=["large", "vectors", "film", "together"],
)
def test_what_cannot_be_used_is_refused_by_its_description(
    files: list[Uploaded], name: str, fault: FileFault
) -> None:
    with pytest.raises(FileError) as refused:
        check_pictures(files)

    assert (refused.value.filename, refused.value.fault) == (name, fault)


def test_what_discord_says_nothing_about_is_looked_at_later() -> None:
    check_pictures([attached("photo", mime=None), attached("a.webp", mime="image/webp; q=1")])
