// The drawing commands of a canvas, as far as the base uses them, kept as the paths of SVG.
const SvgContext = (() => {
  const round = (n) => Number(n.toFixed(1));
  /** A context to draw on; `paths` holds the attributes of what was drawn. @returns {any} */
  function create() {
    const paths = [];
    let d = "", last = "", dash = [];
    const keep = (looks) => { if (d) paths.push({ d, ...looks }); };
    return {
      paths,
      beginPath() { d = last = ""; },
      moveTo(x, y) { last = `${round(x)} ${round(y)}`; d += `M${last}`; },
      lineTo(x, y) {
        const at = `${round(x)} ${round(y)}`;
        if (at !== last) d += `L${last = at}`;
      },
      rect(x, y, wide, high) { d += `M${round(x)} ${round(y)}h${round(wide)}v${round(high)}h${round(-wide)}Z`; },
      closePath() { d += "Z"; },
      setLineDash(lengths) { dash = lengths; },
      fill(rule = "nonzero") { keep({ fill: this.fillStyle, "fill-rule": rule }); },
      stroke() {
        keep({ fill: "none", stroke: this.strokeStyle, "stroke-width": round(this.lineWidth), "stroke-linejoin": this.lineJoin,
          "stroke-linecap": this.lineCap, "stroke-dasharray": dash.join(" ") || null });
      },
    };
  }
  return { create };
})();
