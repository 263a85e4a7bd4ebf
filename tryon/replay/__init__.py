"""Recorded video through the same pipeline as the mirror, on the recording's own clock."""
