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
    this.paint();
  },
  // Whether the view is still on what was painted: a short pan paints nothing.
  holdsView() {
    const size = this._map.getSize(), corner = this._map.containerPointToLayerPoint([0, 0]);
    return Boolean(this._painted?.origin.equals(this._map.getPixelOrigin()) && this._painted.size.equals(size) && this._painted.sharp === devicePixelRatio
      && this._zoom === this._map.getZoom() && this._bounds.contains(L.bounds(corner, corner.add(size))));
  },
  paint() {
    if (!this._bounds) return;
    const canvas = this._container, { min } = this._bounds, size = this._bounds.getSize(), sharp = devicePixelRatio || 1;
    this._painted = { origin: this._map.getPixelOrigin(), size: this._map.getSize(), sharp: devicePixelRatio };
    L.DomUtil.setPosition(canvas, min);
    Object.assign(canvas, { width: size.x * sharp, height: size.y * sharp });
    Object.assign(canvas.style, { width: `${size.x}px`, height: `${size.y}px` });
    const context = canvas.getContext("2d", { alpha: !this.options.isOpaque });
    context.scale(sharp, sharp);
    const begun = performance.now();
    this.options.draw(context, this._map.getZoom(), this._map.getPixelOrigin().add(min), size);
    this._took = Math.min(this._took ?? Infinity, performance.now() - begun); // milliseconds; the first time takes longest
  },
});
