"""``tryon bench``: what a frame costs on this machine, measured against the floor. ``docs/bench.md`` has every key."""
