"""XXH64 against published values."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.replay.xxh64 import xxh64


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        # The xxHash project's and other implementations' test values, seed 0.
        (b"", "ef46db3751d8e999"),
        (b"a", "d24ec4f1a98c6e5b"),
        (b"abc", "44bc2cf5ad770999"),
        (b"Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
        (b"xxhash", "32dd38952c4bc720"),
    ],
)
def test_published_values(text: bytes, digest: str) -> None:
    assert xxh64(np.frombuffer(text, np.uint8)) == digest


def test_every_byte_counts_at_every_length() -> None:
    data = np.arange(100, dtype=np.uint8)
    digests = {xxh64(data[:length]) for length in range(101)}
    for place in range(100):
        changed = data.copy()
        changed[place] ^= 1
        digests.add(xxh64(changed))
    assert len(digests) == 201


def test_a_view_is_hashed_as_what_it_shows() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (20, 30, 3), np.uint8)
    assert xxh64(picture[:, 3:17]) == xxh64(picture[:, 3:17].copy()) != xxh64(picture)
