// Plane geometry on the grid, in metres: areas, overlaps, buffers, distances and crossings.
// A region is a list of rings of [x, y], the first vertex not repeated; even-odd, so a hole is a ring.
// A union is a list of regions that may overlap.
const Planar = (() => {
  const SEGMENTS = 64;  // per quarter circle, as the command line has it
  const ON_EDGE = 1e-4;  // metres; a place so near to the side of a piece is on its side, not in it
  const MIN_TURN = 1e-9;  // radians; a smaller turn is no bend
  const MOST_ROWS = 20000;  // rows over which an area is added up

  /** @param {Ring} ring */
  const signedArea = (ring) => ring.reduce((sum, [x, y], n) => {
    const [a, b] = ring.at(n - 1);
    return sum + (a - ring[0][0]) * (y - ring[0][1]) - (x - ring[0][0]) * (b - ring[0][1]);
  }, 0) / 2;
  /** @param {Ring} ring */
  const perimeter = (ring) => ring.reduce((sum, [x, y], n) => sum + Math.hypot(x - ring.at(n - 1)[0], y - ring.at(n - 1)[1]), 0);
  /** @param {Place} place @param {Region} region */
  function isInside([x, y], region) {
    let inside = false;
    for (const ring of region) {
      for (let n = 0, m = ring.length - 1; n < ring.length; m = n++) {
        const a = ring[n][0], b = ring[n][1], c = ring[m][0], d = ring[m][1];  // taking pairs apart takes several times as long
        if ((b > y) !== (d > y) && x < ((c - a) * (y - b)) / (d - b) + a) inside = !inside;
      }
    }
    return inside;
  }
  /** @param {Region[]} union */
  function boxOf(union) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of union.flat(2)) {
      box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
    }
    return box;
  }

  // Heights between which no edge begins or ends: a width in the middle of two is that of a trapezoid.
  function rowEdges(unions, low, high) {
    const heights = unions.flat(3).map(([, y]) => y).filter((y) => y > low && y < high);
    const fine = Math.max((high - low) / 3000, 0.5), all = heights.length < MOST_ROWS ? heights : [];
    const sorted = [low, ...all, high].sort((a, b) => a - b), edges = [low];
    for (const y of sorted) {
      const last = edges.at(-1), parts = Math.ceil((y - last) / fine);
      for (let n = 1; n <= parts; n++) edges.push(last + ((y - last) * n) / parts);
    }
    return edges;
  }
  // The first row whose middle is not below a height.
  function rowAt(middles, y) {
    let low = 0, high = middles.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (middles[middle] < y) low = middle + 1; else high = middle;
    }
    return low;
  }
  // For each row the stretches that a union covers, as starts and ends in turn, joined and in order.
  function stretches(union, middles) {
    const rows = middles.map(() => []);
    for (const region of union) {
      const met = new Map();
      for (const ring of region) {
        for (let n = 0, m = ring.length - 1; n < ring.length; m = n++) {
          const [[a, b], [c, d]] = [ring[m], ring[n]], slope = (c - a) / (d - b);
          const from = rowAt(middles, Math.min(b, d)), to = rowAt(middles, Math.max(b, d));
          for (let row = from; row < to; row++) {
            const x = a + slope * (middles[row] - b), xs = met.get(row);
            if (xs) xs.push(x); else met.set(row, [x]);
          }
        }
      }
      for (const [row, xs] of met) {
        if (xs.length > 2) xs.sort((one, other) => one - other);
        for (let n = 0; n + 1 < xs.length; n += 2) rows[row].push(xs[n] < xs[n + 1] ? [xs[n], xs[n + 1]] : [xs[n + 1], xs[n]]);
      }
    }
    return rows.map(join);
  }
  function join(pairs) {
    if (pairs.length > 1) pairs.sort((one, other) => one[0] - other[0]);
    const joined = [];
    for (const [from, to] of pairs) {
      if (joined.length && from <= joined[joined.length - 1]) joined[joined.length - 1] = Math.max(joined[joined.length - 1], to);
      else joined.push(from, to);
    }
    return joined;
  }
  const lengthOf = (row) => { let sum = 0; for (let n = 0; n < row.length; n += 2) sum += row[n + 1] - row[n]; return sum; };
  function commonLength(one, other) {
    let sum = 0, n = 0, m = 0;
    while (n < one.length && m < other.length) {
      sum += Math.max(Math.min(one[n + 1], other[m + 1]) - Math.max(one[n], other[m]), 0);
      if (one[n + 1] < other[m + 1]) n += 2; else m += 2;
    }
    return sum;
  }
  const addUp = (edges, width) => edges.slice(1).reduce((sum, y, row) => sum + (y - edges[row]) * width(row), 0);
  const middlesOf = (edges) => edges.slice(1).map((y, row) => (y + edges[row]) / 2);
  /** Square metres of a union, what overlaps counted once. @param {Region[]} union */
  function area(union) {
    const [, low, , high] = boxOf(union);
    if (!(high > low)) return 0;
    const edges = rowEdges([union], low, high), rows = stretches(union, middlesOf(edges));
    return addUp(edges, (row) => lengthOf(rows[row]));
  }
  /** Square metres that two unions have in common. @param {Region[]} one @param {Region[]} other */
  function overlap(one, other) {
    const [[a, b, c, d], [e, f, g, h]] = [boxOf(one), boxOf(other)], low = Math.max(b, f), high = Math.min(d, h);
    if (!(high > low) || c < e || g < a) return 0;
    const edges = rowEdges([one, other], low, high), middles = middlesOf(edges);
    const [rows, others] = [stretches(one, middles), stretches(other, middles)];
    return addUp(edges, (row) => commonLength(rows[row], others[row]));
  }

  // Whether a place lies in the rectangle along a segment, on either side of it.
  function isBeside(at, from, to, r) {
    const [far, part] = nearestOn(at, from, to);
    return far < r - ON_EDGE && part > 0 && part < 1;
  }
  // Whether a place lies in a sector that turns with the clock from its first side on, and whose edge is made of chords.
  function isInSector([x, y], [a, b], [u, v], turn, steps) {
    const [east, north] = [x - a, y - b], far = Math.hypot(east, north), r = Math.hypot(u, v), step = turn / steps;
    if (far >= r - ON_EDGE) return false;
    const angle = (Math.atan2(v * east - u * north, u * east + v * north) + 2 * Math.PI) % (2 * Math.PI);
    return angle <= turn && far < r * Math.cos(step / 2) / Math.cos((angle % step) - step / 2) - ON_EDGE;
  }
  // The rectangle beside each edge on the left of a path, and a sector at each bend to the right; their outer sides.
  function leftPieces(path, closed, r) {
    const line = path.filter(([x, y], n) => { const [a, b] = n ? path[n - 1] : closed ? path.at(-1) : [NaN, NaN]; return x !== a || y !== b; });
    const count = closed ? line.length : line.length - 1, pieces = [];
    const along = Array.from({ length: count }, (_, n) => {
      const [[a, b], [c, d]] = [line[n], line[(n + 1) % line.length]], long = Math.hypot(c - a, d - b);
      return [(c - a) / long * r, (d - b) / long * r];
    });
    const across = along.map(([x, y]) => [-y, x]), add = (/** @type {Place} */ [x, y], /** @type {Place} */ [u, v]) => [x + u, y + v];
    for (let n = 0; n < count; n++) {
      const [from, to] = [line[n], line[(n + 1) % line.length]], outer = [add(from, across[n]), add(to, across[n])];
      pieces.push({ ring: [from, to, outer[1], outer[0]], outer, holds: (at) => isBeside(at, from, to, r) });
    }
    const bend = (centre, first, last) => {
      let turn = Math.atan2(first[1] * last[0] - first[0] * last[1], first[0] * last[0] + first[1] * last[1]);
      if (turn < MIN_TURN - Math.PI) turn += 2 * Math.PI;
      if (turn < MIN_TURN) return;
      const steps = Math.ceil(turn / (Math.PI / 2 / SEGMENTS) - MIN_TURN);
      const outer = Array.from({ length: steps + 1 }, (_, n) => {
        if (n === steps) return add(centre, last);
        const [cos, sin] = [Math.cos((turn * n) / steps), Math.sin((turn * n) / steps)];
        return add(centre, [first[0] * cos + first[1] * sin, first[1] * cos - first[0] * sin]);
      });
      pieces.push({ ring: [centre, ...outer], outer, holds: (at) => isInSector(at, centre, first, turn, steps) });
    };
    for (let n = closed ? 0 : 1; n < count; n++) bend(line[n], across.at(n - 1), across[n]);
    if (!closed) {
      bend(line[0], [-along[0][0], -along[0][1]], across[0]);
      bend(line.at(-1), across.at(-1), along.at(-1));
    }
    return pieces;
  }
  /** @typedef {number[]} Place easting and northing in metres */
  /** @typedef {Place[]} Ring */
  /** @typedef {Ring[]} Region */
  /** @typedef {{points?: Place[], lines?: Place[][], region?: Region}} Shape */
  const circle = ([x, y], r) => Array.from({ length: 4 * SEGMENTS }, (_, n) => {
    const angle = (n * Math.PI) / 2 / SEGMENTS;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });
  // Rings go with their land on the left: outer rings against the clock, holes with it.
  const oriented = (region) => region.map((ring, n) => {
    const isHole = isInside(ring[0], region.filter((_, m) => m !== n));
    return (signedArea(ring) > 0) === isHole ? [...ring].reverse() : ring;
  });
  // What is drawn round a shape: { points, lines, region }, each a list of places, of paths, or of rings.
  function pieces({ points = [], lines = [], region = [] }, r) {
    const rings = oriented(region).flatMap((ring) => leftPieces([...ring].reverse(), true, r));
    const sides = lines.flatMap((line) => [line, [...line].reverse()]).filter((line) => line.length > 1);
    const circles = points.map((at) => { const ring = circle(at, r); return { ring, outer: [...ring, ring[0]], holds: (other) => isInSector(other, at, [r, 0], 2 * Math.PI, 4 * SEGMENTS) }; });
    return [...rings, ...sides.flatMap((line) => leftPieces(line, false, r)), ...circles];
  }
  /** The buffer of a shape, as a union. @param {Shape} shape @param {number} r @returns {Region[]} */
  const buffer = (shape, r) => [...(shape.region?.length ? [shape.region] : []), ...pieces(shape, r).map(({ ring }) => [ring])];

  // Metres from a place to a segment, and how far along it the nearest place lies, from 0 to 1.
  /** @param {Place} place @param {Place} from @param {Place} to */
  function nearestOn([x, y], [a, b], [c, d]) {
    const [u, v] = [c - a, d - b], square = u * u + v * v;
    const part = square ? Math.min(Math.max(((x - a) * u + (y - b) * v) / square, 0), 1) : 0;
    return [Math.hypot(x - a - part * u, y - b - part * v), part];
  }
  /** @param {Place} place @param {Place} from @param {Place} to */
  const toSegment = (place, from, to) => nearestOn(place, from, to)[0];
  const turnOf = (/** @type {Place} */ [a, b], /** @type {Place} */ [c, d], /** @type {Place} */ [e, f]) => Math.sign((c - a) * (f - b) - (d - b) * (e - a));
  const between = (/** @type {Place} */ [a, b], /** @type {Place} */ [c, d], /** @type {Place} */ [e, f]) => Math.min(a, c) <= e && e <= Math.max(a, c) && Math.min(b, d) <= f && f <= Math.max(b, d);
  /** Whether two segments have a place in common. @param {Place} a @param {Place} b @param {Place} c @param {Place} d */
  function crosses(a, b, c, d) {
    const [one, two, three, four] = [turnOf(a, b, c), turnOf(a, b, d), turnOf(c, d, a), turnOf(c, d, b)];
    if (one !== two && three !== four) return true;
    return (!one && between(a, b, c)) || (!two && between(a, b, d)) || (!three && between(c, d, a)) || (!four && between(c, d, b));
  }
  /** Whether an edge of a path meets another; neighbours have their common corner only. @param {Place[]} path @param {boolean} closed */
  function crossesItself(path, closed) {
    const count = closed ? path.length : path.length - 1, end = (n) => path[(n + 1) % path.length];
    for (let n = 0; n < count; n++) {
      if (path[n][0] === end(n)[0] && path[n][1] === end(n)[1]) return true;
      for (let m = n + 1; m < count; m++) {
        const next = m === n + 1, first = closed && n === 0 && m === count - 1;
        if (next && first) continue;  // a triangle has been seen through by its other edges
        if (next ? folds(path[n], end(n), end(m)) : first ? folds(path[m], path[n], end(n)) : crosses(path[n], end(n), path[m], end(m))) return true;
      }
    }
    return false;
  }
  // Whether a path goes back over itself at a corner.
  const folds = (/** @type {Place} */ [a, b], /** @type {Place} */ [x, y], /** @type {Place} */ [c, d]) => {
    const [u, v, w, z] = [a - x, b - y, c - x, d - y], across = u * z - v * w, long = Math.hypot(u, v) * Math.hypot(w, z);
    return u * w + v * z > 0 && Math.abs(across) <= 1e-9 * long;
  };

  function* segmentsOf({ lines = [], region = [] }) {
    for (const line of lines) for (let n = 1; n < line.length; n++) yield [line[n - 1], line[n]];
    for (const ring of region) for (let n = 0; n < ring.length; n++) yield [ring.at(n - 1), ring[n]];
  }
  const placesOf = ({ points = [], lines = [], region = [] }) => [...points, ...lines.flat(), ...region.flat()];
  /** Metres between two shapes; 0 where they meet. @param {Shape} one @param {Shape} other */
  function distance(one, other) {
    const [edges, others] = [[...segmentsOf(one)], [...segmentsOf(other)]], [places, there] = [placesOf(one), placesOf(other)];
    if (!places.length || !there.length) return Infinity;
    if (one.region?.length && there.some((at) => isInside(at, one.region))) return 0;
    if (other.region?.length && places.some((at) => isInside(at, other.region))) return 0;
    let least = Infinity;
    for (const at of places) for (const [a, b] of others) least = Math.min(least, toSegment(at, a, b));
    for (const at of there) for (const [a, b] of edges) least = Math.min(least, toSegment(at, a, b));
    if (!edges.length && !others.length) for (const at of places) for (const to of there) least = Math.min(least, Math.hypot(at[0] - to[0], at[1] - to[1]));
    if (least > 0 && edges.some(([a, b]) => others.some(([c, d]) => crosses(a, b, c, d)))) return 0;
    return least;
  }
  /** The edge of a buffer: the outer sides of its pieces, without what lies within the distance. @param {Shape} shape @param {number} r */
  function bufferEdge(shape, r) {
    const drawn = pieces(shape, r), isEdge = (at) => !(drawn.some(({ holds }) => holds(at)) || (shape.region?.length && isInside(at, shape.region)));
    const mix = ([a, b], [c, d], part) => [a + (c - a) * part, b + (d - b) * part];
    const border = (on, off) => {  // where a kept place and one within the distance part
      for (let n = 0; n < 24; n++) { const middle = mix(on, off, 0.5); if (isEdge(middle)) on = middle; else off = middle; }
      return on;
    };
    const paths = [];
    for (const { outer } of drawn) {
      const places = outer.flatMap((at, n) => {
        if (!n) return [at];
        const parts = Math.max(Math.ceil(Math.hypot(at[0] - outer[n - 1][0], at[1] - outer[n - 1][1]) / Math.max(10, r / 40)), 1);
        return Array.from({ length: parts }, (_, m) => mix(outer[n - 1], at, (m + 1) / parts));
      });
      let path = null, last = null;
      for (const at of places) {
        if (isEdge(at)) {
          if (!path) paths.push(path = last ? [border(at, last)] : []);
          path.push(at);
        } else if (path) { path.push(border(path.at(-1), at)); path = null; }
        last = at;
      }
    }
    return paths.filter((path) => path.length > 1);
  }
  const length = (paths) => paths.reduce((sum, path) => sum + path.reduce((part, [x, y], n) => part + (n ? Math.hypot(x - path[n - 1][0], y - path[n - 1][1]) : 0), 0), 0);
  return { area, overlap, buffer, bufferEdge, boxOf, crossesItself, distance, isInside, length, perimeter, signedArea };
})();
