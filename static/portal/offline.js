// Visits without connection. Stores and checklists that were taken along, and the visits themselves, are kept in the
// phone's own database; what is finished is sent by offline-send.js as soon as there is a connection.
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("words").textContent);
  const data = document.body.dataset, kv = window.idbKeyval;
  const screen = document.querySelector("[data-screen]"), line = document.querySelector("[data-state]");
  const state = { luggage: null, visits: [], token: "", signedOut: false, at: null, step: 0 };

  const h = (tag, given = {}, ...inside) => {
    const made = document.createElement(tag);
    Object.entries(given).forEach(([name, value]) => {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "class") made.className = value;
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    });
    made.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
    return made;
  };
  const say = (text, values) => Object.entries(values).reduce((sum, [name, value]) => sum.replace(`{${name}}`, value), text);
  const show = (...inside) => { screen.replaceChildren(...inside); window.scrollTo(0, 0); screen.focus({ preventScroll: true }); };

  // Kept on the phone
  const keep = async (visit) => {
    try { await kv.set(`visit:${visit.id}`, visit); } catch { line.textContent = words.full; return false; }
    if (!state.visits.includes(visit)) state.visits.push(visit);
    onPhone();
    return true;
  };
  const load = async () => {
    state.luggage = (await kv.get("luggage")) || null;
    const names = (await kv.keys()).filter((name) => String(name).startsWith("visit:"));
    state.visits = (await kv.getMany(names)).sort((a, b) => (a.began < b.began ? -1 : 1));
  };

  // The network
  const refresh = async () => {
    try {
      const answer = await fetch(data.luggage, { credentials: "same-origin", headers: { Accept: "application/json" } });
      state.signedOut = answer.redirected || answer.status === 401 || answer.status === 403;
      if (answer.ok && !answer.redirected) {
        const { token, ...taken } = await answer.json();
        state.token = token;
        state.luggage = taken;
        await kv.set("luggage", taken);
      }
    } catch { state.token = ""; }
    tell();
  };
  const tell = () => {
    const asOf = state.luggage ? ` · ${say(words.as_of, { day: state.luggage.day })}` : "";
    line.textContent = `${navigator.onLine && state.token ? words.online : words.offline}${asOf}`;
  };
  let busy = false;
  const send = async () => {
    if (busy) return;
    busy = true;
    try {
      await refresh();
      if (!state.token || !state.luggage) return;
      const left = await window.portalVisits.send(state.visits, state.luggage.user, state.token, keep);
      if (left === "signed-out") state.signedOut = true;
    } finally {
      busy = false;
      tell();
      if (state.at === null) { if (stores.dataset.of === state.luggage?.day) onPhone(); else home(); }
    }
  };

  // Rules that the phone applies by itself; the portal applies them again.
  const all = (visit) => visit.sections.flatMap((section) => section.questions);
  const opens = (question, value) => {
    const rule = (question.finding_on || "").trim();
    if (!rule || value === "" || value === undefined) return false;
    const compared = rule.match(/^(<=|>=|<|>|=)\s*(-?\d+(?:\.\d+)?)$/);
    if (!compared) return value === rule;
    const [left, right] = [Number(value), Number(compared[2])];
    return { "<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right, "=": left === right }[compared[1]];
  };
  const missing = (visit) => all(visit).filter((one) => one.required && (one.kind === "photo" ? !visit.photos.some((photo) => photo.question === one.id) : !visit.answers[one.id]?.value));
  const bare = (visit) => all(visit).filter((one) => one.finding_photo && opens(one, visit.answers[one.id]?.value) && !visit.photos.some((photo) => photo.of === `q:${one.id}`));
  const away = (visit) => {
    const { latitude, longitude } = visit.dealer;
    if (!visit.fix || latitude === null) return null;
    const turn = Math.PI / 180, up = (visit.fix.latitude - latitude) * turn, along = (visit.fix.longitude - longitude) * turn;
    const part = Math.sin(up / 2) ** 2 + Math.cos(latitude * turn) * Math.cos(visit.fix.latitude * turn) * Math.sin(along / 2) ** 2;
    return 2 * 6371000 * Math.asin(Math.sqrt(part));
  };
  const minutes = (visit) => (Date.now() - new Date(visit.began)) / 60000;
  const unusual = (visit) => {
    const [shortest, longest] = visit.length || [null, null];
    return { far: (away(visit) ?? 0) > visit.farthest, length: (shortest !== null && minutes(visit) < shortest) || (longest !== null && minutes(visit) > longest) };
  };

  // Home: stores, and what is on this phone
  const stateOf = (visit) => (visit.state === "waiting" && visit.done ? say(words.sending, { done: visit.done, total: visit.total || "…" }) : words[visit.state]);
  const colour = { open: "blue", waiting: "amber", stuck: "red", sent: "green" };
  const entry = (visit) => h("li", {},
    h("div", {}, h("strong", {}, visit.dealer.name), " ", h("span", { class: `state state-${colour[visit.state]}` }, stateOf(visit))),
    h("div", { class: "text-secondary" }, new Date(visit.began).toLocaleString(), visit.message ? ` · ${visit.message}` : ""),
    h("div", { class: "btn-list" },
      visit.state === "open" && h("button", { type: "button", class: "btn btn-primary", onclick: () => open(visit) }, words.go_on),
      visit.state === "stuck" && h("button", { type: "button", class: "btn", onclick: async () => { visit.state = "waiting"; visit.message = ""; await keep(visit); send(); } }, words.send),
      visit.pk && h("a", { class: "btn", href: `${data.visit}${visit.pk}/` }, words.see),
      visit.state === "sent" && h("button", { type: "button", class: "btn", onclick: () => forget(visit) }, words.remove)));
  const forget = async (visit) => { await kv.del(`visit:${visit.id}`); state.visits = state.visits.filter((one) => one !== visit); home(); };
  // The two parts of it: what is on the phone changes while it is sent, and nothing that is typed beside it is lost.
  const kept = h("div", { class: "card-body" }), stores = h("div", { class: "card-body" });
  const onPhone = () => kept.replaceChildren(...[
    state.signedOut && h("p", {}, h("a", { class: "btn btn-primary", href: data.signIn }, words.sign_in)),
    state.visits.length ? h("ul", { class: "rows" }, [...state.visits].reverse().map(entry)) : h("p", { class: "text-secondary" }, words.none_on_phone),
    state.visits.some((one) => one.state === "waiting") && h("button", { type: "button", class: "btn", onclick: send }, words.send),
  ].filter(Boolean));
  function home() {
    state.at = null;
    stores.dataset.of = state.luggage?.day || "";
    const list = h("ul", { class: "rows" });
    const fill = (sought) => list.replaceChildren(...(state.luggage?.dealers || []).filter((one) => !sought || `${one.name} ${one.code}`.toLowerCase().includes(sought.toLowerCase())).slice(0, 50).map((one) => h("li", {},
      h("div", {}, h("strong", {}, one.name), " ", h("span", { class: "text-secondary" }, one.code)),
      h("div", { class: "text-secondary" }, one.address),
      h("button", { type: "button", class: "btn", onclick: () => begin(one) }, words.begin))));
    fill("");
    onPhone();
    stores.replaceChildren(...(state.luggage ? [h("label", { class: "visually-hidden", for: "sought" }, words.search), h("input", { id: "sought", type: "search", class: "form-control mb-2", placeholder: words.search, oninput: (event) => fill(event.target.value) }), list] : [h("p", { class: "text-secondary" }, words.nothing_kept)]));
    const part = (heading, inside) => h("section", { class: "card section" }, h("div", { class: "card-header" }, h("h2", { class: "card-title" }, heading)), inside);
    show(part(words.on_phone, kept), part(words.stores, stores));
  }

  // A visit: check in, one step per screen, check out
  const locate = (note) => new Promise((found) => {
    if (!navigator.geolocation) { note.textContent = words.position_none; found(null); return; }
    note.textContent = words.position_wait;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      note.textContent = say(words.position, { m: Math.round(coords.accuracy) });
      found({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy });
    }, () => { note.textContent = words.position_none; found(null); }, { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
  });
  function begin(dealer) {
    state.at = "begin";
    const note = h("p", { class: "text-secondary", role: "status" });
    const fix = locate(note);
    const taken = state.luggage;
    const kinds = h("select", { id: "kind", class: "form-select mb-3" }, taken.kinds.map(([value, label]) => h("option", { value, selected: value === (dealer.lead_in ? "lead_in" : "routine") }, label)));
    const start = async () => {
      const chosen = `${dealer.regime}:${kinds.value}`, template = taken.fitting[chosen];
      const visit = {
        id: crypto.randomUUID(), user: taken.user, dealer, kind: kinds.value, template, sections: template ? taken.checklists[template].sections : [],
        farthest: taken.farthest, length: taken.lengths[chosen], categories: taken.categories, began: new Date().toISOString(), fix: await Promise.race([fix, new Promise((found) => setTimeout(() => found(null), 16000))]),
        answers: {}, photos: [], findings: [], known: {}, state: "open", done: 0, total: 0, message: "", distance_reason: "", length_reason: "", summary: "",
      };
      if (await keep(visit)) open(visit);
    };
    show(h("section", { class: "card" }, h("div", { class: "card-body" }, h("h2", { class: "h3" }, dealer.name), note, h("label", { class: "form-label", for: "kind" }, words.kind), kinds)),
      foot([words.back, home], [words.check_in, start]));
  }
  const foot = (back, next) => h("div", { class: "visit-foot" }, h("button", { type: "button", class: "btn", onclick: back[1] }, back[0]), next && h("button", { type: "button", class: "btn btn-primary", onclick: next[1] }, next[0]));
  const open = (visit) => { state.at = visit; state.step = Math.min(visit.step || 0, visit.sections.length + 1); draw(visit); };
  const turn = (visit, by) => async () => { state.step += by; visit.step = state.step; await keep(visit); draw(visit); };
  function draw(visit) {
    if (state.step < 0) { home(); return; }
    if (state.step < visit.sections.length) section(visit, visit.sections[state.step]);
    else if (state.step === visit.sections.length) findings(visit);
    else checkOut(visit);
  }
  const title = (visit, text) => h("h2", { class: "h3" }, `${visit.dealer.name} · ${text}`);

  const pictures = (visit, fits, more) => {
    const list = h("ul", { class: "photos" });
    const fill = () => list.replaceChildren(...visit.photos.filter(fits).map((one) => h("li", {}, h("img", { src: URL.createObjectURL(one.blob), alt: words.photo }))));
    fill();
    const input = h("input", { type: "file", accept: "image/jpeg,image/png,image/webp", capture: "environment", class: "form-control", "aria-label": more.label, onchange: async () => {
      const [file] = input.files;
      if (!file) return;
      visit.photos.push({ ...more.of, blob: file, name: file.name });
      if (!(await keep(visit))) visit.photos.pop();
      input.value = "";
      fill();
    } });
    return h("div", { class: "shoot" }, list, input);
  };
  const question = (visit, one) => {
    const held = () => visit.answers[one.id]?.value || "";
    const saved = h("p", { class: "answer-state", role: "status" }), extra = h("div");
    const proof = () => extra.replaceChildren(...(one.finding_photo && opens(one, held()) ? [h("p", { class: "mb-1" }, words.photo_of_finding), pictures(visit, (photo) => photo.of === `q:${one.id}`, { label: words.photo_of_finding, of: { of: `q:${one.id}` } })] : []));
    const store = async (given) => {
      visit.answers[one.id] = { value: held(), note: visit.answers[one.id]?.note || "", ...given };
      if (await keep(visit)) { saved.textContent = words.kept; saved.className = "answer-state saved"; }
      proof();
    };
    const choose = (values) => h("div", { class: `answers ${values.length === 2 ? "two" : one.kind === "score" ? "scores" : ""}` }, values.map(([value, label]) => h("label", {}, h("input", { type: "radio", name: `q-${one.id}`, value, checked: held() === value, onchange: () => store({ value }) }), h("span", {}, label))));
    const field = {
      yes_no: () => choose([["yes", words.yes], ["no", words.no]]),
      score: () => choose([...Array(one.max_score + 1).keys()].map((value) => [String(value), String(value)])),
      choice: () => choose(one.choices.map((value) => [value, value])),
      number: () => h("input", { class: "form-control", inputmode: "decimal", value: held(), "aria-label": one.text, onchange: (event) => store({ value: event.target.value }) }),
      text: () => { const area = h("textarea", { class: "form-control", rows: 3, "aria-label": one.text, onchange: (event) => store({ value: event.target.value }) }); area.value = held(); return area; },
      photo: () => pictures(visit, (photo) => photo.question === one.id, { label: one.text, of: { question: one.id } }),
    }[one.kind]();
    proof();
    return h("fieldset", { class: "question" }, h("legend", {}, one.text), one.help && h("p", { class: "question-help" }, one.help), field, extra,
      one.kind !== "photo" && h("input", { class: "form-control mt-2", placeholder: words.note, "aria-label": `${one.text}: ${words.note}`, value: visit.answers[one.id]?.note || "", maxlength: 300, onchange: (event) => store({ note: event.target.value }) }), saved);
  };
  function section(visit, one) {
    show(h("section", { class: "card" }, h("div", { class: "card-body" }, title(visit, one.title), one.questions.map((each) => question(visit, each)))), foot([words.back, turn(visit, -1)], [words.next, turn(visit, 1)]));
  }
  function findings(visit) {
    const category = h("select", { id: "category", class: "form-select mb-2" }, visit.categories.map(([value, label]) => h("option", { value }, label)));
    const text = h("textarea", { id: "what", class: "form-control mb-2", rows: 3, maxlength: 500 });
    const add = async () => { if (!text.value.trim()) { text.focus(); return; } visit.findings.push({ category: category.value, text: text.value.trim() }); await keep(visit); findings(visit); };
    show(h("section", { class: "card" }, h("div", { class: "card-body" }, title(visit, words.findings),
      h("ul", { class: "rows" }, visit.findings.map((one, index) => h("li", {}, one.text, pictures(visit, (photo) => photo.of === `f:${index}`, { label: `${words.photo}: ${one.text}`, of: { of: `f:${index}` } })))),
      h("label", { class: "form-label", for: "category" }, words.category), category, h("label", { class: "form-label", for: "what" }, words.what), text, h("button", { type: "button", class: "btn", onclick: add }, words.add))),
    foot([words.back, turn(visit, -1)], [words.next, turn(visit, 1)]));
  }
  function checkOut(visit) {
    const unanswered = [...missing(visit), ...bare(visit)], { far, length } = unusual(visit);
    const area = (name, label, asked = true) => {
      if (!asked) return null;
      const made = h("textarea", { id: name, class: "form-control mb-2", rows: 2, maxlength: name === "summary" ? 2000 : 300, onchange: (event) => { visit[name] = event.target.value.trim(); keep(visit); } });
      made.value = visit[name];
      return h("div", {}, h("label", { class: "form-label", for: name }, label), made);
    };
    const end = async () => {
      for (const name of ["distance_reason", "length_reason", "summary"]) visit[name] = document.getElementById(name)?.value.trim() ?? visit[name];
      const reason = (far && !visit.distance_reason && "distance_reason") || (length && !visit.length_reason && "length_reason");
      if (reason) { document.getElementById(reason).focus(); return; }
      visit.ended = new Date().toISOString();
      visit.state = "waiting";
      if (await keep(visit)) { home(); send(); } else visit.state = "open";
    };
    show(h("section", { class: "card" }, h("div", { class: "card-body" }, title(visit, words.check_out), h("p", { class: "text-secondary" }, say(words.minutes, { minutes: Math.floor(minutes(visit)) })),
      unanswered.length > 0 && h("p", { class: "answer-state wrong", role: "alert" }, say(words.missing, { questions: unanswered.map((one) => one.text).join("; ") })),
      area("distance_reason", words.why_far, far), area("length_reason", words.why_length, length), area("summary", words.summary))),
    foot([words.back, turn(visit, -1)], unanswered.length ? null : [words.check_out, end]));
  }

  document.addEventListener("DOMContentLoaded", async () => {
    if (navigator.serviceWorker) navigator.serviceWorker.register(data.worker).catch(() => {});
    if (navigator.storage?.persist) navigator.storage.persist();
    await load();
    home();
    send();
  });
  window.addEventListener("online", send);
  window.addEventListener("offline", () => { state.token = ""; tell(); });
  setInterval(() => { if (state.visits.some((one) => one.state === "waiting")) send(); }, 30000);
})();
