"""What is wrong with a file."""

from bot.domain import errors as e
from bot.texts import N_, Texts
from cogs._replies._sentences import Sentences
from cogs._replies._values import code

_FILES: dict[e.FileFault, str] = {
    e.FileFault.TOO_LARGE: N_("{file} is too large: at most {limit} can be used."),
    e.FileFault.TOO_LARGE_FOR_DISCORD: N_(
        "{file} is too large to go through Discord, which takes {limit} here. On the bot's machine"
        " `python -m bot files` can do it."
    ),
    e.FileFault.TOO_LARGE_TOGETHER: N_(
        "These files are too large together: at most {limit} can be used. The largest is {file}."
    ),
    e.FileFault.TOO_MANY_PIXELS: N_("{file} has too many pixels: at most {limit} can be used."),
    e.FileFault.NOT_SUPPORTED: N_(
        "{file} is not supported. Attach PNG, JPEG, WebP or GIF pictures, sound, PDFs, or text"
        " files."
    ),
    e.FileFault.NOT_TEXT: N_("{file} is not a text file that can be read."),
    e.FileFault.DAMAGED: N_("{file} is damaged."),
    e.FileFault.GONE: N_("{file} can't be fetched from Discord any more. Please attach it again."),
    e.FileFault.FORBIDDEN_HOST: N_(
        "{file} is not on Discord's own servers, so it was not fetched."
    ),
    e.FileFault.TOO_LONG: N_("{file} is too long: at most {limit} can be used."),
    e.FileFault.NOT_A_PICTURE: N_(
        "{file} is not a picture that can be used. Attach PNG, JPEG, WebP or GIF."
    ),
    e.FileFault.NOT_SOUND: N_(
        "{file} is not sound that can be used. Attach MP3, M4A, MP4, OGG, WAV, WebM or FLAC."
    ),
    e.FileFault.NOT_A_PDF: N_("{file} is not a PDF."),
    e.FileFault.WITHOUT_SOUND: N_("There is no sound in {file}."),
    e.FileFault.WITHOUT_WORDS: N_("Nobody says anything in {file}, so there is no question in it."),
    e.FileFault.ENCRYPTED: N_("{file} is locked with a password. Attach it without one."),
    e.FileFault.WITHOUT_TEXT: N_(
        "There is no text in {file}, only pictures of it. Attach the pages as pictures."
    ),
    e.FileFault.MASK_EMPTY: N_(
        "The mask {file} marks nothing: make the part to change transparent or white."
    ),
}

_MEDIA: dict[e.MediaFailure, tuple[str, str]] = {  # with a file, without
    e.MediaFailure.CRASHED: (
        N_("{file} could not be read: the program that reads it broke down."),
        N_("The picture could not be drawn: the program that draws it broke down."),
    ),
    e.MediaFailure.TIMED_OUT: (
        N_("{file} takes too long to read, so it was given up. A simpler file may work."),
        N_("The picture took too long to draw, so it was given up."),
    ),
    e.MediaFailure.OUT_OF_MEMORY: (
        N_("{file} takes too much memory to read, so it was given up. A smaller one may work."),
        N_("The picture took too much memory to draw, so it was given up."),
    ),
    e.MediaFailure.BUSY: (
        N_("Too many files are being read right now. Please try again in a minute."),
        N_("Too many files are being read right now. Please try again in a minute."),
    ),
}

_LINES: dict[e.LineFault, str] = {
    e.LineFault.NOT_JSON: N_("this is not JSON"),
    e.LineFault.NOT_AN_OBJECT: N_("this is not an object in braces"),
    e.LineFault.UNKNOWN_FORM: N_("it has neither `messages` nor `prompt` and `completion`"),
    e.LineFault.MIXED: N_("it is of another form than the lines before"),
    e.LineFault.NO_MESSAGES: N_("`messages` is no list, or empty"),
    e.LineFault.BAD_MESSAGE: N_("a message is no object with `role` and `content`"),
    e.LineFault.BAD_ROLE: N_("a message has an unknown `role`"),
    e.LineFault.NO_ANSWER: N_("there is nothing in it that the assistant says"),
    e.LineFault.NOT_TEXT: N_("`prompt` or `completion` is no text"),
    e.LineFault.NOT_UTF8: N_("this is not UTF-8"),
    e.LineFault.EMPTY: N_("the file is empty"),
    e.LineFault.TOO_FEW: N_("too few examples"),
}

