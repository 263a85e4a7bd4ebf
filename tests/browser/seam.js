// Mean absolute difference between what shows and the kept frame: in the ring of four pixels inside the rectangle's
// edge, in all that is further inside, and outside of the rectangle. The rectangle is in pixels of the sent frame.
([x, y, width, height, scale]) => {
  const canvas = document.getElementById('picture');
  const read = () => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const press = () => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'b' }));
  const worn = read();
  press();
  const bare = read();
  press();
  const sums = { ring: [0, 0], inside: [0, 0], outside: [0, 0] };
  for (let v = 0; v < canvas.height; v += 1) {
    for (let u = 0; u < canvas.width; u += 1) {
      const across = Math.min(u / scale - x, x + width - (u + 1) / scale);
      const down = Math.min(v / scale - y, y + height - (v + 1) / scale);
      const depth = Math.min(across, down);
      if (depth < 0 && depth >= -1 / scale) continue; // a pixel that the edge may cut
      const sum = sums[depth < 0 ? 'outside' : depth < 4 ? 'ring' : 'inside'];
      const i = 4 * (v * canvas.width + u);
      for (let c = 0; c < 3; c += 1) sum[0] += Math.abs(worn[i + c] - bare[i + c]);
      sum[1] += 3;
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, [sum, count]]) => [name, sum / Math.max(count, 1)]));
}
