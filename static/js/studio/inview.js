/** What the keyboard is on stays in view when the page grows above it: an editor or a picture that comes later would
 * push it below the edge, and at a page's top no browser makes up for that. Whoever scrolled away is left alone. */

const main = document.querySelector('main');
let seen = false;
let tall = 0;

/** @returns {HTMLElement | null} */
function held() {
  const at = document.activeElement;
  return at instanceof HTMLElement && main !== null && at !== main && main.contains(at) && at.matches(':focus-visible') ? at : null;
}

/** @param {HTMLElement} at */
function inView(at) {
  const { top, bottom } = at.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
}

function look() {
  const at = held();
  seen = at !== null && inView(at);
  tall = main?.offsetHeight ?? 0;
}

if (main !== null) {
  main.addEventListener('focusin', look);
  addEventListener(
    'scroll',
    () => {
      // A scroll is told of a frame later: what came in between has moved the page, and nobody has scrolled away.
      if (main.offsetHeight === tall) look();
    },
    { passive: true },
  );
  new ResizeObserver(() => {
    const at = held();
    if (at !== null && seen && !inView(at)) at.scrollIntoView({ block: 'nearest' });
    tall = main.offsetHeight;
  }).observe(main);
}
