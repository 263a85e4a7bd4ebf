"""``/studio``: the pages in which merchants run their try-on."""
