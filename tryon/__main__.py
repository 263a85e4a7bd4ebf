"""The ``tryon`` command, by that name or as ``python -m tryon``."""

import sys

from tryon.web.spawn import SPARE


def main() -> None:
    """The console script."""
    if sys.argv[1:2] == ["serve"] and "--help" not in sys.argv:
        # A worker imports as much as this process, and need not wait for it.
        SPARE.start()
    try:
        from tryon.cli import main as command

        command()
    finally:
        SPARE.drop()


if __name__ == "__main__":
    main()
