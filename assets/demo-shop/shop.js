/** The demo shop's own script: what a shop does with the mirror's events. */

const log = document.getElementById('log');
const count = document.getElementById('count');
const lens = document.getElementById('lens');
const juniper = document.getElementById('juniper');
let inBag = 0;

for (const type of ['ready', 'face-found', 'tryon', 'snapshot', 'add-to-cart', 'error', 'close']) {
  for (const mirror of document.querySelectorAll('tryon-mirror')) {
    mirror.addEventListener(type, (event) => tell(type, event.detail));
  }
}
document.addEventListener('add-to-cart', (event) => {
  put();
  choose(event.detail.shade);
});
document.addEventListener('snapshot', (event) => {
  const shared = document.getElementById('shared');
  const picture = shared.querySelector('img');
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(event.detail.blob);
  shared.hidden = false;
});
document.getElementById('add').addEventListener('click', put);
for (const input of document.querySelectorAll('input[name=lens]')) {
  input.addEventListener('change', () => {
    juniper.shade = input.value;
    lens.value = input.nextElementSibling.textContent;
  });
}
for (const button of document.querySelectorAll('[data-picture]')) {
  button.addEventListener('click', () => {
    for (const other of document.querySelectorAll('[data-picture]')) other.setAttribute('aria-pressed', String(other === button));
    document.getElementById('large').src = `/${button.dataset.picture}.jpg`;
  });
}

// The tag is loaded before this module, or not at all.
document.getElementById('missing').hidden = customElements.get('tryon-mirror') !== undefined;

function put() {
  inBag += 1;
  count.textContent = String(inBag);
  count.parentElement.classList.add('full');
}

/** The shopper may have chosen other lenses in the mirror. */
function choose(shade) {
  const input = document.querySelector(`input[name=lens][value="${CSS.escape(shade ?? '')}"]`);
  if (input === null || input.checked) return;
  input.checked = true;
  lens.value = input.nextElementSibling.textContent;
}

function tell(type, detail) {
  log.querySelector('.none')?.remove();
  const line = document.createElement('li');
  const name = document.createElement('b');
  name.textContent = type;
  const shown = detail instanceof Object ? { ...detail } : null;
  if (shown?.blob instanceof Blob) shown.blob = `${shown.blob.type}, ${shown.blob.size} bytes`;
  line.append(name, shown === null || Object.keys(shown).length === 0 ? '' : JSON.stringify(shown));
  log.append(line);
}
