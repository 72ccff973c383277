// The Hong Kong 1980 Grid in the page: where a point lies, how long a line and how large an area is.
// Datum shift EPSG:1825 (7 parameters), then a transverse Mercator series on International 1924.
const Grid = (() => {
  "use strict";
  const rad = Math.PI / 180, sec = rad / 3600;
  const WGS = { a: 6378137, f: 1 / 298.257223563 }, INT = { a: 6378388, f: 1 / 297 };
  const T = [-162.619, -276.959, -161.764];
  const R = [-0.067753 * sec, 2.243648 * sec, 1.158828 * sec], S = 1 - 1.094246e-6;
  const LAT0 = (22 + 18 / 60 + 43.68 / 3600) * rad, LON0 = (114 + 10 / 60 + 42.8 / 3600) * rad;
  const E0 = 836694.05, N0 = 819069.8;

  const e2 = ({ f }) => f * (2 - f);

  function geocentric(lat, lon, ell) {
    const v = ell.a / Math.sqrt(1 - e2(ell) * Math.sin(lat) ** 2);
    return [v * Math.cos(lat) * Math.cos(lon), v * Math.cos(lat) * Math.sin(lon), v * (1 - e2(ell)) * Math.sin(lat)];
  }

  function geographic([x, y, z], ell) {
    const p = Math.hypot(x, y);
    let lat = Math.atan2(z, p * (1 - e2(ell)));
    for (let n = 0; n < 5; n++) {
      const v = ell.a / Math.sqrt(1 - e2(ell) * Math.sin(lat) ** 2);
      lat = Math.atan2(z + e2(ell) * v * Math.sin(lat), p);
    }
    return [lat, Math.atan2(y, x)];
  }

  function meridian(lat) {
    const e = e2(INT);
    return INT.a * (
      (1 - e / 4 - (3 * e ** 2) / 64 - (5 * e ** 3) / 256) * lat
      - ((3 * e) / 8 + (3 * e ** 2) / 32 + (45 * e ** 3) / 1024) * Math.sin(2 * lat)
      + ((15 * e ** 2) / 256 + (45 * e ** 3) / 1024) * Math.sin(4 * lat)
      - ((35 * e ** 3) / 3072) * Math.sin(6 * lat)
    );
  }

  // WGS 84 degrees to easting and northing in metres.
  function grid(latDeg, lonDeg) {
    const [x, y, z] = geocentric(latDeg * rad, lonDeg * rad, WGS).map((c, n) => (c - T[n]) / S);
    const [rx, ry, rz] = R;
    const back = [x - rz * y + ry * z, rz * x + y - rx * z, -ry * x + rx * y + z];
    const [lat, lon] = geographic(back, INT);
    const e = e2(INT), ep = e / (1 - e), t = Math.tan(lat) ** 2, c = ep * Math.cos(lat) ** 2;
    const v = INT.a / Math.sqrt(1 - e * Math.sin(lat) ** 2), a = (lon - LON0) * Math.cos(lat);
    const east = v * (a + ((1 - t + c) * a ** 3) / 6
      + ((5 - 18 * t + t * t + 72 * c - 58 * ep) * a ** 5) / 120);
    const north = meridian(lat) - meridian(LAT0) + v * Math.tan(lat) * ((a * a) / 2
      + ((5 - t + 9 * c + 4 * c * c) * a ** 4) / 24);
    return [E0 + east, N0 + north];
  }

  const metres = (points) => points.slice(1).reduce((sum, p, n) => {
    const [e1, n1] = grid(points[n].lat, points[n].lng), [e2_, n2] = grid(p.lat, p.lng);
    return sum + Math.hypot(e2_ - e1, n2 - n1);
  }, 0);

  function hectares(points) {
    const ring = points.map((p) => grid(p.lat, p.lng));
    const twice = ring.reduce((sum, [e, n], i) => {
      const [f, m] = ring[(i + 1) % ring.length];
      return sum + (e - E0) * (m - N0) - (f - E0) * (n - N0);
    }, 0);
    return Math.abs(twice) / 2e4;
  }

  return { grid, metres, hectares };
})();
