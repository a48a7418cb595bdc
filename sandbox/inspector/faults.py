"""The faults of both halves as one list, each with a number by which it is switched off."""

import itertools
from dataclasses import asdict
from typing import Any, cast

from sandbox.discord import fault_file as discord_file
from sandbox.discord.faults import Fault as RestFault
from sandbox.discord.faults import GatewayFault
from sandbox.discord.model import Json
from sandbox.discord.server import DiscordServer
from sandbox.openai import fault_file as openai_file
from sandbox.openai.faults import Fault as OpenAIFault
from sandbox.openai.server import OpenAIServer

AnyFault = RestFault | GatewayFault | OpenAIFault


class FaultBook:
    def __init__(self, discord: DiscordServer, openai: OpenAIServer) -> None:
        self._discord = discord
        self._openai = openai
        self._numbers = itertools.count(1)
        self._known: list[tuple[int, AnyFault]] = []

    def add(self, described: Any) -> list[int]:
        """Switch on what is described as in a fault file; answers the numbers.

        Raises:
            ValueError: with everything that is wrong with it; nothing of it was done.
        """
        names = {"discord", "openai"}
        if not isinstance(described, dict) or set(cast("Json", described)) - names:
            raise ValueError("must be an object with 'discord' and 'openai'")
        both = cast("Json", described)
        for_discord = discord_file.parse(both.get("discord", {}))
        for_openai = openai_file.parse(both.get("openai", []))
        before = {number for number, _ in self._listed()}
        for fault in for_discord:
            self._discord.faults.add(fault)
        for fault in for_openai:
            self._openai.faults.put(fault)
        return [number for number, _ in self._listed() if number not in before]

    def remove(self, number: int) -> bool:
        """False where there is none of that number (any more)."""
        for known, fault in self._listed():
            if known == number:
                if isinstance(fault, OpenAIFault):
                    self._openai.faults.remove(fault)
                else:
                    self._discord.faults.remove(fault)
                return True
        return False

    def clear(self) -> None:
        """All off; what stalled goes on."""
        self._discord.faults.clear()
        self._openai.faults.clear()

    def shown(self) -> list[Json]:
        """{"id", "half": rest, gateway or openai, "left": requests or null, "fault": {...}}."""
        left = {id(fault): times for fault, times in self._openai.faults.left()}
        found: list[Json] = []
        for number, fault in self._listed():
            match fault:
                case OpenAIFault():
                    half, shown = "openai", openai_file.shown(fault)
                    times = left.get(id(fault))
                case RestFault():
                    half, shown, times = "rest", _without_defaults(fault), fault.times
                case GatewayFault():
                    half, shown, times = "gateway", _without_defaults(fault), fault.times
            found.append({"id": number, "half": half, "left": times, "fault": shown})
        return found

    def _listed(self) -> list[tuple[int, AnyFault]]:
        """Those that are on now, the new ones numbered; equal ones are told apart."""
        active: list[AnyFault] = [*self._discord.faults.all(), *self._openai.faults.all()]
        known = [(number, one) for number, one in self._known if _among(one, active)]
        already = [one for _, one in known]
        known += [(next(self._numbers), one) for one in active if not _among(one, already)]
        self._known = known
        return known


def _among(fault: AnyFault, faults: list[AnyFault]) -> bool:
    return any(one is fault for one in faults)


def _without_defaults(fault: RestFault | GatewayFault) -> Json:
    made: Json = asdict(fault)
    kept = {name: value for name, value in made.items() if value not in (None, {}, 0)}
    if kept.get("scope") == "user":
        del kept["scope"]
    return {**kept, "times": made["times"]}