_BACKUPS: dict[e.BackupFault, str] = {
    e.BackupFault.NOT_SQLITE: N_(
        "The database is PostgreSQL, which makes its own backups: use `pg_dump`."
    ),
    e.BackupFault.EXISTS: N_("{path} is there already. Choose another name."),
    e.BackupFault.NOT_A_BACKUP: N_("{path} is no database of this bot."),
    e.BackupFault.NOT_A_FILE: N_("There is no file {path}."),
    e.BackupFault.DAMAGED: N_("{path} is damaged."),
    e.BackupFault.NO_ROOM: N_("{path} can't be written: the disk is full, or may not be used."),
}

MEGAPIXEL = 1_000_000
MIB = 1 << 20
KIB = 1 << 10

_PLAIN: dict[type[Exception], str] = {
    e.NoPictureError: N_(
        "There is no picture in this message that can be changed: PNG, JPEG, WebP or GIF."
    ),
}

SENTENCES = Sentences(_PLAIN)


@SENTENCES.says(e.FileError)
def _file(error: e.FileError, texts: Texts) -> str:
    shown = _limit(error.fault, error.limit or 0, texts)
    return texts(_FILES[error.fault], file=code(error.filename), limit=shown)


def _limit(fault: e.FileFault, limit: int, texts: Texts) -> str:
    if fault is e.FileFault.TOO_MANY_PIXELS:
        return texts("{n} megapixels", n=limit // MEGAPIXEL)
    if fault is e.FileFault.TOO_LONG:
        return texts.plural("one minute", "{n} minutes", max(1, limit // 60))
    return f"{limit // MIB} MiB" if limit >= MIB else f"{limit // KIB} KiB"


@SENTENCES.says(e.TrainingDataError)
def _training_data(error: e.TrainingDataError, texts: Texts) -> str:
    name = code(error.filename)
    number, fault = error.lines[0]
    if fault is e.LineFault.EMPTY:
        return texts("There is not a single line in {file}.", file=name)
    if fault is e.LineFault.TOO_FEW:
        return texts.plural(
            "There is one example in {file}; at least 10 are needed.",
            "There are {n} examples in {file}; at least 10 are needed.",
            number,
            file=name,
        )
    lines = [
        texts("Line {number}: {wrong}.", number=number, wrong=texts(_LINES[fault]))
        for number, fault in error.lines
    ]
    if error.more:
        lines.append(texts.plural("And one more line.", "And {n} more lines.", error.more))
    return "\n".join([texts("{file} can't be used:", file=name), *lines])


@SENTENCES.says(e.BackupError)
def _backup(error: e.BackupError, texts: Texts) -> str:
    return texts(_BACKUPS[error.fault], path=code(error.path))


@SENTENCES.says(e.MaskSizeError)
def _mask_size(error: e.MaskSizeError, texts: Texts) -> str:
    return texts(
        "The mask has to be as large as the picture: the picture is {picture}, the mask is {mask}.",
        picture=code(_by(error.picture)),
        mask=code(_by(error.mask)),
    )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


@SENTENCES.says(e.MediaError)
def _media(error: e.MediaError, texts: Texts) -> str:
    with_file, without = _MEDIA[error.failure]
    if error.filename:
        return texts(with_file, file=code(error.filename))
    return texts(without)


@SENTENCES.says(e.InputsGoneError)
def _inputs_gone(error: e.InputsGoneError, texts: Texts) -> str:
    return texts(
        "What was attached is not kept any more: {files}. Please ask again and attach it.",
        files=", ".join(code(name) for name in error.filenames),
    )
