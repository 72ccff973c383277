// CSV files, in which no text runs as a formula of a spreadsheet.
const Csv = (() => {
  // As nmgeo.formats.formulas has it: a sign after any blanks, also in full width, or a tab or a line end.
  const FORMULA = /^(?:[\t\r\n\v\f]|[ \u00a0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])/;
  const NUMBER = /^[+-]?[\d.]+$/;
  /** @param {string} text */
  const guard = (text) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
  /** @param {any} value @returns {string} */
  function cell(value) {
    if (value === null || value === undefined || value === "") return "";
    if (typeof value === "number") return String(value);
    const safe = guard(typeof value === "object" ? JSON.stringify(value) : String(value));
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }
  /** The text of a file: the heads, then the rows, in UTF-8 that spreadsheets recognise. @param {string[]} heads @param {any[][]} rows */
  const text = (heads, rows) => `\ufeff${[heads, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
  return { cell, guard, text };
})();
