"""``/v1``: the REST API over the catalogue's store."""
