/** Twelve views on one sheet, turned by dragging, by a slider, or by arrow keys. */

const FRAMES = 12;
const COLUMNS = 4;
const ROWS = FRAMES / COLUMNS;
// Once round over the picture's width.
const TURN_PER_WIDTH = FRAMES;

/** @param {HTMLElement} place with an image of the sheet and a slider from 0 to 11 */
export function startTurntable(place) {
  const [picture, slider] = [place.querySelector('img'), place.querySelector('input')];
  const front = place.querySelector('.turn-window');
  if (picture === null || slider === null || !(front instanceof HTMLElement)) return;
  const show = () => {
    const frame = Number(slider.value);
    const [column, row] = [frame % COLUMNS, Math.floor(frame / COLUMNS)];
    picture.style.transform = `translate(${(-100 * column) / COLUMNS}%, ${(-100 * row) / ROWS}%)`;
    slider.setAttribute('aria-valuetext', frame === 0 ? 'From the front' : `${frame * 30}° round`);
    slider.style.setProperty('--filled', `${(100 * frame) / (FRAMES - 1)}%`);
  };
  slider.addEventListener('input', show);
  /** @type {{ x: number, frame: number } | null} */
  let held = null;
  front.addEventListener('pointerdown', (event) => {
    held = { x: event.clientX, frame: Number(slider.value) };
    front.setPointerCapture(event.pointerId);
  });
  front.addEventListener('pointermove', (event) => {
    if (held === null) return;
    const turned = Math.round(((event.clientX - held.x) / front.clientWidth) * TURN_PER_WIDTH);
    slider.value = String((((held.frame + turned) % FRAMES) + FRAMES) % FRAMES);
    show();
  });
  for (const end of ['pointerup', 'pointercancel']) {
    front.addEventListener(end, () => {
      held = null;
    });
  }
  show();
}
