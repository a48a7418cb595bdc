"""What `python -m sandbox -- COMMAND` starts: becomes the command, tied to the sandbox's life.

Run as a script with the sandbox's process id and the command: on Linux the command is told to
stop (SIGTERM) when the sandbox goes, even where it was killed and could pass nothing on.
Nothing runs between fork and exec of the sandbox itself, where Python code is not safe.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126  # as shells answer


def main(parent: int, command: list[str]) -> int:
    """Does not return where the command could be started; otherwise the exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:  # it went before it could be watched
            return 128 + signal.SIGTERM
    try:
        os.execvp(command[0], command)  # noqa: S606  what the caller asked to run, without a shell
    except FileNotFoundError:
        sys.stderr.write(f"{command[0]}: command not found\n")
        return _NOT_FOUND
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return _NOT_EXECUTABLE


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
