// Plane geometry: against figures that are known by thought.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Planar = load(["planar.js"], "Planar");
const square = (x, y, side) => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
const near = (got, wanted, share = 1e-6) => assert.ok(Math.abs(got - wanted) <= Math.abs(wanted) * share + 1e-9, `${got} is not ${wanted}`);

test("the area of a union counts what overlaps once, and leaves out holes", () => {
  near(Planar.area([[square(0, 0, 10)], [square(5, 5, 10)]]), 175);
  near(Planar.area([[square(0, 0, 10), square(2, 2, 4)]]), 84);
  near(Planar.area([[square(0, 0, 10)], [square(100, 0, 10)]]), 200);
  assert.equal(Planar.area([]), 0);
});

test("an overlap does not depend on the order, nor on the turn of a ring", () => {
  const one = [[square(0, 0, 10)]], other = [[square(5, 5, 10).reverse()]];
  near(Planar.overlap(one, other), 25);
  near(Planar.overlap(other, one), 25);
  assert.equal(Planar.overlap(one, [[square(50, 50, 1)]]), 0);
  near(Planar.overlap(one, [[[[-5, -5], [20, -5], [20, 20]]]]), 50);
});

test("the buffer of a square is its land, four strips and a circle of 256 corners", () => {
  const circle = 128 * Math.sin(Math.PI / 128) * 25;
  near(Planar.area(Planar.buffer({ region: [square(0, 0, 10)] }, 5)), 100 + 4 * 50 + circle, 1e-5);
  near(Planar.area(Planar.buffer({ points: [[3, 4]] }, 5)), circle, 1e-9);
  near(Planar.area(Planar.buffer({ lines: [[[0, 0], [100, 0]]] }, 5)), 1000 + circle, 1e-5);
});

test("a buffer fills a hole that is narrower than it, and no more", () => {
  const holed = { region: [square(0, 0, 100), square(40, 40, 20)] };
  near(Planar.area(Planar.buffer(holed, 10)), Planar.area(Planar.buffer({ region: [square(0, 0, 100)] }, 10)), 1e-4);
  near(Planar.area(Planar.buffer(holed, 5)), Planar.area(Planar.buffer({ region: [square(0, 0, 100)] }, 5)) - 100, 1e-4);
});

test("the edge of a buffer lies at its distance everywhere", () => {
  const shape = { region: [[[0, 0], [300, 0], [300, 300], [200, 300], [200, 100], [0, 100]]] };
  for (const r of [1, 30, 400]) {
    for (const at of Planar.bufferEdge(shape, r).flat()) near(Planar.distance({ points: [at] }, shape), r, 2e-4 + 2e-3 / r);
  }
});

test("the edge of a buffer stops where the land bends inwards, however little", () => {
  const far = 300, dent = 5, bend = Math.atan2(dent, 500), shape = { region: [[[0, 0], [1000, 0], [1000, 100], [500, 100 - dent], [0, 100]]] };
  const arc = (turn) => { const steps = Math.ceil(turn / (Math.PI / 128)); return steps * 2 * far * Math.sin(turn / 2 / steps); };
  const straight = 1000 + 2 * 100 + 2 * (Math.hypot(500, dent) - far * Math.tan(bend));
  near(Planar.length(Planar.bufferEdge(shape, far)), straight + 2 * arc(Math.PI / 2) + 2 * arc(Math.PI / 2 + bend), 1e-5);
});

test("the edge of a buffer round two points stops where their circles cross", () => {
  const half = Math.acos(50 / 100) / (Math.PI / 128), whole = 256 * 2 * 100 * Math.sin(Math.PI / 256);
  near(Planar.length(Planar.bufferEdge({ points: [[0, 0], [100, 0]] }, 100)), 2 * whole * (1 - half / 128), 1e-4);
});

test("distances are 0 where shapes meet or one holds the other, else those of the nearest places", () => {
  const region = { region: [square(0, 0, 10)] };
  assert.equal(Planar.distance(region, { points: [[5, 5]] }), 0);
  assert.equal(Planar.distance(region, { lines: [[[-5, 5], [15, 5]]] }), 0);
  assert.equal(Planar.distance({ region: [square(-50, -50, 200)] }, region), 0);
  assert.equal(Planar.distance(region, { points: [[13, 14]] }), 5);
  assert.equal(Planar.distance({ points: [[0, 0]] }, { points: [[3, 4]] }), 5);
  assert.equal(Planar.distance({ region: [square(0, 0, 10), square(2, 2, 6)] }, { points: [[5, 5]] }), 3);
});

test("a path that crosses itself, touches itself or folds back is found", () => {
  assert.equal(Planar.crossesItself(square(0, 0, 1), true), false);
  assert.equal(Planar.crossesItself([[0, 0], [1, 1], [1, 0], [0, 1]], true), true);
  assert.equal(Planar.crossesItself([[0, 0], [4, 0], [2, 0]], false), true);
  assert.equal(Planar.crossesItself([[0, 0], [4, 0], [4, 4], [2, 0]], false), true);
  assert.equal(Planar.crossesItself([[0, 0], [1, 0], [2, 0]], false), false);
  assert.equal(Planar.crossesItself([[0, 0], [2, 0], [1, 0]], true), true);
});
