"""Troubles that the page offers by name; each is what a fault file has, to start from."""

from dataclasses import dataclass, field

from sandbox.discord.model import Json


@dataclass(frozen=True, slots=True)
class Preset:
    """faults: as in a file, {"discord": {"rest": [], "gateway": []}, "openai": []}."""

    name: str
    about: str
    faults: Json = field(hash=False)

    def shown(self) -> Json:
        return {"name": self.name, "about": self.about, "faults": self.faults}


def _rest(**fault: object) -> Json:
    return {"discord": {"rest": [fault]}}


def _gateway(**fault: object) -> Json:
    return {"discord": {"gateway": [fault]}}


def _openai(**fault: object) -> Json:
    return {"openai": [{"route": "*", **fault}]}


PRESETS = (
    Preset(
        "Discord: one message is rate limited",
        "The next message is answered 429; wait 2 s and send it again",
        _rest(route="POST /channels/*/messages", status=429, retry_after=2.0),
    ),
    Preset(
        "Discord: globally rate limited",
        "One 429 that holds for every route of the bot, for 5 s",
        _rest(route="*", status=429, retry_after=5.0, scope="global"),
    ),
    Preset(
        "Discord: 503 for three requests",
        "Short trouble on their side; clients try again",
        _rest(route="*", status=503, times=3),
    ),
    Preset(
        "Discord: interaction answers arrive late",
        "Callbacks take 4 s, so that the 3 s are over",
        _rest(route="POST /interactions/*/callback", delay=4.0, times=None),
    ),
    Preset(
        "Discord: done, but nobody can know",
        "The next message is posted and the connection cut before the answer",
        _rest(route="POST *", drop="after"),
    ),
    Preset(
        "Gateway: drop at the next message",
        "The socket is cut and the message waits for RESUME",
        _gateway(action="drop", event="MESSAGE_CREATE"),
    ),
    Preset(
        "Gateway: every event twice",
        "As it happens after a RESUME",
        _gateway(action="duplicate", times=None),
    ),
    Preset(
        "OpenAI: rate limit, twice",
        "429 with retry-after, then it works",
        _openai(kind="status", error="rate_limit", times=2),
    ),
    Preset(
        "OpenAI: no quota left",
        "429 that no waiting ends",
        _openai(kind="status", error="insufficient_quota"),
    ),
    Preset(
        "OpenAI: overloaded",
        "503 until switched off",
        _openai(kind="status", error="overloaded"),
    ),
    Preset(
        "OpenAI: wrong key",
        "401 until switched off",
        _openai(kind="status", error="invalid_api_key"),
    ),
    Preset(
        "OpenAI: turned down by the safety system",
        "400 with content_policy_violation",
        _openai(kind="status", error="content_filter", times=1),
    ),
    Preset(
        "OpenAI: cut in mid-answer",
        "The connection breaks after five events",
        _openai(kind="cut", after=5, times=1),
    ),
    Preset(
        "OpenAI: stalls in mid-answer",
        "After five events nothing more comes, until all faults are switched off",
        _openai(kind="stall", after=5, times=1),
    ),
    Preset(
        "OpenAI: slow to begin",
        "Nothing for 20 s, then the answer",
        _openai(kind="slow_first_byte", seconds=20, times=1),
    ),
    Preset(
        "OpenAI: a broken line in the stream",
        "After three events one that is no JSON",
        _openai(kind="malformed", after=3, times=1),
    ),
    Preset(
        "OpenAI: an HTML page with status 200",
        "As a proxy's login page",
        _openai(kind="html", times=1),
    ),
)
