// Outlines in the way of a name.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Outlines = load(["planar.js", "outlines.js"], "Outlines");
const ring = (...flat) => flat.map(([x, y]) => ({ x, y }));
const box = (left, top, right, bottom) => ({ left, top, right, bottom });
const SQUARE = ring([0, 0], [100, 0], [100, 100], [0, 100]), HOLE = ring([40, 40], [60, 40], [60, 60], [40, 60]);

test("a box meets an outline that it lies in, holds, or that passes through it", () => {
  const thin = ring([-50, 48], [150, 50], [150, 51], [-50, 49]);
  for (const [rings, one] of [[[SQUARE], box(10, 10, 20, 20)], [[SQUARE], box(-10, -10, 110, 110)], [[thin], box(0, 0, 100, 100)], [[SQUARE, HOLE], box(30, 45, 45, 55)]]) {
    assert.ok(Outlines.meetsBox(rings, one));
  }
  assert.ok(!Outlines.meetsBox([SQUARE], box(101, 0, 120, 20)));
  assert.ok(!Outlines.meetsBox([SQUARE, HOLE], box(45, 45, 55, 55)));
});

test("a line meets an outline that it crosses or ends in", () => {
  const line = (...flat) => ring(...flat);
  assert.ok(Outlines.meetsLine([SQUARE], line([-10, 50], [110, 50])));
  assert.ok(Outlines.meetsLine([SQUARE], line([-10, 50], [50, 50])));
  assert.ok(!Outlines.meetsLine([SQUARE], line([-10, 50], [-1, 200])));
});
