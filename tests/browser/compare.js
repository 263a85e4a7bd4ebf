// Compares what shows with the kept frame of the very same moment: key B draws it at once, and all of this is one task,
// so no newer frame comes in between. Returns how many pixels of the canvas changed by `clearly` or
// more, and their bounds. 24 is more than JPEG's own noise in most of a rectangle that came back.
(clearly) => {
  const canvas = document.getElementById('picture');
  const read = () => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const press = () => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'b' }));
  const worn = read();
  press();
  const bare = read();
  press();
  const xs = [];
  const ys = [];
  for (let i = 0; i < worn.length; i += 4) {
    if (![0, 1, 2].some((c) => Math.abs(worn[i + c] - bare[i + c]) >= clearly)) continue;
    xs.push((i / 4) % canvas.width);
    ys.push(Math.floor(i / 4 / canvas.width));
  }
  xs.sort((a, b) => a - b);
  ys.sort((a, b) => a - b);
  const few = Math.floor(xs.length / 100); // a few noisy pixels must not set the bounds
  return {
    changed: xs.length,
    x0: xs[few] ?? -1,
    y0: ys[few] ?? -1,
    x1: xs[xs.length - 1 - few] ?? -1,
    y1: ys[ys.length - 1 - few] ?? -1,
    width: canvas.width,
    height: canvas.height,
  };
}
