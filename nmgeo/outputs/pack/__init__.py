"""The pack: a styled GeoPackage, a QGIS project and GeoJSON in one folder or zip."""
