from bot import metrics


def test_what_was_counted_is_in_the_exposition() -> None:
    metrics.api_calls.labels(operation="chat", status="200").inc()
    metrics.first_token_seconds.observe(0.2)

    text = metrics.exposition().decode()

    assert 'switchboard_api_calls_total{operation="chat",status="200"}' in text
    assert 'switchboard_first_token_seconds_bucket{le="0.25"}' in text


def test_nothing_of_other_libraries_is_in_it() -> None:
    lines = metrics.exposition().decode().splitlines()

    assert {line.split("{")[0].split()[0] for line in lines if line and line[0] != "#"}
    assert all(line.startswith(("#", "switchboard_")) for line in lines if line)
