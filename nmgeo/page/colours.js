// Colours that can be read on a ground: contrast as WCAG 2 has it.
const Colours = (() => {
  const READ = 4.5;  // least contrast of text
  /** Its red, green and blue. @param {string} colour */
  const parts = (colour) => [1, 3, 5].map((n) => parseInt(colour.slice(n, n + 2), 16));
  function light(colour) {
    const [red, green, blue] = parts(colour).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  /** Of two colours, from 1 to 21. @param {string} one @param {string} other */
  function contrast(one, other) {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }
  /** A colour, so much darker or lighter that text in it can be read. @param {string} colour @param {string} ground */
  function readable(colour, ground) {
    const end = light(ground) > 0.18 ? 0 : 255;
    for (let step = 0; step < 20; step++) {
      const mixed = `#${parts(colour).map((part) => Math.round(part + ((end - part) * step) / 20).toString(16).padStart(2, "0")).join("")}`;
      if (contrast(mixed, ground) >= READ) return mixed;
    }
    return end ? "#ffffff" : "#000000";
  }
  return { parts, contrast, readable };
})();
