// Numbers: as Intl.NumberFormat has them, without its cost.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Numbers = load(["numbers.js"], "Numbers", { Intl });
const asIntl = (value, places, most) => new Intl.NumberFormat("en", { minimumFractionDigits: places, maximumFractionDigits: most }).format(value);

test("numbers are rounded half up, as they are written, and grouped by thousands", () => {
  const known = [[1.005, 0, 2, "1.01"], [1004, 0, 0, "1,004"], [1234567.5, 2, 2, "1,234,567.50"], [999.995, 0, 2, "1,000"], [0.5, 0, 0, "1"],
    [0.049, 0, 1, "0"], [-12.25, 0, 1, "-12.3"], [2.7797929273737143, 0, 15, "2.779792927373714"], [1e21, 0, 0, "1,000,000,000,000,000,000,000"], [1e-7, 0, 2, "0"]];
  for (const [value, places, most, text] of known) assert.equal(Numbers.text(value, places, most), text);
});

test("no number differs from what Intl.NumberFormat makes of it", () => {
  let seed = 12;
  const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
  for (let n = 0; n < 3000; n++) {
    const value = (random() - 0.2) * 10 ** Math.floor(random() * 12 - 4), rounded = Number(value.toFixed(Math.floor(random() * 6)));
    const places = Math.floor(random() * 4), most = places + Math.floor(random() * 3);
    for (const one of [value, rounded]) assert.equal(Numbers.text(one || 0, places, most), asIntl(one || 0, places, most), `${one} ${places} ${most}`);
  }
});
