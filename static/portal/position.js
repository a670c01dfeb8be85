// Where the phone is, and its time, into a form. Without it (or if refused) the form is sent without.
(() => {
  "use strict";
  const field = (name) => document.querySelector(`[data-position="${name}"]`);
  const set = (name, value) => { const one = field(name); if (one) one.value = value; };

  const ask = (block) => {
    const note = block.querySelector("[data-position-note]");
    const say = (key, metres) => { if (note) note.textContent = (note.dataset[key] || "").replace("{m}", metres); };
    if (!navigator.geolocation) { say("refused"); return; }
    say("wait");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        set("latitude", coords.latitude.toFixed(6));
        set("longitude", coords.longitude.toFixed(6));
        set("accuracy", Math.round(coords.accuracy));
        set("datum", "wgs84");
        block.classList.add("has-position");
        say("got", Math.round(coords.accuracy));
      },
      () => say("refused"),
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-position-block]").forEach((block) => {
      block.hidden = false;
      block.querySelector("[data-position-get]")?.addEventListener("click", () => ask(block));
      if ("positionNow" in block.dataset) ask(block);
    });
    document.querySelectorAll("form").forEach((form) => form.addEventListener("submit", () => {
      form.querySelectorAll("[data-phone-time]").forEach((time) => { time.value = new Date().toISOString(); });
    }));
  });
})();
