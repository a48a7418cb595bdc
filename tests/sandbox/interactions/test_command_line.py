"""`python -m sandbox` as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import aiohttp
import pytest

from sandbox.__main__ import main
from sandbox.launch import faults_from, settings_found
from sandbox.launch import told as pointed_here
from sandbox.server import Sandbox

SETTINGS = ["DISCORD_TOKEN", "DISCORD_API_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL"]
TELL = f"import json, os; print(json.dumps([os.environ.get(n) for n in {SETTINGS!r}]))"
ROOT = Path(__file__).resolve().parents[3]


def start(
    folder: Path, *arguments: str, settings: dict[str, str] | None = None
) -> "subprocess.Popen[str]":
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DISCORD_", "OPENAI_"))
    }
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **(settings or {})}
    command = [sys.executable, "-m", "sandbox", "--port", "0", *arguments]
    return subprocess.Popen(  # noqa: S603  our own interpreter
        command, cwd=folder, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def told(folder: Path, **settings: str) -> list[str | None]:
    with start(folder, "--", sys.executable, "-c", TELL, settings=settings) as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return json.loads(output.splitlines()[-1])


def test_a_command_is_pointed_at_both_halves(tmp_path: Path) -> None:
    token, api_url, key, base_url = told(tmp_path)

    assert token
    assert key
    assert str(api_url).startswith("http://127.0.0.1:")
    assert str(api_url).removesuffix("/api/v10") == str(base_url).removesuffix("/v1")


@pytest.mark.parametrize("place", ["environment", "dotenv", "secrets"])
@pytest.mark.parametrize(
    ("name", "left_alone"),
    [
        ("DISCORD_TOKEN", "DISCORD_"),
        ("DISCORD_API_URL", "DISCORD_"),
        ("OPENAI_API_KEY", "OPENAI_"),
        ("OPENAI_BASE_URL", "OPENAI_"),
    ],
)
def test_a_half_that_has_any_setting_somewhere_is_left_alone(
    tmp_path: Path, place: str, name: str, left_alone: str
) -> None:
    if place == "dotenv":
        (tmp_path / ".env").write_text(f"{name}=real\n")
    elif place == "secrets":
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / name.lower()).write_text("real")
    environment = {name: "real"} if place == "environment" else {name: ""}

    settings = pointed_here(Sandbox(), settings_found(environment, tmp_path))

    assert set(settings) == {one for one in SETTINGS if not one.startswith(left_alone)}


@pytest.mark.parametrize("place", ["environment", "dotenv", "secrets"])
def test_blanks_are_no_setting(tmp_path: Path, place: str) -> None:
    environment = {name: " " for name in SETTINGS if place == "environment"}
    (tmp_path / "secrets").mkdir()
    for name in SETTINGS:
        if place == "dotenv":
            with (tmp_path / ".env").open("a") as file:
                file.write(f"{name}=' '\n")
        elif place == "secrets":
            (tmp_path / "secrets" / name.lower()).write_text(" \n")

    settings = pointed_here(Sandbox(), settings_found(environment, tmp_path))

    assert set(settings) == set(SETTINGS)


def test_a_real_token_is_neither_replaced_nor_shown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=real\n")

    token, api_url, key, _ = told(tmp_path)

    assert (token, api_url) == (None, None)
    assert key


def test_the_port_is_served_before_the_command_starts(tmp_path: Path) -> None:
    look = (
        "import os, urllib.request as u\n"
        "print(u.urlopen(os.environ['DISCORD_API_URL'] + '/gateway').status)"
    )

    with start(tmp_path, "--", sys.executable, "-c", look) as process:
        output, errors = process.communicate(timeout=60)

    assert output.splitlines()[-1] == "200", errors


def test_it_ends_with_the_commands_exit_code(tmp_path: Path) -> None:
    with start(tmp_path, "--", sys.executable, "-c", "raise SystemExit(7)") as process:
        assert process.wait(timeout=60) == 7
    with start(tmp_path, "--", "no-such-command-anywhere") as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (
        127,
        "no-such-command-anywhere: command not found\n",
    )


@pytest.mark.parametrize("text", ["no program at all", "#!/bin/sh\nexit 0\n"])
def test_a_command_that_cannot_be_executed_is_told_from_one_that_is_not_there(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "command"
    file.write_text(text)
    if not text.startswith("#!"):
        file.chmod(0o755)

    with start(tmp_path, "--", str(file)) as process:
        _, errors = process.communicate(timeout=60)

    assert process.returncode == 126
    assert str(file) in errors


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent")
def test_a_killed_sandbox_takes_its_command_along(tmp_path: Path) -> None:
    """The command's end of the pipe is the only one left: it closes when the command is gone."""
    wait = "import signal\nprint('waiting', flush=True)\nsignal.pause()"
    with start(tmp_path, "--", sys.executable, "-c", wait) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "waiting\n":
            pass

        process.kill()

        assert process.communicate(timeout=60)[0] == ""
        assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("port", ["99999", "-1", "high"])
