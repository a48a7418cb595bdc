import pytest

from bot.ai._deadlines import Deadlines
from bot.ai._links import Links, allowed, is_public
from bot.domain.errors import BadAnswerError, Damage
from sandbox.clock import HandClock
from tests.ai.raw import RawServer


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),  # noqa: S104  an address to refuse
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_an_address_is_public_only_if_nothing_private_hides_in_it(
    address: str, *, public: bool
) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://oaidalleapiprodscus.blob.core.windows.net/x.png?sig=1", True),
        ("http://example.com/x.png", False),
        ("https://user@example.com/x.png", False),
        ("https://127.0.0.1/x.png", False),
        ("https://[::1]/x.png", False),
        ("https://", False),
        ("https://[broken", False),
        ("ftp://example.com", False),
    ],
)
def test_only_https_to_public_places_may_be_followed(url: str, *, may: bool) -> None:
    assert allowed(url) is may


async def test_more_bytes_than_allowed_are_not_read(raw: RawServer, clock: HandClock) -> None:
    raw.answers(bytes(100_000), content_type="image/png")
    links = Links(raw.url, clock)

    async with Deadlines(clock, overall=60) as deadlines:
        with pytest.raises(BadAnswerError) as error:
            await links.fetch(f"{raw.url}/x.png", deadlines, most=99_999)

    assert error.value.damage is Damage.ENDLESS


async def test_another_port_of_the_same_host_is_another_place(
    raw: RawServer, clock: HandClock
) -> None:
    links = Links(raw.url, clock)

    async with Deadlines(clock, overall=60) as deadlines:
        with pytest.raises(BadAnswerError):
            await links.fetch("http://127.0.0.1:1/x.png", deadlines, most=100)
