"""Products: their values, their files and the generator of our own frames."""