def test_what_is_no_port_is_refused_as_an_argument(
    port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--port={port}"])

    assert ended.value.code == 2
    assert port in capsys.readouterr().err


def test_a_taken_port_is_said_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        assert main(["--port", str(taken.getsockname()[1])]) == 1

    assert "--port 0 takes a free one" in capsys.readouterr().err


async def test_an_ipv6_address_stands_in_brackets() -> None:
    try:
        with socket.socket(socket.AF_INET6) as here:
            here.bind(("::1", 0))
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")

    async with (
        Sandbox(host="::1") as sandbox,
        aiohttp.ClientSession() as http,
        http.get(f"{sandbox.discord_api_url}/gateway") as answer,
    ):
        assert (await answer.json())["url"].startswith("ws://[::1]:")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_are_passed_on_and_the_command_says_how_it_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    wait = (
        "import signal, sys\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(5))\n"
        "print('waiting', flush=True)\nsignal.pause()"
    )
    with start(tmp_path, "--", sys.executable, "-c", wait) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "waiting\n":
            pass

        process.send_signal(number)

        assert process.wait(timeout=60) == 5


def test_alone_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[1]
        with urllib.request.urlopen(address) as page:  # noqa: S310  the address we were told
            assert page.status == 200

        process.terminate()

        assert process.wait(timeout=60) == 0


def test_faults_are_read_from_a_file_and_a_bad_file_stops_the_start(tmp_path: Path) -> None:
    faults = tmp_path / "faults.json"
    faults.write_text(json.dumps({"discord": {"rest": [{"route": "GET /gateway", "status": 503}]}}))
    look = (
        "import os, urllib.request as u, urllib.error as e\n"
        "try: u.urlopen(os.environ['DISCORD_API_URL'] + '/gateway')\n"
        "except e.HTTPError as error: print(error.code)"
    )

    with start(tmp_path, "--faults", str(faults), "--", sys.executable, "-c", look) as process:
        output, _ = process.communicate(timeout=60)
    assert output.splitlines()[-1] == "503"

    faults.write_text('{"discord": {"rest": [{"rout": "typo"}]}}')
    with start(tmp_path, "--faults", str(faults)) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "rout" in errors


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "must be an object with 'discord' and 'openai'"),
        ('{"discrod": {}}', "must be an object with 'discord' and 'openai'"),
        ('{"discord": {"gateway": [{"action": "zap"}]}}', "gateway[0].action: must be one of"),
        ('{"openai": [{"route": "*", "status": 500}]}', "faults[0].kind: must be one of"),
    ],
)
def test_what_is_wrong_with_a_faults_file_is_said_with_its_name(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "faults.json"
    file.write_text(text)

    with pytest.raises(ValueError, match=r"faults\.json") as caught:
        faults_from(file, Sandbox())

    assert reason in str(caught.value)
