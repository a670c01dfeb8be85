// Serials by the phone's camera, where the browser reads barcodes itself. Without it hand scanner and keyboard stay.
(() => {
  "use strict";
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const PAUSE = 250; // milliseconds between two looks

  const open = (field, button, words) => {
    const video = document.createElement("video");
    video.className = "scan-view";
    video.muted = true;
    video.setAttribute("playsinline", "");
    video.setAttribute("aria-label", words.scan);
    const seen = new Set(field.value.split(/\s+/));
    const detector = new window.BarcodeDetector();
    let stream = null;
    let timer = 0;
    const close = () => {
      clearTimeout(timer);
      stream?.getTracks().forEach((track) => track.stop());
      video.remove();
      button.textContent = words.scan;
      button.onclick = () => open(field, button, words);
    };
    const look = async () => {
      try {
        for (const code of await detector.detect(video)) {
          const serial = code.rawValue.trim();
          if (!serial || seen.has(serial)) continue;
          seen.add(serial);
          field.value += `${field.value && !field.value.endsWith("\n") ? "\n" : ""}${serial}\n`;
          navigator.vibrate?.(60);
        }
      } catch { /* this picture could not be read; the next one may */ }
      if (video.isConnected) timer = setTimeout(look, PAUSE);
    };
    button.textContent = words.stop;
    button.onclick = close;
    field.before(video);
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then((found) => {
      stream = found;
      video.srcObject = found;
      video.play().catch(() => { /* it was closed before it began */ });
      return look();
    }).catch(() => { close(); button.textContent = words.refused; });
  };

  document.querySelectorAll("textarea[data-scan]").forEach((field) => {
    const words = { scan: field.dataset.scan, stop: field.dataset.scanStop, refused: field.dataset.scanRefused };
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn scan-button";
    button.textContent = words.scan;
    button.onclick = () => open(field, button, words);
    field.after(button);
  });
})();
