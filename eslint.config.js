// The scripts are joined into one of the page: what one declares, those after it use.
const { readdirSync, readFileSync } = require("node:fs");
const globals = require("globals");

const folder = `${__dirname}/nmgeo/page`;
const declared = readdirSync(folder).filter((name) => name.endsWith(".js")).flatMap((name) => (
  [...readFileSync(`${folder}/${name}`, "utf8").matchAll(/^(?:const|function) (\w+)/gm)].map(([, word]) => word)));

const rules = {
  "no-undef": "error", "no-unused-vars": ["error", { varsIgnorePattern: `^(${declared.join("|")})$` }], "prefer-const": "error",
  "no-var": "error", eqeqeq: "error", "no-eval": "error", "no-implied-eval": "error",
  "no-new-func": "error", "no-script-url": "error", "no-else-return": "error", "no-useless-return": "error", "consistent-return": "off",
  "no-unreachable": "error", "no-dupe-keys": "error", "no-dupe-args": "error", "no-fallthrough": "error", "no-self-compare": "error",
  "no-restricted-properties": ["error", { property: "innerHTML", message: "Text is set as text." }, { property: "outerHTML", message: "Text is set as text." }],
};

module.exports = [
  {
    files: ["nmgeo/page/*.js"],
    languageOptions: {
      ecmaVersion: 2023, sourceType: "script",
      globals: { ...globals.browser, L: "readonly", ...Object.fromEntries(declared.map((word) => [word, "readonly"])) },
    },
    rules,
  },
  { files: ["tests/page/*.js"], languageOptions: { ecmaVersion: 2023, sourceType: "commonjs", globals: globals.node }, rules },
];
