"""Meshes and pixels: no faces, no products."""
