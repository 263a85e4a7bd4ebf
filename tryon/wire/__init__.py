"""The mirror's socket without any I/O: messages as values, and the pace at which they may come."""
