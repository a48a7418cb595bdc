"""Embeds, components and polls as they are kept: what was sent, completed as Discord does."""

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from sandbox.discord.cdn import attachment_id
from sandbox.discord.model import Json
from sandbox.discord.payloads import iso

_MEDIA_KEYS = ("media", "file")
# what Discord answers where nothing was sent, by component type
_DEFAULTS: dict[int, Json] = {
    **{key: {"min_values": 1, "max_values": 1} for key in (3, 5, 6, 7, 8)},
    11: {"description": None, "spoiler": False},
    13: {"spoiler": False},
    14: {"divider": True, "spacing": 1},
    17: {"accent_color": None, "spoiler": False},
}
_FILE = 13


def stored_embeds(embeds: list[Json] | None, urls: Mapping[str, str]) -> list[Json]:
    """urls: addresses by file name, for attachment://name."""
    return [_embed(embed, urls) for embed in embeds or []]


def _embed(embed: Json, urls: Mapping[str, str]) -> Json:
    stored: Json = {"type": "rich"}
    for key, value in embed.items():
        if value is None or key in {"type", "provider", "video"}:
            continue  # only Discord itself writes these
        stored[key] = value
    for key in ("image", "thumbnail"):
        if key in stored:
            media: Json = stored[key]
            url = _resolved(media.get("url", ""), urls)
            stored[key] = {"url": url, "proxy_url": url, "width": 0, "height": 0, "flags": 0}
    for key in ("author", "footer"):
        part: Json = stored.get(key) or {}
        if icon := part.get("icon_url"):
            url = _resolved(icon, urls)
            stored[key] = part | {"icon_url": url, "proxy_icon_url": url}
    if "fields" in stored:
        stored["fields"] = [{"inline": False, **each} for each in stored["fields"]]
    return stored


def stored_components(components: list[Json] | None, urls: Mapping[str, str]) -> list[Json]:
    """Each gets an `id`, counted over the whole message where none was given."""
    given = set(_ids(components or []))
    fresh = (number for number in itertools.count(1) if number not in given)
    return [_component(each, urls, fresh) for each in components or []]


def _ids(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _ids(each)
    elif isinstance(value, dict):
        component = cast("Json", value)
        if isinstance(component.get("id"), int) and component["id"] > 0:
            yield component["id"]
        for key in ("components", "accessory", "component"):
            yield from _ids(component.get(key))


def _component(component: Json, urls: Mapping[str, str], fresh: Iterator[int]) -> Json:
    given = {key: value for key, value in component.items() if value is not None}
    stored = _DEFAULTS.get(component["type"], {}) | given
    if not stored.get("id"):
        stored["id"] = next(fresh)
    if isinstance(stored.get("components"), list):
        children: list[Json] = stored["components"]
        stored["components"] = [_component(each, urls, fresh) for each in children]
    if isinstance(stored.get("accessory"), dict):
        stored["accessory"] = _component(stored["accessory"], urls, fresh)
    if isinstance(stored.get("items"), list):  # a media gallery
        usual: Json = {"description": None, "spoiler": False}
        stored["items"] = [_with_media(usual | item, urls) for item in stored["items"]]
    stored = _with_media(stored, urls)
    if stored["type"] == _FILE:
        path = urlsplit(str(stored["file"]["url"])).path
        stored |= {"name": path.rpartition("/")[2], "size": None}
    return stored


def _with_media(holder: Json, urls: Mapping[str, str]) -> Json:
    holder = dict(holder)
    for key in _MEDIA_KEYS:
        media = holder.get(key)
        if isinstance(media, dict):
            url = _resolved(str(cast("Json", media).get("url", "")), urls)
            snowflake = str(attachment_id(url) or 0)
            holder[key] = {"id": snowflake, **cast("Json", media), "url": url, "proxy_url": url}
    return holder


def _resolved(url: str, urls: Mapping[str, str]) -> str:
    name = url.removeprefix("attachment://")
    return urls.get(name, url) if name != url else url


def stored_poll(poll: Json | None, now: datetime) -> Json | None:
    if poll is None:
        return None
    hours = poll.get("duration") or 24
    return {
        "question": poll["question"],
        "answers": [
            {"answer_id": number, "poll_media": answer["poll_media"]}
            for number, answer in enumerate(poll["answers"], start=1)
        ],
        "expiry": iso(now + timedelta(hours=hours)),
        "allow_multiselect": bool(poll.get("allow_multiselect")),
        "layout_type": poll.get("layout_type") or 1,
        "results": {"answer_counts": [], "is_finalized": False},
    }
