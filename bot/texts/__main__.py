"""`python -m bot.texts update|check`, which `make texts` and `make check` run."""

import sys

from bot.texts._catalogues import problems, update


def main(arguments: list[str]) -> int:
    match arguments:
        case ["update"]:
            update()
        case ["check"]:
            pass
        case _:
            sys.stderr.write("usage: python -m bot.texts update|check\n")
            return 2
    found = sorted(problems())
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found and arguments == ["check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
