"""A person at a keyboard without a mouse: Tab, arrows, Enter, Space and letters, each counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Locator, Page, expect

from tests.keystrokes import Steps

# More stops than any page has: who has not come there by then goes round in a trap.
STOPS_MAX = 150
MOMENT_S = 1.0
# A browser may drop keys that come before a page is painted for the first time, when a person sees nothing there yet.
PAINTED = "() => performance.getEntriesByType('paint').length > 0"
# What the keyboard is on: whether that is marked, and whether it can be seen. What is hidden from the eye alone stands
# for its label; a card is marked as a whole; a point by its ring.
STOP = """
(wanted) => {
  const at = document.activeElement;
  const told = { there: at === wanted, at: '', marked: true, seen: true };
  if (at === null || at === document.body) return told;
  const name = at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent ?? '';
  told.at = `${at.tagName.toLowerCase()} ${name.trim().replace(/\\s+/g, ' ').slice(0, 50)}`;
  // The place that the link at the top skips to is the page itself.
  if (at.matches('main')) return told;
  const labels = [...(at.labels ?? [])];
  const within = labels.flatMap((one) => [...one.querySelectorAll('*')]);
  const around = [at, ...labels, ...within, at.closest('li')].filter(Boolean);
  const ringed = (one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
  };
  const ring = at.querySelector('.reach');
  told.marked = around.some(ringed) || (ring !== null && getComputedStyle(ring).stroke !== 'none');
  const shown = at.matches('.visually-hidden') && labels[0] ? labels[0] : at;
  const { left, right, top, bottom } = shown.getBoundingClientRect();
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  const over = document.elementFromPoint(x, y);
  const near = shown.contains(over) || over?.contains(shown) || at.closest('li, svg')?.contains(over);
  told.seen = over !== null && near === true;
  return told;
}
"""
# What an eye sees of a part: of a list that is closed what is chosen, and nothing that is for ears alone.
WORDS = """
(part) => {
  const count = (words) => words.split(/\\s+/).filter(Boolean).length;
  const unseen = [...part.querySelectorAll('.visually-hidden')].map((one) => count(one.innerText));
  const closed = [...part.querySelectorAll('select')].map((one) =>
    count(one.innerText) - count(one.selectedOptions[0]?.innerText ?? ''));
  return [...unseen, ...closed].reduce((left, words) => left - words, count(part.innerText));
}
"""


class Walk:
    """Goes through ``page``; what it does is counted in ``steps``."""

    def __init__(self, page: Page, steps: Steps | None = None) -> None:
        self.page = page
        self.steps = Steps() if steps is None else steps

    def on(self, page: Page) -> Walk:
        """The same person in another tab."""
        return Walk(page, self.steps)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.steps.keys += 1

    def read(self, page: str, part: str = "main") -> None:
        """Every word that stands there now."""
        self.steps.words[page] = int(self.page.locator(part).evaluate(WORDS))

    def skip(self) -> None:
        """Past what every page begins with, by its first link, once there is something to see."""
        self.page.wait_for_function(PAINTED)
        self.press("Tab")
        expect(self.page.get_by_role("link", name="Skip to the content")).to_be_focused()
        self.press("Enter")

    def to(self, target: Locator, key: str = "Tab") -> None:
        """On to it, one stop after the other. Each is marked and can be seen, and the way leads there."""
        expect(target).to_be_enabled()
        wanted = target.element_handle()
        before: dict[str, Any] = self.page.evaluate(STOP, wanted)
        for _ in range(STOPS_MAX):
            if before["there"]:
                return
            self.press(key)
            before = self._stop(wanted)
            assert before["marked"], f"nothing shows that the keyboard is on: {before['at']}"
            assert before["seen"], f"the keyboard is on what nobody sees: {before['at']}"
        raise AssertionError(f"{key} does not lead to {target}; it is on: {before['at']}")

    def _stop(self, wanted: ElementHandle | None) -> dict[str, Any]:
        """Where the keyboard is. What comes into the page meanwhile may push it out of view for a moment, no longer."""
        until_s = time.monotonic() + MOMENT_S
        while True:
            stop: dict[str, Any] = self.page.evaluate(STOP, wanted)
            if stop["seen"] or time.monotonic() > until_s:
                return stop
            self.page.wait_for_timeout(50)

    def work(self, target: Locator, key: str = "Enter", way: str = "Tab") -> None:
        """Go there and press it."""
        self.to(target, way)
        self.press(key)
        self.steps.controls += 1

    def fill(self, target: Locator, words: str, way: str = "Tab") -> None:
        """What Tab comes to is chosen whole, so that what is typed takes its place."""
        self.to(target, way)
        self.page.keyboard.type(words)
        self.steps.fields += 1
        self.steps.characters += len(words)
        expect(target).to_have_value(words)

    def choose(self, target: Locator, file: Path) -> None:
        """A file, by its name."""
        self.to(target)
        with self.page.expect_file_chooser() as opening:
            self.press("Enter")
        opening.value.set_files(file)
        self.steps.controls += 1
        self.steps.files += 1
        self.steps.characters += len(file.name)

    @contextmanager
    def waiting(self, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
        """The page works, and the person waits."""
        began_s = clock()
        yield
        self.steps.waits_s.append(clock() - began_s)
