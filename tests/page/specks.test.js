// Features of hardly a pixel are seen in their colour, as far as they cover each pixel.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Specks = load(["specks.js"], "Specks", { Uint8ClampedArray });
const RED = { line: 1, filled: 0.5, parts: [255, 0, 0] }, BLUE = { line: 1, filled: 0.5, parts: [0, 0, 255] };
const pixel = ({ pixels, width }, x, y) => [...pixels.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
const alphas = ({ pixels }) => [...pixels].filter((_, n) => n % 4 === 3);

test("a box has its outline whole and its inside as far as it is filled", () => {
  const picture = Specks.create(4, 4, 1);
  Specks.add(picture, 1.5, 1.5, 1, 1, { ...RED, line: 1 });  // the outline is from 1 to 3, with nothing between

  assert.deepEqual(alphas(picture), [0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0]);
  const sharp = Specks.create(4, 4, 2);
  Specks.add(sharp, 1, 1, 1, 1, { ...RED, line: 0.5 });  // in pixels: from 1.5 to 4.5, with an inside from 2.5 to 3.5
  assert.equal(pixel(sharp, 2, 2)[3], Math.round(255 * (1 - 0.25 * 0.5)));
  assert.equal(pixel(sharp, 1, 2)[3], Math.round(255 * 0.5));
});

test("a point is as large as a pixel, and what is beyond the picture is cut", () => {
  const picture = Specks.create(2, 2, 1);
  Specks.add(picture, -0.5, -0.5, 0, 0, RED);
  Specks.add(picture, 5, 5, 1, 1, RED);
  Specks.add(picture, -9, 0, 1, 1, RED);

  assert.deepEqual(alphas(picture), [255, 0, 0, 0]);
});

test("what is added later lies on top, and covers a pixel as far as it reaches", () => {
  const picture = Specks.create(2, 1, 1);
  Specks.add(picture, -0.5, -0.5, 1, 1, RED);
  assert.deepEqual(pixel(picture, 0, 0), [255, 0, 0, 255]);
  Specks.add(picture, 0, -0.5, 1, 1, BLUE);  // from -0.5 to 1.5

  assert.deepEqual(pixel(picture, 0, 0), [0, 0, 255, 255]);
  assert.deepEqual(pixel(picture, 1, 0), [0, 0, 255, 128]);
});

test("a picture that nothing was added to is not drawn", () => {
  Specks.draw({}, Specks.create(2, 2, 1));
});
