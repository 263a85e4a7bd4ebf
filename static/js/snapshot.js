/** A picture of the mirror as it shows, made and kept in this browser: nothing is sent. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} mirrored as the shopper sees it
 * @returns {Promise<Blob>} a PNG
 */
export async function takeSnapshot(canvas, mirrored) {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const context = copy.getContext('2d');
  if (context === null) throw new Error('This browser cannot draw on a canvas.');
  if (mirrored) {
    context.translate(copy.width, 0);
    context.scale(-1, 1);
  }
  context.drawImage(canvas, 0, 0);
  return new Promise((resolve, reject) => {
    copy.toBlob((blob) => (blob === null ? reject(new Error('The picture could not be made.')) : resolve(blob)), 'image/png');
  });
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function saveFile(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/**
 * @param {readonly string[]} skus
 * @returns {string} a file name that says what is worn
 */
export function snapshotName(skus) {
  const worn = skus.map((sku) => sku.replaceAll(/[^a-z0-9-]+/gi, '-')).join('-');
  return `tryon${worn === '' ? '' : `-${worn}`}.png`;
}
