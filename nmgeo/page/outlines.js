// Whether a box or a line meets an outline; points have x and y, a box its left, top, right and bottom.
const Outlines = (() => {
  const side = (a, b, c) => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  const crosses = (a, b, c, d) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
  const isIn = ({ x, y }, box) => x > box.left && x < box.right && y > box.top && y < box.bottom;
  const edges = (rings) => rings.flatMap((ring) => ring.map((at, n) => [at, ring[(n + 1) % ring.length]]));
  const diagonals = ({ left, top, right, bottom }) => [[{ x: left, y: top }, { x: right, y: bottom }], [{ x: left, y: bottom }, { x: right, y: top }]];
  // A place in a hole is outside.
  const isInside = ({ x, y }, rings) => Planar.isInside([x, y], rings.map((ring) => ring.map((at) => [at.x, at.y])));
  /** @param {any[]} ends @param {any} box */
  const lineMeetsBox = ([from, to], box) => isIn(from, box) || isIn(to, box) || diagonals(box).some(([a, b]) => crosses(from, to, a, b));
  const meetsBox = (rings, box) => edges(rings).some((edge) => lineMeetsBox(edge, box)) || isInside({ x: box.left, y: box.top }, rings);
  /** @param {any[][]} rings @param {any[]} ends */
  const meetsLine = (rings, [from, to]) => edges(rings).some(([a, b]) => crosses(a, b, from, to)) || isInside(to, rings);
  return { isInside, lineMeetsBox, meetsBox, meetsLine };
})();
