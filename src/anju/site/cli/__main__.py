"""``python -m anju.site.cli``: the same as ``anju``."""

from anju.site.cli import main

main()
