"""Finding faces: the only package that imports mediapipe."""
