// The live parts of the console's pages. Without this file everything can still
// be read and done, by reloading.
"use strict";

const byId = (id) => document.getElementById(id);

// --- parts that the server sends anew ---

// What the server sent last, by part. It is compared with that and not with the
// page, which what is chosen and what is open have changed since: a part that is
// put in anew for nothing loses the click that is under way and the selected text.
const shown = new Map();

function asRead(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  return fresh.innerHTML;
}

for (const id of (document.body.dataset.parts || "").split(" ")) if (byId(id)) shown.set(id, byId(id).innerHTML);

function replace(id, html) {
  const part = byId(id);
  if (!part) return;
  const fresh = asRead(html);
  if (fresh === shown.get(id)) return;
  shown.set(id, fresh);
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const open = new Map([...part.querySelectorAll("details[data-keep]")].map((d) => [d.dataset.keep, d.open]));
  const lines = part.querySelector(".lines");
  const scrolled = lines ? lines.scrollTop : 0;
  part.innerHTML = html;
  for (const d of part.querySelectorAll("details[data-keep]")) d.open = open.get(d.dataset.keep) ?? d.open;
  if (lines && part.querySelector(".lines")) part.querySelector(".lines").scrollTop = scrolled;
  if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
  mark(chosen);
}

let source = null;

function lamp(state, word) {
  const link = byId("link");
  if (!link || link.dataset.state === state) return;
  link.dataset.state = state;
  link.querySelector(".word").textContent = word;
}

function connect() {
  const address = document.body.dataset.events;
  if (!address || source) return;
  source = new EventSource(address);
  source.onopen = () => lamp("on", "live");
  source.addEventListener("part", (e) => {
    const part = JSON.parse(e.data);
    replace(part.id, part.html);
  });
  source.onerror = () => {
    lamp("off", "reconnecting");
    if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    source = null;
    setTimeout(connect, 2000);
  };
}

function disconnect() {
  if (source) source.close();
  source = null;
}

// A page that nobody sees takes no connection: browsers have few for one address.
document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", connect);

// --- dead letters ---

function notice(text) {
  const box = byId("notice");
  box.textContent = text;
  box.hidden = !text;
}

async function resolve(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(`/v1/deadletters/${form.dataset.letter}/${form.dataset.action}`, { method: "POST" });
    if (!answer.ok) {
      const problem = await answer.json();
      throw new Error([problem.detail, problem.remedy].filter(Boolean).join(" – "));
    }
    notice("");
    button.textContent = form.dataset.action === "retry" ? "Retried" : "Discarded";
    for (const b of form.parentElement.querySelectorAll("button")) b.disabled = true;
  } catch (err) {
    notice(`That did not work: ${err.message}`);
    button.disabled = false;
  }
}

document.addEventListener("submit", (e) => {
  const form = e.target.closest("form[data-letter]");
  if (!form) return;
  e.preventDefault();
  const button = form.querySelector("button");
  if (form.dataset.action === "discard" && !button.dataset.sure) {
    const label = button.textContent; // what is discarded does not come back: ask once more
    button.dataset.sure = "yes";
    button.textContent = "Discard for good?";
    setTimeout(() => {
      delete button.dataset.sure;
      if (!button.disabled) button.textContent = label;
    }, 4000);
    return;
  }
  resolve(form);
});

// --- an article and its lines ---

let chosen = "";

function mark(article) {
  for (const e of document.querySelectorAll(".chosen")) e.classList.remove("chosen");
  const reading = document.querySelector(".reading");
  if (reading) reading.classList.toggle("some", Boolean(article));
  if (!article) return;
  for (const e of document.querySelectorAll(`.line[data-article="${CSS.escape(article)}"], .card[data-article="${CSS.escape(article)}"]`)) e.classList.add("chosen");
}

function choose(article, toCard) {
  chosen = article === chosen ? "" : article;
  mark(chosen);
  if (!chosen) return;
  const target = toCard ? byId(chosen) : document.querySelector(`.line[data-article="${CSS.escape(chosen)}"]`);
  if (target) target.scrollIntoView({ block: toCard ? "nearest" : "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

document.addEventListener("click", (e) => {
  const show = e.target.closest("a.show");
  if (show) {
    e.preventDefault();
    choose(show.dataset.article, false);
    return;
  }
  const line = e.target.closest(".lines .line[data-article]");
  if (line && String(getSelection()) === "") choose(line.dataset.article, true);
});

document.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && chosen) choose(chosen, false);
});

if (location.hash.startsWith("#a-")) choose(location.hash.slice(1), false);
