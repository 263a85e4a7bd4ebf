/** The report's page: what is there without a script is read; this adds the plots and the videos. */

import { Preview } from './preview.js';
import { incomplete, Take } from './take.js';

const preview = new Preview();
const takes = [...document.querySelectorAll('details.take')]
  .filter((root) => root instanceof HTMLDetailsElement)
  .map((root) => ({ root, take: new Take(root, preview) }));

/** A link to a take opens it. */
function openLinked() {
  const linked = takes.find(({ root }) => `#${root.id}` === location.hash);
  if (linked === undefined) return;
  linked.root.open = true;
  linked.root.scrollIntoView();
}

addEventListener('hashchange', openLinked);
openLinked();

// On paper everything is open.
/** @type {HTMLDetailsElement[]} */
let opened = [];
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details')].filter((details) => !details.open);
  for (const details of opened) details.open = true;
  for (const { take } of takes) take.plot();
});
addEventListener('afterprint', () => {
  for (const details of opened) details.open = false;
});

// The end of the file carries this mark; a file that was cut lacks it.
if (document.getElementById('complete') === null) document.body.prepend(incomplete());
