/** The camera that drew a frame's picture: where its points are on the picture, and what a way on it is in millimetres. */

/** @typedef {[number, number, number]} Mm */
/** @typedef {[number, number]} Px */
/**
 * @typedef {object} Camera as the API tells it
 * @property {number[][]} camera_from_product
 * @property {number} focal_px
 * @property {number} cx_px
 * @property {number} cy_px
 */

/**
 * @param {number[][]} matrix
 * @param {number} row
 * @param {number} column
 */
const entry = (matrix, row, column) => matrix[row]?.[column] ?? 0;

/**
 * @param {Camera} camera
 * @param {Mm} point
 * @returns {Mm} in the camera's space: right, down, away
 */
function inCamera(camera, point) {
  const matrix = camera.camera_from_product;
  const along = (/** @type {number} */ row) =>
    entry(matrix, row, 0) * point[0] + entry(matrix, row, 1) * point[1] + entry(matrix, row, 2) * point[2] + entry(matrix, row, 3);
  return [along(0), along(1), along(2)];
}

/**
 * @param {Camera} camera
 * @param {Mm} point
 * @returns {Px}
 */
export function seenAt(camera, point) {
  const [right, down, away] = inCamera(camera, point);
  return [camera.cx_px + (camera.focal_px * right) / away, camera.cy_px + (camera.focal_px * down) / away];
}

/**
 * How far a point has moved in product space that was moved by so many pixels, at its own distance.
 * @param {Camera} camera
 * @param {Mm} point
 * @param {Px} by
 * @returns {Mm}
 */
export function mmOf(camera, point, by) {
  const perPx = inCamera(camera, point)[2] / camera.focal_px;
  const matrix = camera.camera_from_product;
  const along = (/** @type {number} */ axis) => perPx * (entry(matrix, 0, axis) * by[0] + entry(matrix, 1, axis) * by[1]);
  return [along(0), along(1), along(2)];
}

/**
 * The axis of product space along which an arrow key moves a point: the one that is nearest to it.
 * @param {Camera} camera
 * @param {Px} arrow to the right and down
 * @returns {Mm} of length 1
 */
export function axisOf(camera, arrow) {
  const matrix = camera.camera_from_product;
  const along = [0, 1, 2].map((axis) => entry(matrix, 0, axis) * arrow[0] + entry(matrix, 1, axis) * arrow[1]);
  const most = Math.max(...along.map(Math.abs));
  const nearest = along.findIndex((length) => Math.abs(length) === most);
  /** @type {Mm} */
  const axis = [0, 0, 0];
  axis[nearest] = Math.sign(along[nearest] ?? 0);
  return axis;
}
