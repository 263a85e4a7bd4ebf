/**
 * Draws an answer over the very frame that was kept for it. The picture stays at the camera's own resolution; only the
 * rectangle that the server changed comes from the server, with a feathered edge so that no seam shows.
 */

/** @typedef {import('./wire.js').Reply} Reply */

/**
 * One moment of the mirror: the frame without the product, and what the server drew for it.
 * @typedef {object} Moment
 * @property {ImageBitmap} kept
 * @property {ImageBitmap | null} patch null: the frame shows as it is
 * @property {Reply | null} reply null: no answer yet
 */

/** The server leaves this many pixels around the product unchanged, so the blend happens where both pictures agree. */
export const FEATHER_PX = 8;

/** Sides of a rectangle that are blended: those on the frame's own border have no unchanged pixels outside. */
const SIDES = /** @type {const} */ (['left', 'top', 'right', 'bottom']);

/**
 * How far to blend each side of the rectangle, in pixels of the frame that was sent.
 * @param {Pick<Reply, 'x' | 'y' | 'width' | 'height' | 'frameWidth' | 'frameHeight'>} reply
 * @returns {Record<typeof SIDES[number], number>}
 */
export function featherOf(reply) {
  const across = Math.min(FEATHER_PX, Math.floor(reply.width / 2));
  const down = Math.min(FEATHER_PX, Math.floor(reply.height / 2));
  return {
    left: reply.x === 0 ? 0 : across,
    top: reply.y === 0 ? 0 : down,
    right: reply.x + reply.width === reply.frameWidth ? 0 : across,
    bottom: reply.y + reply.height === reply.frameHeight ? 0 : down,
  };
}

export class Painter {
  #canvas;
  #context;
  /** @type {HTMLCanvasElement} */
  #patchCanvas = document.createElement('canvas');
  /** @type {Moment | null} */
  #moment = null;
  #bare = false;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser cannot draw on a canvas.');
    this.#canvas = canvas;
    this.#context = context;
  }

  get empty() {
    return this.#moment === null;
  }

  /** Whether the kept frame shows without the product. */
  get bare() {
    return this.#bare;
  }

  set bare(bare) {
    if (bare === this.#bare) return;
    this.#bare = bare;
    this.#draw();
  }

  /**
   * Shows a moment and owns its bitmaps from here on; those of the moment before are closed.
   * @param {Moment} moment
   */
  show(moment) {
    this.#forget();
    this.#moment = moment;
    this.#draw();
  }

  /** Closes what is held and blanks the canvas. */
  clear() {
    this.#forget();
    this.#context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #forget() {
    this.#moment?.kept.close();
    this.#moment?.patch?.close();
    this.#moment = null;
  }

  #draw() {
    if (this.#moment === null) return;
    const { kept, patch, reply } = this.#moment;
    if (this.#canvas.width !== kept.width || this.#canvas.height !== kept.height) {
      this.#canvas.width = kept.width;
      this.#canvas.height = kept.height;
    }
    const context = this.#context;
    context.imageSmoothingQuality = 'high';
    if (this.#bare || patch === null || reply === null) {
      context.drawImage(kept, 0, 0);
    } else if (reply.kind === 'whole') {
      context.drawImage(patch, 0, 0, kept.width, kept.height);
    } else {
      context.drawImage(kept, 0, 0);
      const scaleX = kept.width / reply.frameWidth;
      const scaleY = kept.height / reply.frameHeight;
      const soft = this.#soften(patch, reply);
      context.drawImage(
        soft,
        0,
        0,
        reply.width,
        reply.height,
        reply.x * scaleX,
        reply.y * scaleY,
        reply.width * scaleX,
        reply.height * scaleY,
      );
    }
  }

  /**
   * The patch with edges that fade to nothing. The canvas only grows, so a moving face does not allocate.
   * @param {ImageBitmap} patch
   * @param {Reply} reply
   */
  #soften(patch, reply) {
    const canvas = this.#patchCanvas;
    if (canvas.width < reply.width) canvas.width = reply.width;
    if (canvas.height < reply.height) canvas.height = reply.height;
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('This browser cannot draw on a canvas.');
    const { width, height } = reply;
    context.globalCompositeOperation = 'copy';
    context.drawImage(patch, 0, 0, width, height);
    context.globalCompositeOperation = 'destination-out';
    const feather = featherOf(reply);
    erase(context, 0, 0, feather.left, height, 0, 0, feather.left, 0);
    erase(context, 0, 0, width, feather.top, 0, 0, 0, feather.top);
    erase(context, width - feather.right, 0, feather.right, height, width, 0, width - feather.right, 0);
    erase(context, 0, height - feather.bottom, width, feather.bottom, 0, height, 0, height - feather.bottom);
    return canvas;
  }
}

/**
 * Erases a strip: wholly at (x0, y0), not at all at (x1, y1), along an S-curve without corners.
 * @param {CanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 */
function erase(context, left, top, width, height, x0, y0, x1, y1) {
  if (width <= 0 || height <= 0) return;
  const gradient = context.createLinearGradient(x0, y0, x1, y1);
  for (const at of [0, 0.25, 0.5, 0.75, 1]) {
    const kept = at * at * (3 - 2 * at);
    gradient.addColorStop(at, `rgba(0, 0, 0, ${1 - kept})`);
  }
  context.fillStyle = gradient;
  context.fillRect(left, top, width, height);
}
