// What is drawn on the context comes out as paths.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const SvgContext = load(["svg_context.js"], "SvgContext");

test("a filled and outlined polygon is two paths with the same course", () => {
  const context = SvgContext.create();
  Object.assign(context, { fillStyle: "#eee", strokeStyle: "#00f", lineWidth: 0.84, lineJoin: "round", lineCap: "butt" });
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(10.04, 0);
  context.lineTo(10.01, 0.04);  // the same place to a tenth of a pixel
  context.lineTo(10, 5);
  context.closePath();
  context.fill("evenodd");
  context.setLineDash([5, 4]);
  context.stroke();

  const [filled, outlined] = context.paths;
  assert.equal(filled.d, "M0 0L10 0L10 5Z");
  assert.equal(filled.fill, "#eee");
  assert.equal(filled["fill-rule"], "evenodd");
  assert.equal(outlined.d, filled.d);
  assert.deepEqual([outlined.fill, outlined.stroke, outlined["stroke-width"], outlined["stroke-dasharray"]], ["none", "#00f", 0.8, "5 4"]);
});

test("a path begins anew, and what is empty is left out", () => {
  const context = SvgContext.create();
  context.rect(1, 2, 3, 4);
  context.beginPath();
  context.fill();
  assert.equal(context.paths.length, 0);
  context.rect(1, 2, 3, 4);
  context.fill();
  assert.equal(context.paths[0].d, "M1 2h3v4h-3Z");
});
