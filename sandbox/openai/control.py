"""Steering the server from outside, by one JSON object; who may do that is decided elsewhere."""

from typing import Any

from sandbox.openai import fault_file
from sandbox.openai.params import as_list, as_object
from sandbox.openai.server import OpenAIServer


def steer(server: OpenAIServer, command: Any) -> dict[str, Any]:
    """Do what the command says, and answer how things stand.

    {"clear": true}                      all faults off, held and stalled answers go on
    {"faults": [...]}                    switch these on too (fault_file.py)
    {"text": "..." or null, "queue": ["...", ["del", "tas"]], "pace": 0.05}

    An empty object only asks.

    Raises:
        FaultsError: what is wrong with the command; nothing of it was done.
    """
    given = as_object(command)
    if given is None:
        raise fault_file.FaultsError(["must be an object"])
    faults = fault_file.parse(given.get("faults", []))
    problems = _problems(given)
    if problems:
        raise fault_file.FaultsError(problems)
    if given.get("clear"):
        server.faults.clear()
        server.answers.clear()
    for fault in faults:
        server.faults.put(fault)
    if "text" in given:
        server.answers.text = given["text"]
    server.answers.queue(*given.get("queue", []))
    server.answers.pace = given.get("pace", server.answers.pace)
    return {
        "faults": [fault_file.shown(each) for each in server.faults.all()],
        "text": server.answers.text,
        "pace": server.answers.pace,
        "requests": len(server.requests),
    }


def _problems(given: dict[str, Any]) -> list[str]:
    names = ("clear", "faults", "text", "queue", "pace")
    found = [
        f"{each}: unknown; there are {', '.join(names)}" for each in given if each not in names
    ]
    if not isinstance(given.get("clear", False), bool):
        found.append("clear: must be true or false")
    if not isinstance(given.get("text"), str | None):
        found.append("text: must be a text or null")
    queue = as_list(given.get("queue", []))
    if queue is None or not all(_is_answer(each) for each in queue):
        found.append("queue: must be a list of texts, or of lists of texts")
    pace = given.get("pace", 0)
    if type(pace) not in {int, float} or pace < 0:
        found.append("pace: must be a number of seconds of at least 0")
    return found


def _is_answer(value: Any) -> bool:
    deltas = as_list(value)
    return isinstance(value, str) or (
        deltas is not None and all(isinstance(each, str) for each in deltas)
    )
