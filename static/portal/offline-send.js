// Sends the visits that a phone kept: one after the other, each step once, in order. After every step the
// visit is stored with how far it came, so that whatever happens in between nothing is sent twice or lost.
window.portalVisits = (() => {
  "use strict";
  const body = document.body.dataset;

  class Refused extends Error {}
  class SignedOut extends Error {}

  const call = async (token, url, fields, asForm = false) => {
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    let data;
    if (asForm) { data = new FormData(); Object.entries(fields).forEach(([name, value]) => data.append(name, value)); }
    else if (fields) { headers["Content-Type"] = "application/json"; data = JSON.stringify(fields); }
    const answer = await fetch(url, { method: fields ? "POST" : "GET", body: data, headers, credentials: "same-origin" });
    if (answer.status === 401) throw new SignedOut();
    if (answer.status >= 500 || answer.status === 429) throw new TypeError(`HTTP ${answer.status}`);
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(said.detail || said.title || Object.values(said).flat().join(" ") || `HTTP ${answer.status}`);
    return said;
  };

  const known = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined));
  // What has to be done for a visit, always the same for the same visit.
  const steps = (visit) => {
    const place = () => `${body.visits}${visit.pk}/`;
    const found = [];
    found.push(async (token) => {
      const { latitude, longitude, accuracy_m } = visit.fix || {};
      const said = await call(token, body.visits, known({ dealer: visit.dealer.code, kind: visit.kind, client_id: visit.id, phone_at: visit.began, late: true, template: visit.template, latitude, longitude, accuracy_m }));
      visit.pk = said.id;
    });
    Object.entries(visit.answers).filter(([, one]) => one.value || one.note).forEach(([question, one]) => found.push((token) => call(token, `${place()}answer/`, { question: Number(question), value: one.value, note: one.note || "" })));
    visit.findings.forEach((one, index) => found.push(async (token) => {
      const said = await call(token, `${place()}findings/`, { category: one.category, text: one.text });
      visit.known[`f:${index}`] = said.id;
    }));
    found.push(async (token) => {
      const said = await call(token, place());
      said.findings.filter((one) => one.question && one.state === "open").forEach((one) => { visit.known[`q:${one.question}`] = one.id; });
    });
    visit.photos.forEach((one) => found.push(async (token) => {
      const finding = one.of ? visit.known[one.of] : null;
      try {
        await call(token, `${place()}photos/`, known({ photo: new File([one.blob], one.name || "photo.jpg", { type: one.blob.type }), question: one.question, finding }), true);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        visit.message = error.message;  // the visit goes on without it, and says so
      }
    }));
    found.push((token) => call(token, `${place()}check-out/`, { phone_at: visit.ended, distance_reason: visit.distance_reason, length_reason: visit.length_reason, summary: visit.summary }));
    return found;
  };

  const sendOne = async (visit, token, keep) => {
    const all = steps(visit);
    visit.total = all.length;
    while (visit.done < all.length) {
      await all[visit.done](token);
      visit.done += 1;
      await keep(visit);
    }
    visit.state = "sent";
    visit.photos = [];
    await keep(visit);
  };

  // `keep` stores a visit and shows it. Returns "" or why nothing more is sent now: "offline", "signed-out".
  const send = async (visits, user, token, keep) => {
    for (const visit of visits.filter((one) => one.state === "waiting" && one.user === user)) {
      try { await sendOne(visit, token, keep); } catch (error) {
        if (error instanceof SignedOut) return "signed-out";
        if (!(error instanceof Refused)) return "offline";
        visit.state = "stuck";
        visit.message = error.message;
        await keep(visit);
      }
    }
    return "";
  };
  return { send };
})();
