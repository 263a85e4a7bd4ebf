"""Tags and labels beside a clip: read back as written, refused with file and key, misspelt tags corrected."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.errors import BadRecords
from tryon.replay.notes import KNOWN_TAGS, LABELS_MAX, ClipNotes, Label, notes_path, read_notes, write_notes

coordinate = st.floats(-1e4, 1e4, allow_nan=False)
label = st.builds(
    Label,
    st.integers(0, 10**6),
    st.sampled_from(["hand", "hair", "mug"]),
    st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=6).map(tuple),
)


@given(st.sets(st.sampled_from(sorted(KNOWN_TAGS))), st.lists(label, max_size=4))
def test_what_was_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, tags: set[str], labels: list[Label]
) -> None:
    clip = tmp_path_factory.mktemp("notes") / "walk.mp4"
    notes = ClipNotes(tuple(sorted(tags)), tuple(labels))
    write_notes(clip, notes)
    assert read_notes(clip) == notes


def test_a_clip_of_which_nobody_says_anything(tmp_path: Path) -> None:
    assert read_notes(tmp_path / "walk.mp4") == ClipNotes()


def test_labels_are_grouped_by_frame() -> None:
    corner = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    one, two, three = Label(7, "hand", corner), Label(3, "hair", corner), Label(7, "mug", corner)
    assert ClipNotes(labels=(one, two, three)).by_frame() == {3: (two,), 7: (one, three)}


def test_a_tag_of_ones_own_is_taken(tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    notes_path(clip).write_text('tags = ["dim", "store_berlin", "dim"]\n', "utf-8")
    assert read_notes(clip).tags == ("dim", "store_berlin")


TRIANGLE = "[[1, 2], [3, 4], [5, 6]]"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('tags = ["dark-skin"]', "no tag 'dark-skin'; did you mean 'dark_skin'"),
        ('tags = ["Glases"]', "no tag 'Glases'; did you mean 'glasses'"),
        ('tags = ["a b c d"]', "the tag 'a b c d' is not of small letters"),
        ('tags = "dim"', "walk.mp4.toml: tags input should be a valid tuple"),
        ('tag = ["dim"]', "walk.mp4.toml: tag extra inputs are not permitted"),
        ("tags = [1 2]", "walk.mp4.toml is not TOML: .*line 1"),
        (f'[[label]]\nindex = -1\nkind = "hand"\npolygon = {TRIANGLE}', "label.0.index .*greater than or equal to 0"),
        ('[[label]]\nindex = 1\nkind = "hand"\npolygon = [[1, 2], [3, 4]]', "label.0.polygon .*at least 3"),
        (f'[[label]]\nindex = 1\npolygon = {TRIANGLE}', "label.0.kind field required"),
        (f'[[label]]\nindex = 1\nkind = "hand"\npoly = {TRIANGLE}', "label.0.poly"),
        (f"x = {'[' * 20_000}", "nests its lists too deeply|is not TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    clip = tmp_path / "walk.mp4"
    notes_path(clip).write_text(text + "\n", "utf-8")
    with pytest.raises(BadRecords, match=sentence):
        read_notes(clip)


def test_labels_are_bounded(tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    corner = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    labels = tuple(Label(index, "hand", corner) for index in range(LABELS_MAX + 1))
    write_notes(clip, ClipNotes(labels=labels))
    with pytest.raises(BadRecords, match=f"label .*at most {LABELS_MAX}"):
        read_notes(clip)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRecords, match="cannot be written: no such file"):
        write_notes(tmp_path / "nowhere" / "walk.mp4", ClipNotes())
