"""Sound through a real worker, listened to with libav."""

import pytest

from bot.domain.errors import FileError, FileFault
from bot.domain.media import SOUND_2023, Container, SoundWanted
from bot.media import Media
from tests.media.hostile import sound_bombs
from tests.media.sounds import KINDS, film, length_of, recorded

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "talk.ogg"
PAUSES = ((2.6, 0.5), (0.5, 0), (2.4, 0.5), (0.5, 0), (2.0, 0.5))  # 8 s


@pytest.mark.parametrize("kind", KINDS)
async def test_sound_is_known_by_its_content(media: Media, kind: str) -> None:
    expected = KINDS[kind][2]

    facts = await media.sounds.probe(recorded(kind), name="lie.txt")

    assert facts.container == (None if expected is None else Container(expected))
    assert abs(facts.seconds - 1) < 0.15
    assert facts.channels == 1


async def test_length_is_what_is_in_it_whatever_the_header_says(media: Media) -> None:
    lie = bytearray(recorded("wav", [(2.0, 0.5)]))
    at = lie.index(b"data") + 4
    lie[at : at + 4] = (50).to_bytes(4, "little")

    short = await media.sounds.probe(bytes(lie), name=NAME)
    cut = await media.sounds.probe(recorded("mp3", [(2.0, 0.5)])[:4000], name=NAME)
    heard = await media.sounds.waveform(recorded("mp3", [(2.0, 0.5)])[:4000], name=NAME)

    assert short.seconds == pytest.approx(50 / 32_000)  # also what a server decodes
    assert 0.2 < cut.seconds < 1.9
    assert abs(cut.seconds - heard.seconds) < 0.15


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", FileFault.NOT_SOUND),
        (b"hello", FileFault.NOT_SOUND),
        (b"#EXTM3U\nfile:///etc/passwd", FileFault.NOT_SOUND),
        (b"ffconcat version 1.0\nfile /etc/passwd", FileFault.NOT_SOUND),
        (b"OggS", FileFault.DAMAGED),
        (b"OggS" + b"x" * 3000, FileFault.DAMAGED),
        (b"ID3" + b"\x04" * 3000, FileFault.DAMAGED),
        (b"RIFF\x00\x10\x00\x00WAVEfmt ", FileFault.DAMAGED),
        (film(), FileFault.WITHOUT_SOUND),
        (recorded("ogg")[:60], FileFault.DAMAGED),
        (sound_bombs()["a sample a second"], FileFault.DAMAGED),
        (sound_bombs()["a rate of billions"], FileFault.DAMAGED),
    ],
    ids=[
        "empty",
        "text",
        "playlist",
        "concat",
        "start",
        "ogg",
        "id3",
        "wav",
        "film",
        "cut",
        "slow",
        "fast",
    ],
)
async def test_what_cannot_be_used_is_refused_and_why(
    media: Media, data: bytes, fault: FileFault
) -> None:
    with pytest.raises(FileError) as refused:
        await media.sounds.fit(data, name=NAME, wanted=SoundWanted())

    assert (refused.value.filename, refused.value.fault) == (NAME, fault)


@pytest.mark.parametrize("kind", [kind for kind, facts in KINDS.items() if facts[2]])
async def test_what_the_server_takes_is_not_touched(media: Media, kind: str) -> None:
    data = recorded(kind)

    (piece,) = await media.sounds.fit(data, name="voice", wanted=SoundWanted())

    assert piece.data == data
    assert (piece.start, piece.extension) == (0, KINDS[kind][2])


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        *((kind, Container.OGG) for kind in KINDS if not kind.startswith("ogg")),
        *(("ogg", target) for target in (Container.MP3, Container.M4A, Container.WAV)),
    ],
)
async def test_what_it_does_not_take_is_encoded_anew(
    media: Media, kind: str, target: Container
) -> None:
    wanted = SoundWanted(containers=frozenset({target}))

    (piece,) = await media.sounds.fit(recorded(kind), name=NAME, wanted=wanted)

    facts = await media.sounds.probe(piece.data, name=NAME)
    assert piece.container is facts.container is target
    assert abs(length_of(piece.data) - 1) < 0.15
    assert abs(piece.seconds - 1) < 0.1


async def test_a_voice_message_becomes_mp3_for_a_server_of_2023(media: Media) -> None:
    (piece,) = await media.sounds.fit(recorded("ogg"), name=NAME, wanted=SOUND_2023)

    assert (piece.container, piece.mime) == (Container.MP3, "audio/mpeg")


