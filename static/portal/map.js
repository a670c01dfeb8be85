// Draws each <div data-map="id of its JSON">: dots and lines, as core/maps.py gives them.
(() => {
  "use strict";
  const COLOURS = { blue: "#155eab", green: "#1b7f4b", amber: "#b26a00", red: "#c43c39", grey: "#8795a5" };
  // Leaflet takes a tooltip for HTML.
  const text = (label) => {
    const span = document.createElement("span");
    span.textContent = label;
    return span;
  };
  const draw = (element) => {
    const data = JSON.parse(document.getElementById(element.dataset.map).textContent);
    if (!data.dots.length) return;
    const map = L.map(element, { attributionControl: false, scrollWheelZoom: false, maxZoom: 18, zoomControl: false, zoomSnap: 0.25 });
    L.control.zoom({ zoomInTitle: data.zoomIn, zoomOutTitle: data.zoomOut }).addTo(map);
    if (data.tiles) L.tileLayer(data.tiles, { maxZoom: 18 }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    for (const line of data.lines) {
      const style = line.dashed ? { weight: 1, dashArray: "4 4" } : { weight: 2 };
      L.polyline(line.through, { color: COLOURS[line.colour], ...style }).addTo(map);
    }
    for (const dot of data.dots) {
      const circle = L.circleMarker(dot.at, { radius: dot.radius, color: COLOURS[dot.colour], weight: 1, fillOpacity: 0.6 })
        .bindTooltip(text(dot.label), { permanent: dot.always, offset: [8, 0] }).addTo(map);
      if (dot.url) circle.on("click", () => window.location.assign(dot.url));
    }
    map.fitBounds(L.latLngBounds(data.dots.map((dot) => dot.at)).pad(0.1), { maxZoom: 13 });
  };
  document.querySelectorAll("[data-map]").forEach(draw);
})();
