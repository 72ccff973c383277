// Tiles as the base map: those of a host, or those that the page holds.
const Tiles = (() => {
  const { data, state, t } = NM;
  const NOTHING = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";
  const layers = [];
  let map;

  /** @type {any} */
  const Held = L.TileLayer.extend({
    getTileUrl({ x, y }) {
      const key = `${this._getZoomForUrl()}/${x}/${y}`;
      return Object.hasOwn(data.tiles.pictures, key) ? data.tiles.pictures[key] : NOTHING;
    },
  });
  // Leaflet sets an attribution as markup: text that a file holds is made harmless.
  const asText = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  function held() {
    const { least_zoom: least, most_zoom: most, attribution } = data.tiles;
    return new Held("", { minNativeZoom: least, maxNativeZoom: most, minZoom: 0, maxZoom: map.getMaxZoom(), attribution: asText(attribution) });
  }
  function start(into) {
    map = into;
    const told = NM.byId("nm-tiles");
    if (data.tiles) layers.push(held());
    map.eachLayer((layer) => { if (layer instanceof L.TileLayer) layers.push(layer); });
    const unreached = () => { told.textContent = t("tiles_off"); };
    if (!data.tiles) watch(layers[0]);
    for (const layer of layers) {
      if (!data.tiles) layer.once("tileerror", () => { NM.listen(unreached); unreached(); });
      NM.listen(() => layer.setOpacity(state.opacity / 100)[Compare.isShown("tiles") ? "addTo" : "remove"](map));
    }
  }
  // Show the base instead, if no tile of the first view came.
  function watch(background) {
    let came = false;
    background?.once("tileload", () => { came = true; });
    background?.once("load", () => { if (!came && BaseMap.has && state.base === "tiles") NM.set({ base: "base" }); });
  }
  // Make the tiles fainter, in per cent, so that the data stand out.
  function fade(opacity) {
    state.opacity = opacity;
    layers.forEach((layer) => layer.setOpacity(opacity / 100));
    Tools.writeHash();
  }
  return { start, fade };
})();
