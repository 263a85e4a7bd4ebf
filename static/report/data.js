/** What the report carries with it: plain values and videos, in elements that no browser runs. */

/**
 * @typedef {object} Histogram
 * @property {number} low
 * @property {number} high
 * @property {number} max
 * @property {number[]} counts
 * @property {number} p50
 * @property {number} p95
 * @property {number} n
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {(number | null)[]} low the values, or each bucket's least
 * @property {(number | null)[] | null} high each bucket's greatest
 * @property {Histogram | null} histogram
 *
 * @typedef {object} PlotData
 * @property {string} title
 * @property {string} unit
 * @property {string} about
 * @property {string | null} measure
 * @property {boolean} zero
 * @property {Line[]} lines
 *
 * @typedef {object} Stretch
 * @property {string} kind
 * @property {string} text
 * @property {number} first
 * @property {number} last
 *
 * @typedef {object} Strip
 * @property {string} name
 * @property {(number[] | null)[]} before
 * @property {(number[] | null)[]} after
 *
 * @typedef {object} TakeData
 * @property {number} frames
 * @property {number} points
 * @property {number[]} deltas
 * @property {number[] | null} indices
 * @property {number} first
 * @property {PlotData[]} plots
 * @property {{ title: string, measure: string | null, text: string }[]} still what never changes
 * @property {Stretch[]} stretches
 * @property {Strip[]} strips
 */

/**
 * @param {string} id
 * @returns {TakeData | null}
 */
export function takeData(id) {
  const text = document.getElementById(id)?.textContent;
  return text ? JSON.parse(text) : null;
}

/**
 * The address of an embedded video, for as long as it is needed: `URL.revokeObjectURL` lets go of it.
 * @param {string} id
 * @returns {string | null}
 */
export function videoUrl(id) {
  const text = document.getElementById(id)?.textContent;
  if (!text) return null;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let n = 0; n < binary.length; n += 1) bytes[n] = binary.charCodeAt(n);
  return URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
}
