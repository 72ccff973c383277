// Features of hardly a pixel, written into the pixels of a picture: of 200,000, a path each takes half a second.
const Specks = (() => {
  const overlap = (from, to, cell) => Math.max(Math.min(to, cell + 1) - Math.max(from, cell), 0);
  /** A picture without anything on it, with some pixels for one of the screen. @param {number} width @param {number} height @param {number} sharp */
  const create = (width, height, sharp) => ({ width: Math.ceil(width * sharp), height: Math.ceil(height * sharp), sharp, pixels: /** @type {Uint8ClampedArray<ArrayBuffer>?} */ (null) });
  /** Lay a colour over so much of a pixel. @param {Uint8ClampedArray} pixels @param {number} at @param {number} share @param {number[]} colour */
  function blend(pixels, at, share, [red, green, blue]) {
    const all = 255 * share + pixels[at + 3] * (1 - share), weight = 255 * share / all;
    pixels[at] += (red - pixels[at]) * weight;
    pixels[at + 1] += (green - pixels[at + 1]) * weight;
    pixels[at + 2] += (blue - pixels[at + 2]) * weight;
    pixels[at + 3] = all;
  }
  /** Add a box of a pixel or more, as its outline, a line wide, and its inside, as far as that is filled.
   * @param {ReturnType<typeof create>} picture @param {number} x @param {number} y @param {number} wide @param {number} high
   * @param {{line: number, filled: number, parts: number[]}} look its red, green and blue are the parts */
  function add(picture, x, y, wide, high, { line, filled, parts }) {
    const { width, height, sharp } = picture, pixels = picture.pixels ??= new Uint8ClampedArray(width * height * 4), thick = line * sharp;
    const left = (x - line / 2) * sharp, right = (x + Math.max(wide, 1) + line / 2) * sharp;
    const top = (y - line / 2) * sharp, bottom = (y + Math.max(high, 1) + line / 2) * sharp;
    for (let row = Math.max(Math.floor(top), 0); row < bottom && row < height; row++) {
      const tall = overlap(top, bottom, row), hollow = overlap(top + thick, bottom - thick, row) * (1 - filled);
      for (let column = Math.max(Math.floor(left), 0); column < right && column < width; column++) {
        const share = tall * overlap(left, right, column) - hollow * overlap(left + thick, right - thick, column);
        if (share > 0) blend(pixels, (row * width + column) * 4, share, parts);
      }
    }
  }
  /** Draw a picture over what a context has, from its origin on. @param {CanvasRenderingContext2D} context @param {ReturnType<typeof create>} picture */
  function draw(context, { width, height, pixels }) {
    if (!pixels) return;
    const canvas = Object.assign(document.createElement("canvas"), { width, height }), { e: left, f: top } = context.getTransform();
    canvas.getContext("2d", { willReadFrequently: true }).putImageData(new ImageData(pixels, width, height), 0, 0);
    context.save();
    context.resetTransform();
    context.drawImage(canvas, left, top);
    context.restore();
  }
  return { create, add, draw };
})();
