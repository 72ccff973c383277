// Scripts of the page as the page has them: joined, with what they use of the browser given.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { runInNewContext } = require("node:vm");

const FOLDER = join(__dirname, "..", "..", "nmgeo", "page");

/** What the last of some scripts declares under a name. */
function load(names, wanted, given = {}) {
  const code = names.map((name) => readFileSync(join(FOLDER, name), "utf8")).join("\n");
  return runInNewContext(`${code}\n${wanted};`, { ...given });
}
module.exports = { load };
