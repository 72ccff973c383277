// Symbols that differ in shape: disc, diamond, hexagon and square; and places for names in areas.
const Symbols = (() => {
  const corners = (count, turn) => Array.from({ length: count }, (_, n) => (turn + n / count) * 2 * Math.PI);
  const SHAPES = { diamond: [corners(4, 0), 1.25], hexagon: [corners(6, 0), 1.15], square: [corners(4, 0.125), 1.2] };
  function shapePath(shape, x, y, r) {
    if (!SHAPES[shape]) return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    const [angles, size] = SHAPES[shape];
    return `M${angles.map((a) => `${(x + Math.cos(a) * r * size).toFixed(1)} ${(y + Math.sin(a) * r * size).toFixed(1)}`).join("L")}Z`;
  }
  /** @type {any} */
  const Marker = L.CircleMarker.extend({
    _updatePath() {
      const { x, y } = this._point, { shape } = this.options;
      if (!SHAPES[shape]) return /** @type {any} */ (L.CircleMarker.prototype)._updatePath.call(this);
      return this._renderer._setPath(this, this._empty() ? "M0 0" : shapePath(shape, x, y, this._radius));
    },
  });

  const DOT = 6;  // pixels: the radius of each point of several
  /** @type {any} */
  const Dots = L.Polyline.extend({  // several points as one path: discs
    _updatePath() { this._renderer._setPath(this, this._parts.map(([{ x, y }]) => shapePath("disc", x, y, DOT)).join("") || "M0 0"); },
  });

  const rings = (shape) => (shape.type === "Polygon" ? [shape.coordinates] : shape.type === "MultiPolygon" ? shape.coordinates : []);
  /** @param {any} at @param {any[]} polygon */
  const isInside = (at, [outer, ...holes]) => Planar.isInside(at, [outer]) && !holes.some((hole) => Planar.isInside(at, [hole]));
  const STEPS = 14;
  // The steps of the grid from its middle outwards: with a good place found early, most others are left at their first near vertex.
  const OUTWARDS = Array.from({ length: STEPS }, (_, n) => STEPS / 2 + (n % 2 ? -1 : 1) * (Math.floor(n / 2) + 0.5));
  // The square of the distance from a place to the nearest of some vertices; nothing once one of them is nearer than wanted.
  function nearest(x, y, vertices, wanted) {
    let least = Infinity;
    for (const at of vertices) {
      const east = (at[0] - x) * 0.92, north = at[1] - y, far = east * east + north * north;
      if (far <= wanted) return null;
      if (far < least) least = far;
    }
    return least;
  }
  // The place inside a polygon that is farthest from its edges, on a grid; longitude and latitude.
  function middleOf(shape) {
    let best = null, most = -1;
    for (const polygon of rings(shape)) {
      const [left, low, right, high] = Planar.boxOf([polygon]), edges = polygon.flat();
      for (const n of OUTWARDS) {
        for (const m of OUTWARDS) {
          const at = [left + ((right - left) * n) / STEPS, low + ((high - low) * m) / STEPS], far = nearest(at[0], at[1], edges, most);
          if (far !== null && isInside(at, polygon)) [best, most] = [at, far];
        }
      }
    }
    return best;
  }
  return { Marker, Dots, shapePath, middleOf, isInside, rings };
})();