async def test_the_sound_of_a_film_is_used(media: Media) -> None:
    (piece,) = await media.sounds.fit(
        film(with_sound=True), name=NAME, wanted=SoundWanted(containers=frozenset({Container.OGG}))
    )

    assert abs(length_of(piece.data) - 1) < 0.15


async def test_sound_whose_rate_changes_on_the_way_is_heard_to_its_end(media: Media) -> None:
    changing = recorded("mp3") + recorded("mp3", rate=44_100) + recorded("mp3", rate=22_050)

    wave = await media.sounds.waveform(changing, name=NAME)

    assert wave.seconds == pytest.approx(3, abs=0.3)


async def test_a_recording_damaged_in_the_middle_is_heard_around_it(media: Media) -> None:
    data = bytearray(recorded("ogg", [(4.0, 0.5)]))
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)

    wave = await media.sounds.waveform(bytes(data), name=NAME)

    assert 1.5 < wave.seconds < 4.1


async def test_a_long_recording_is_cut_where_it_is_quiet(media: Media) -> None:
    pieces = await media.sounds.fit(
        recorded("wav", PAUSES), name=NAME, wanted=SoundWanted(piece_seconds=4)
    )

    starts = [piece.start for piece in pieces]
    assert len(pieces) == 3
    assert starts[0] == 0
    assert 2.6 < starts[1] < 3.1
    assert 5.5 < starts[2] < 6.0
    assert [piece.start + piece.seconds for piece in pieces] == pytest.approx([*starts[1:], 8])
    for piece in pieces:
        assert abs(length_of(piece.data) - piece.seconds) < 0.1


async def test_without_a_pause_pieces_end_at_their_limit(media: Media) -> None:
    pieces = await media.sounds.fit(
        recorded("wav", [(5.0, 0.5)]), name=NAME, wanted=SoundWanted(piece_seconds=2)
    )

    assert all(piece.seconds <= 2 for piece in pieces)
    assert sum(piece.seconds for piece in pieces) == pytest.approx(5)


@pytest.mark.parametrize("target", [Container.OGG, Container.MP3, Container.M4A, Container.WAV])
async def test_what_is_too_large_becomes_files_that_are_not(
    media: Media, target: Container
) -> None:
    data = recorded("wav", [(40.0, 0.5)])
    limit = 100_000 if target is not Container.WAV else 400_000

    pieces = await media.sounds.fit(
        data, name=NAME, wanted=SoundWanted(containers=frozenset({target}), max_bytes=limit)
    )

    assert len(data) > limit
    assert len(pieces) > 1
    assert max(len(piece.data) for piece in pieces) <= limit
    assert sum(piece.seconds for piece in pieces) == pytest.approx(40)


async def test_a_recording_over_the_length_allowed_is_refused(media: Media) -> None:
    with pytest.raises(FileError) as refused:
        await media.sounds.fit(
            recorded("wav", [(4.0, 0.5)]), name=NAME, wanted=SoundWanted(max_seconds=3)
        )

    assert (refused.value.fault, refused.value.limit) == (FileFault.TOO_LONG, 3)


async def test_a_limit_that_nothing_fits_is_refused(media: Media) -> None:
    with pytest.raises(FileError) as refused:
        await media.sounds.fit(recorded("wav"), name=NAME, wanted=SoundWanted(max_bytes=4_500))

    assert refused.value.fault is FileFault.TOO_LARGE


async def test_a_waveform_shows_loud_and_quiet(media: Media) -> None:
    wave = await media.sounds.waveform(
        recorded("wav", [(1.0, 1.0), (1.0, 0), (1.0, 0.5)]), name=NAME
    )

    assert wave.seconds == pytest.approx(3)
    assert len(wave.levels) == 30  # one for each 100 ms
    assert min(wave.levels[1:9]) > 250
    assert max(wave.levels[11:19]) == 0
    assert 110 < wave.levels[25] < 145


async def test_a_long_waveform_has_256_levels_and_silence_has_its_own(media: Media) -> None:
    long = await media.sounds.waveform(recorded("wav", [(60.0, 0.1)]), name=NAME)
    silent = await media.sounds.waveform(recorded("wav", [(1.0, 0)]), name=NAME)

    assert len(long.levels) == 256
    assert max(long.levels) == 255
    assert silent.levels == bytes(10)


async def test_speech_becomes_a_voice_message(media: Media) -> None:
    piece, wave = await media.sounds.voice_message(recorded("mp3", PAUSES), name=NAME)

    facts = await media.sounds.probe(piece.data, name=NAME)
    assert (facts.container, facts.codec) == (Container.OGG, "opus")
    assert abs(facts.seconds - 8) < 0.2
    assert wave.seconds == pytest.approx(piece.seconds)
    assert 0 < len(wave.levels) <= 256
