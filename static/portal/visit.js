// Answers of a visit are sent as they are given. What cannot be sent is kept on the phone and
// sent later, once, in order. Without this script "next" sends the whole section.
(() => {
  "use strict";
  const KEY = "portal-visit-answers";
  const read = () => { try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; } };
  const write = (queue) => { try { localStorage.setItem(KEY, JSON.stringify(queue)); } catch { /* storage is full or off: "next" sends it all */ } };
  const form = () => document.querySelector("form[data-answers]");
  const block = (question) => document.querySelector(`[data-question="${question}"]`);
  const say = (question, words, kind = "") => {
    const note = block(question)?.querySelector(".answer-state");
    if (note) { note.textContent = words; note.className = `answer-state ${kind}`.trim(); }
  };

  const post = (url, fields, token) => {
    const data = new FormData();
    Object.entries(fields).forEach(([key, value]) => data.append(key, value));
    return fetch(url, { method: "POST", body: data, headers: { "X-CSRFToken": token, Accept: "application/json" }, credentials: "same-origin", redirect: "error" });
  };
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || "";

  let busy = false;
  const flush = async () => {
    if (busy) return;
    busy = true;
    try {
      for (let queue = read(); queue.length; queue = read()) {
        const [first] = queue;
        const here = form()?.dataset.answers === first.url;
        const answer = await post(first.url, { question: first.question, value: first.value, note: first.note }, token());
        if (answer.status >= 500) break;
        const said = await answer.json().catch(() => ({}));
        write(read().filter((one) => one.id !== first.id));
        if (here) say(first.question, said.message || "", answer.ok ? "saved" : "wrong");
      }
    } catch { /* no network: the queue waits */ } finally {
      busy = false;
      const url = form()?.dataset.answers;
      read().filter((one) => one.url === url).forEach((one) => say(one.question, form().dataset.stored, "wrong"));
    }
  };

  const answerOf = (field) => {
    const inputs = [...field.querySelectorAll("[name^='q-']")];
    const value = inputs[0]?.type === "radio" ? inputs.find((one) => one.checked)?.value || "" : inputs[0]?.value || "";
    return { value, note: field.querySelector("[name^='note-']")?.value || "" };
  };
  const keep = (field) => {
    const question = field.dataset.question, url = form().dataset.answers;
    const rest = read().filter((one) => !(one.url === url && one.question === question));
    write([...rest, { id: `${Date.now()}-${Math.random()}`, url, question, ...answerOf(field) }]);
    say(question, form().dataset.sending);
    flush();
  };

  const sendPhoto = async (input, question) => {
    const [file] = input.files;
    if (!file) return;
    say(question, form().dataset.sending);
    try {
      const answer = await post(form().dataset.photos, { photo: file, question }, token());
      const said = await answer.json();
      if (!answer.ok) { say(question, said.message || form().dataset.failed, "wrong"); return; }
      const list = block(question).querySelector(".photos") || document.createElement("ul");
      list.className = "photos";
      const item = document.createElement("li"), picture = document.createElement("img");
      picture.src = `${said.url}?size=small`;
      picture.alt = block(question).querySelector("legend")?.textContent || "";
      item.append(picture);
      list.append(item);
      input.before(list);
      input.value = "";
      say(question, "");
    } catch { say(question, form().dataset.stored, "wrong"); }
  };

  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-question]");
    if (!field || !form()) return;
    if (event.target.type === "file") sendPhoto(event.target, field.dataset.question);
    else keep(field);
  });
  window.addEventListener("online", flush);
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector(".visit-steps [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    // What was kept and not sent is shown again as it was given.
    read().filter((one) => one.url === form()?.dataset.answers).forEach((one) => {
      const field = block(one.question);
      field?.querySelectorAll("[name^='q-']").forEach((input) => { if (input.type === "radio") input.checked = input.value === one.value; else input.value = one.value; });
    });
    flush();
  });
})();
