"""``python -m tryon`` is the ``tryon`` command."""

from tryon.cli import main

main()
