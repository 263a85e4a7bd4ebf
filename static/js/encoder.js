/** Turns a kept picture into the JPEG that is sent: its long side at most 640 px, so that any camera costs the same. */

const LONG_SIDE_PX = 640;
const QUALITY = 0.85;

/**
 * The size that is sent for a picture of that size.
 * @param {number} width
 * @param {number} height
 * @param {{ maxWidth: number, maxHeight: number }} limits the server's
 * @returns {{ width: number, height: number }}
 */
export function sentSize(width, height, limits) {
  const scale = Math.min(
    1,
    LONG_SIDE_PX / Math.max(width, height),
    limits.maxWidth / width,
    limits.maxHeight / height,
  );
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

export class Encoder {
  /** @type {OffscreenCanvas | HTMLCanvasElement} */
  #canvas = typeof OffscreenCanvas === 'undefined' ? document.createElement('canvas') : new OffscreenCanvas(1, 1);

  /**
   * One encoding at a time: the canvas is shared between calls.
   * @param {ImageBitmap} picture
   * @param {{ maxWidth: number, maxHeight: number }} limits
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async encode(picture, limits) {
    const size = sentSize(picture.width, picture.height, limits);
    if (this.#canvas.width !== size.width) this.#canvas.width = size.width;
    if (this.#canvas.height !== size.height) this.#canvas.height = size.height;
    // A canvas that is read back on every frame is faster in memory than on the GPU.
    const options = { alpha: false, willReadFrequently: true };
    const context = /** @type {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D | null} */ (
      this.#canvas.getContext('2d', options)
    );
    if (context === null) throw new Error('This browser cannot draw on a canvas.');
    context.imageSmoothingQuality = 'medium';
    context.drawImage(picture, 0, 0, size.width, size.height);
    return new Uint8Array(await (await this.#toBlob()).arrayBuffer());
  }

  /** @returns {Promise<Blob>} */
  #toBlob() {
    const canvas = this.#canvas;
    if (!(canvas instanceof HTMLCanvasElement)) return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY });
    return new Promise((resolve, reject) => {
      canvas.toBlob(
        (blob) => (blob === null ? reject(new Error('This browser could not encode a picture.')) : resolve(blob)),
        'image/jpeg',
        QUALITY,
      );
    });
  }
}
