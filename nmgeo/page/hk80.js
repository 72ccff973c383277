// Hong Kong 1980 Grid: coordinates of points, lengths in metres and areas in hectares.
// Datum shift EPSG:1825 (7 parameters), then a transverse Mercator series on International 1924.
const Grid = (() => {
  const rad = Math.PI / 180, sec = rad / 3600;
  const ellipsoid = (a, f, e = f * (2 - f)) => ({ a, e, v: (lat) => a / Math.sqrt(1 - e * Math.sin(lat) ** 2) });
  const WGS = ellipsoid(6378137, 1 / 298.257223563), INT = ellipsoid(6378388, 1 / 297);
  const T = [-162.619, -276.959, -161.764];
  const R = [-0.067753 * sec, 2.243648 * sec, 1.158828 * sec], S = 1 - 1.094246e-6;
  const LAT0 = (22 + 18 / 60 + 43.68 / 3600) * rad, LON0 = (114 + 10 / 60 + 42.8 / 3600) * rad;
  const E0 = 836694.05, N0 = 819069.8;

  function geocentric(lat, lon, { e, v }) {
    const flat = v(lat) * Math.cos(lat);
    return [flat * Math.cos(lon), flat * Math.sin(lon), v(lat) * (1 - e) * Math.sin(lat)];
  }

  /** @param {number[]} place @param {Record<string, any>} of @returns {[number, number]} */
  function geographic([x, y, z], { e, v }) {
    const p = Math.hypot(x, y);
    let lat = Math.atan2(z, p * (1 - e));
    for (let n = 0; n < 5; n++) lat = Math.atan2(z + e * v(lat) * Math.sin(lat), p);
    return [lat, Math.atan2(y, x)];
  }

  function meridian(lat) {
    const { a, e } = INT;
    return a * ((1 - e / 4 - (3 * e ** 2) / 64 - (5 * e ** 3) / 256) * lat
      - ((3 * e) / 8 + (3 * e ** 2) / 32 + (45 * e ** 3) / 1024) * Math.sin(2 * lat)
      + ((15 * e ** 2) / 256 + (45 * e ** 3) / 1024) * Math.sin(4 * lat)
      - ((35 * e ** 3) / 3072) * Math.sin(6 * lat));
  }
  /** WGS 84 degrees to easting and northing in metres. @param {number} latDeg @param {number} lonDeg @returns {[number, number]} */
  function toGrid(latDeg, lonDeg) {
    const [x, y, z] = geocentric(latDeg * rad, lonDeg * rad, WGS).map((c, n) => (c - T[n]) / S);
    const [rx, ry, rz] = R;
    const back = [x - rz * y + ry * z, rz * x + y - rx * z, -ry * x + rx * y + z];
    const [lat, lon] = geographic(back, INT);
    const ep = INT.e / (1 - INT.e), t = Math.tan(lat) ** 2, c = ep * Math.cos(lat) ** 2;
    const v = INT.v(lat), a = (lon - LON0) * Math.cos(lat);
    const east = v * (a + ((1 - t + c) * a ** 3) / 6
      + ((5 - 18 * t + t * t + 72 * c - 58 * ep) * a ** 5) / 120);
    const north = meridian(lat) - meridian(LAT0) + v * Math.tan(lat) * ((a * a) / 2
      + ((5 - t + 9 * c + 4 * c * c) * a ** 4) / 24);
    return [E0 + east, N0 + north];
  }
  // Easting and northing to degrees, by Newton's method on the other direction; exact to a millimetre.
  function toDegrees(east, north) {
    let [lat, lng] = [22.3 + (north - N0) / 110750, 114.18 + (east - E0) / 103000];
    for (let n = 0; n < 6; n++) {
      const [e, m] = toGrid(lat, lng);
      lat += (north - m) / 110750;
      lng += (east - e) / 103000;
    }
    return L.latLng(lat, lng);
  }
  const onGrid = (points) => points.map(({ lat, lng }) => toGrid(lat, lng));
  const metres = (points) => onGrid(points).reduce((sum, [e, n], i, line) => {
    const [f, m] = line[Math.max(i - 1, 0)];
    return sum + Math.hypot(e - f, n - m);
  }, 0);
  const signedHectares = (points) => onGrid(points).reduce((sum, [e, n], i, ring) => {
    const [f, m] = ring.at(i - 1);
    return sum + (f - E0) * (n - N0) - (e - E0) * (m - N0);
  }, 0) / 2e4;
  const hectares = (points) => Math.abs(signedHectares(points));
  return { toGrid, toDegrees, metres, hectares, signedHectares };
})();
