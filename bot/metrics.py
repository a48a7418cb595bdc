"""Counters for /metrics, on a registry of their own, so that tests and libraries don't mix in.

Labels have few values: never an id, a name or a text of a person.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

registry = CollectorRegistry(auto_describe=True)

turns = Counter(
    "switchboard_turns_total", "Turns by the state they ended in", ["state"], registry=registry
)
turns_queued = Gauge(
    "switchboard_turns_queued", "Turns waiting for their conversation", registry=registry
)
turns_running = Gauge(
    "switchboard_turns_running", "Turns being answered right now", registry=registry
)
api_calls = Counter(
    "switchboard_api_calls_total",
    "OpenAI API calls; status is the HTTP status, or the name of the error where there was none",
    ["operation", "status"],
    registry=registry,
)
first_token_seconds = Histogram(
    "switchboard_first_token_seconds",
    "From sending the API request to the first text of the answer",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120),
    registry=registry,
)
discord_calls = Counter(
    "switchboard_discord_calls_total",
    "Calls that show answers, by the bot's token or an interaction's; status 0: no answer came",
    ["method", "by", "status"],
    registry=registry,
)
acknowledgement_seconds = Histogram(
    "switchboard_acknowledgement_seconds",
    "From receiving an interaction to its acknowledgement (Discord allows 3 s)",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
    registry=registry,
)
gateway_latency_seconds = Gauge(
    "switchboard_gateway_latency_seconds",
    "Heartbeat to its acknowledgement, by shard",
    ["shard"],
    registry=registry,
)
loop_lag_seconds = Histogram(
    "switchboard_loop_lag_seconds",
    "How late the event loop came back from a short sleep",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1),
    registry=registry,
)
database_errors = Counter(
    "switchboard_database_errors_total",
    "Database errors by their class",
    ["error"],
    registry=registry,
)


def exposition() -> bytes:
    """All of it in Prometheus' text format."""
    return generate_latest(registry)
