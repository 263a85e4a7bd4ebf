"""How long a person takes for what a test does in a browser: the keystroke-level model.

S. K. Card, T. P. Moran, A. Newell: The Keystroke-Level Model for User Performance Time with Interactive Systems.
Communications of the ACM 23 (7), 1980, 396-410. Its operators are for people who know the page; somebody who sees it
for the first time also reads it, at the rate that M. Brysbaert found (How many words do we read per minute? Journal of
Memory and Language 109, 2019).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# One key, or one press of the mouse's button: the paper's average typist who is no secretary, 40 words a minute.
K_S: Final = 0.28
# Pointing at something with a mouse.
P_S: Final = 1.10
# A hand's way from the mouse to the keyboard, or back.
H_S: Final = 0.40
# Thinking what comes next.
M_S: Final = 1.35
READ_WORDS_A_MINUTE: Final = 238


@dataclass
class Steps:
    """What was done. ``keys`` are those that lead to a control or work it; ``characters`` are typed into fields;
    ``words`` are those of each page that was read; ``waits_s`` is what the pages took, measured."""

    controls: int = 0
    keys: int = 0
    fields: int = 0
    characters: int = 0
    files: int = 0
    words: dict[str, int] = field(default_factory=dict)
    waits_s: list[float] = field(default_factory=list)

    @property
    def reading_s(self) -> float:
        """Every word of every page, once."""
        return 60.0 * sum(self.words.values()) / READ_WORDS_A_MINUTE

    @property
    def typing_s(self) -> float:
        return self.characters * K_S

    @property
    def with_mouse_s(self) -> float:
        """Each control and field is thought of, pointed at and clicked; a field takes the hand to the keyboard and
        back; a file is found in its own window, and that is confirmed."""
        clicked = (self.controls + self.fields) * (M_S + P_S + K_S)
        return clicked + self.fields * 2 * H_S + self.typing_s + self.files * 2 * (M_S + P_S + K_S)

    @property
    def with_keys_s(self) -> float:
        """The hands stay on the keyboard; a file's name is typed."""
        thought = (self.controls + self.fields + self.files) * M_S
        return thought + self.keys * K_S + self.typing_s

    def told(self) -> str:
        """For whoever reads the test's output."""
        waits = " + ".join(f"{wait_s:.1f}" for wait_s in self.waits_s)
        pages = ", ".join(f"{page} {words}" for page, words in self.words.items())
        return (
            f"{self.controls} controls, {self.fields} fields with {self.characters} characters, {self.files} file, "
            f"{self.keys} keys to get there; {self.with_mouse_s:.0f} s by mouse, {self.with_keys_s:.0f} s by keyboard; "
            f"{sum(self.words.values())} words to read ({pages}), {self.reading_s:.0f} s; waited {waits} s"
        )
