// CSV: nothing runs in a spreadsheet, and everything comes back.
const assert = require("node:assert/strict");
const test = require("node:test");
const { load } = require("./load.js");

const Csv = load(["csv.js"], "Csv");

test("text that a spreadsheet would run gets an apostrophe, numbers do not", () => {
  for (const text of ["=1", "+x", "-a", "@x", "\t1", "\u3000\uff1d1", " =1"]) assert.equal(Csv.guard(text), `'${text}`);
  for (const text of ["-5", "+1.5", "a=1", "", "x"]) assert.equal(Csv.guard(text), text);
});

test("cells with commas, quotes or line ends are quoted", () => {
  assert.equal(Csv.cell('a "b", c'), '"a ""b"", c"');
  assert.equal(Csv.cell("one\ntwo"), '"one\ntwo"');
  assert.equal(Csv.cell(null), "");
  assert.equal(Csv.cell(-5), "-5");
  assert.equal(Csv.cell({ a: 1 }), '"{""a"":1}"');
});

test("a file begins with the mark of UTF-8, and its heads are guarded too", () => {
  assert.equal(Csv.text(["=a", "b"], [[1, "x"]]), "\ufeff'=a,b\r\n1,x\r\n");
});
