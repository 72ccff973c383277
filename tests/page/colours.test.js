// Colours of names: as WCAG 2 measures contrast.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Colours = load(["colours.js"], "Colours");

test("contrast is that of WCAG", () => {
  assert.equal(Colours.contrast("#000000", "#ffffff").toFixed(2), "21.00");
  assert.equal(Colours.contrast("#777777", "#ffffff").toFixed(2), "4.48");
});

test("every colour becomes readable on both grounds, and one that is readable stays", () => {
  for (const ground of ["#ffffff", "#1b1b1a"]) {
    for (const colour of ["#fde725", "#e69f00", "#b5a642", "#56b4e9", "#440154", "#0072b2", "#000000", "#ffffff"]) {
      assert.ok(Colours.contrast(Colours.readable(colour, ground), ground) >= 4.5, `${colour} on ${ground}`);
    }
  }
  assert.equal(Colours.readable("#0072b2", "#ffffff"), "#0072b2");
});
