// Draws each <div data-map="id of its JSON">: the store, the cells as circles by number, lines between them.
// Without tiles (the default) the positions alone are shown, so that it works without internet.
(() => {
  "use strict";
  // Leaflet takes a tooltip for HTML.
  const text = (label) => {
    const span = document.createElement("span");
    span.textContent = label;
    return span;
  };
  const draw = (element) => {
    const data = JSON.parse(document.getElementById(element.dataset.map).textContent);
    const map = L.map(element, { attributionControl: false, scrollWheelZoom: false, maxZoom: 18, zoomControl: false });
    L.control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut }).addTo(map);
    if (data.tiles) L.tileLayer(data.tiles, { maxZoom: 18 }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    const points = data.cells.map((cell) => cell.at);
    for (const cell of data.cells) {
      if (data.store) L.polyline([data.store.at, cell.at], { color: "#8795a5", weight: 1, dashArray: "4 4" }).addTo(map);
      L.circleMarker(cell.at, { radius: Math.min(6 + Math.sqrt(cell.records) * 2, 24), color: "#c43c39", weight: 1, fillOpacity: 0.5 })
        .bindTooltip(text(cell.label), { permanent: data.cells.length < 8, offset: [8, 0] }).addTo(map);
    }
    if (data.store) {
      points.push(data.store.at);
      L.circleMarker(data.store.at, { radius: 8, color: "#155eab", fillOpacity: 1 })
        .bindTooltip(text(data.store.label), { permanent: true, direction: "bottom", offset: [0, 8] }).addTo(map);
    }
    map.fitBounds(L.latLngBounds(points).pad(0.2), { maxZoom: 13 });
  };
  document.querySelectorAll("[data-map]").forEach(draw);
})();
