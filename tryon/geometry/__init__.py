"""Cameras, poses and millimetres: pure numpy."""
