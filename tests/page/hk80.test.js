// The grid: against coordinates that pyproj gives for EPSG:2326, to a centimetre.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Grid = load(["hk80.js"], "Grid", { L: { latLng: (lat, lng) => ({ lat, lng }) } });
const KNOWN = [
  [22.5, 114.07, 825271.013, 840046.818],
  [22.15, 113.85, 802549.711, 801321.982],
  [22.56, 114.43, 862302.499, 846709.218],
  [22.3122, 114.1786, 836445.801, 819246.701],
  [22.4965, 114.0735, 825630.883, 839658.984],
];

test("places in degrees lie on the grid where they should", () => {
  for (const [lat, lng, east, north] of KNOWN) {
    const [e, n] = Grid.toGrid(lat, lng);
    assert.ok(Math.hypot(e - east, n - north) < 0.01, `${lat}, ${lng}: ${e}, ${n}`);
  }
});

test("places on the grid go back to their degrees", () => {
  for (const [lat, lng, east, north] of KNOWN) {
    const back = Grid.toDegrees(east, north);
    assert.ok(Math.hypot(back.lat - lat, back.lng - lng) < 2e-7);
  }
});

test("a square of 100 m has a hectare, a side 100 m, whichever way it is gone round", () => {
  const ring = [[830000, 840000], [830100, 840000], [830100, 840100], [830000, 840100]].map((at) => Grid.toDegrees(...at));
  assert.ok(Math.abs(Grid.hectares(ring) - 1) < 1e-6);
  assert.ok(Math.abs(Grid.signedHectares([...ring].reverse()) + Grid.signedHectares(ring)) < 1e-9);
  assert.ok(Math.abs(Grid.metres(ring.slice(0, 2)) - 100) < 1e-4);
});
