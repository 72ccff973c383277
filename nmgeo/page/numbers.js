// Numbers as text, with commas. As Intl.NumberFormat for English, which takes about 25 ms to make: it is left to numbers of more than 15 digits.
const Numbers = (() => {
  const formats = {};
  function format(value, places, most) {
    formats[[places, most]] ??= new Intl.NumberFormat("en", { minimumFractionDigits: places, maximumFractionDigits: most });
    return formats[[places, most]].format(value);
  }
  /** At least and at most so many decimals, rounded half up as the number is written. @param {number} value */
  function text(value, places = 0, most = places) {
    const written = String(Math.abs(value)), [whole, part = ""] = written.split("."), shift = Math.min(part.length, most);
    const digits = Number(whole + part.slice(0, shift)) + Number(part[most] >= "5");
    if (written.includes("e") || !Number.isSafeInteger(digits)) return format(value, places, most);
    const all = String(digits).padStart(shift + 1, "0"), end = all.length - shift;
    const decimals = all.slice(end).padEnd(places, "0").replace(/0+$/, (zeros, at) => zeros.slice(0, Math.max(places - at, 0)));
    return (value < 0 ? "-" : "") + all.slice(0, end).replace(/\B(?=(\d{3})+$)/g, ",") + (decimals && `.${decimals}`);
  }
  return { text };
})();
