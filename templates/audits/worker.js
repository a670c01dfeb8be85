// Keeps the page of visits and what it is made of; everything else goes to the network.
"use strict";
const PAGE = "{{ page|escapejs }}";
const ASSETS = [{% for asset in assets %}"{{ asset|escapejs }}", {% endfor %}];
const STORE = "visits-" + ASSETS.join("|").split("").reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) >>> 0, 7);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.addAll([PAGE, ...ASSETS])).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("visits-") && name !== STORE;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});
const fresh = async (request) => {
  const store = await caches.open(STORE);
  try {
    const answer = await fetch(request);
    // A page that leads to the sign-in is not kept in the place of the visits.
    if (answer.ok && !answer.redirected) store.put(PAGE, answer.clone());
    return answer;
  } catch {
    return (await store.match(PAGE)) || Response.error();
  }
};
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname === PAGE) event.respondWith(fresh(event.request));
  else if (ASSETS.includes(url.pathname)) event.respondWith(caches.match(url.pathname).then((kept) => kept || fetch(event.request)));
});
