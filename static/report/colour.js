/** CIE L*a*b* (D65) to the screen's sRGB. Formulas: CIE 15:2004, IEC 61966-2-1. */

const WHITE = Object.freeze([0.95047, 1, 1.08883]);

/**
 * @param {readonly number[]} lab
 * @returns {string} `#rrggbb`, clipped to what a screen shows
 */
export function hexOfLab([lightness = 0, a = 0, b = 0]) {
  const y = (lightness + 16) / 116;
  const [x1 = 0, y1 = 0, z1 = 0] = [y + a / 500, y, y - b / 200].map(
    (t, n) => (WHITE[n] ?? 1) * (t > 6 / 29 ? t ** 3 : 3 * (6 / 29) ** 2 * (t - 4 / 29)),
  );
  return `#${[
    3.2404542 * x1 - 1.5371385 * y1 - 0.4985314 * z1,
    -0.969266 * x1 + 1.8760108 * y1 + 0.041556 * z1,
    0.0556434 * x1 - 0.2040259 * y1 + 1.0572252 * z1,
  ]
    .map(encoded)
    .join('')}`;
}

/** @param {number} linear */
function encoded(linear) {
  const part = Math.max(0, Math.min(1, linear));
  const code = part <= 0.0031308 ? 12.92 * part : 1.055 * part ** (1 / 2.4) - 0.055;
  return Math.round(255 * code)
    .toString(16)
    .padStart(2, '0');
}
