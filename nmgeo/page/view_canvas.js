// A canvas over the view and some way beyond it: no seams between tiles, dashes that run through, and one layer to compose.
/** @type {any} */
const ViewCanvas = L.Renderer.extend({
  // css: its class; isOpaque: what is under it is not seen; draw: what is drawn, given a context, the zoom, the corner in
  // pixels of the world, and the size.
  options: { padding: 0.1, css: "", isOpaque: false, draw: null },
  _initContainer() { this._container = NM.setProps(document.createElement("canvas"), { class: `nm-canvas ${this.options.css}`, "aria-hidden": "true" }); },
  getEvents() { return { .../** @type {any} */ (L.Renderer.prototype).getEvents.call(this), move: this._follow }; },
  // While the map is dragged beyond what was painted, paint on, where that takes no longer than a few frames.
  _follow() {
    if (this._asked || this._took > 80 || this._zoom !== this._map.getZoom() || this.holdsView()) return;
    this._asked = requestAnimationFrame(() => { this._asked = 0; if (this._map && this._container) this._update(); });
  },
  _destroyContainer() { this._container.remove(); delete this._container; delete this._painted; },
  _update() {
    if (this._bounds && (this._map._animatingZoom || this.holdsView())) return;
    /** @type {any} */ (L.Renderer.prototype)._update.call(this);
    const by = this._movedBy();
    if (by) this._paintOn(by);
    else this.paint();
  },
  // Whether the view is still on what was painted: a short pan paints nothing.
  holdsView() {
    const { origin, size, sharp, zoom } = this._painted ?? {}, corner = this._map.containerPointToLayerPoint([0, 0]), view = this._map.getSize();
    return Boolean(origin?.equals(this._map.getPixelOrigin()) && size.equals(view) && sharp === (devicePixelRatio || 1)
      && zoom === this._map.getZoom() && this._bounds.contains(L.bounds(corner, corner.add(view))));
  },
  // What is painted, and of which part of the world.
  _part() {
    return { origin: this._map.getPixelOrigin(), size: this._map.getSize(), sharp: devicePixelRatio || 1, zoom: this._map.getZoom(),
      corner: this._map.getPixelOrigin().add(this._bounds.min), extent: this._bounds.getSize() };
  },
  // How far the map was moved since it was painted; null where nothing of the picture is still in view, or it would lie between pixels.
  _movedBy() {
    const was = this._painted, now = this._part();
    if (!was || was.zoom !== now.zoom || was.sharp !== now.sharp || !was.extent.equals(now.extent)) return null;
    const by = now.corner.subtract(was.corner), { x, y } = now.extent;
    return Math.abs(by.x) < x && Math.abs(by.y) < y && [by.x, by.y, x, y].every((n) => Number.isInteger(n * now.sharp)) ? by : null;
  },
  // Move the picture with the map, and paint beside it what has come into it.
  _paintOn({ x, y }) {
    const canvas = this._container, context = canvas.getContext("2d"), { sharp, extent: { x: wide, y: high } } = this._painted = this._part();
    L.DomUtil.setPosition(canvas, this._bounds.min);
    context.save();
    context.resetTransform();
    context.globalCompositeOperation = "copy";
    context.drawImage(canvas, -x * sharp, -y * sharp);
    context.restore();
    if (x) this._drawPart(context, x > 0 ? wide - x : 0, 0, Math.abs(x), high);
    if (y) this._drawPart(context, Math.max(-x, 0), y > 0 ? high - y : 0, wide - Math.abs(x), Math.abs(y));
  },
  // Draw on a rectangle of the canvas alone.
  _drawPart(context, x, y, width, height) {
    const begun = performance.now();
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.translate(x, y);
    this.options.draw(context, this._painted.zoom, this._painted.corner.add([x, y]), L.point(width, height));
    context.restore();
    this._took = Math.min(this._took ?? Infinity, performance.now() - begun); // milliseconds; the first time takes longest
  },
  // Paint all anew.
  paint() {
    if (!this._bounds || !this._container) return;
    const canvas = this._container, { sharp, extent: { x, y } } = this._painted = this._part();
    L.DomUtil.setPosition(canvas, this._bounds.min);
    Object.assign(canvas, { width: x * sharp, height: y * sharp });
    Object.assign(canvas.style, { width: `${x}px`, height: `${y}px` });
    const context = canvas.getContext("2d", { alpha: !this.options.isOpaque });
    context.scale(sharp, sharp);
    this._drawPart(context, 0, 0, x, y);
  },
});
