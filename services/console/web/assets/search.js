// The search page and the article's: names are suggested while somebody types.
// Without this file everything can still be searched and read.
"use strict";

const form = document.getElementById("search");
const box = document.getElementById("q");
const list = document.getElementById("suggestions");

// What a form leaves empty does not belong into an address that is shared.
function filled(data) {
  return new URLSearchParams([...data].filter(([, value]) => value));
}

form.addEventListener("submit", (e) => {
  e.preventDefault();
  go(filled(new FormData(form)));
});

let leaving = false; // the first way out counts: Enter may choose a name and send the form

window.addEventListener("pageshow", () => (leaving = false));

function go(query) {
  if (leaving) return;
  leaving = true;
  close();
  location.assign(String(query) ? `/search?${query}` : "/search");
}

for (const field of form.querySelectorAll("select, [type=checkbox]")) field.addEventListener("change", () => form.requestSubmit());

// --- suggestions ---

let options = []; // {kind, value, count}
let at = -1;
let asked = 0;
let waiting = 0;

box.setAttribute("role", "combobox");
box.setAttribute("aria-autocomplete", "list");
box.setAttribute("aria-controls", "suggestions");
box.setAttribute("aria-expanded", "false");

// The word that is being typed: behind the last space, quote, parenthesis or field.
function typed() {
  const before = box.value.slice(0, box.selectionEnd ?? box.value.length);
  const word = /[^\s"“”():：（）　-]*$/.exec(before)[0];
  return { word, start: before.length - word.length, end: before.length };
}

function close() {
  clearTimeout(waiting);
  asked++;
  at = -1;
  list.hidden = true;
  box.setAttribute("aria-expanded", "false");
  box.removeAttribute("aria-activedescendant");
}

function point(to) {
  at = to;
  [...list.children].forEach((e, i) => e.setAttribute("aria-selected", String(i === at)));
  if (at < 0) return box.removeAttribute("aria-activedescendant");
  box.setAttribute("aria-activedescendant", list.children[at].id);
  list.children[at].scrollIntoView({ block: "nearest" });
}

function show(found) {
  const before = options[at]; // it stays pointed at when the answer to a later letter has it too
  options = found;
  list.replaceChildren(
    ...found.map((s, i) => {
      const e = document.createElement("li");
      e.id = `suggestion-${i}`;
      e.setAttribute("role", "option");
      const name = document.createElement("span");
      name.lang = "zh";
      name.textContent = s.value;
      const kind = document.createElement("small");
      kind.textContent = `${s.kind}, ${s.count}`;
      e.append(name, " ", kind);
      e.addEventListener("mousedown", (m) => m.preventDefault()); // the box keeps the focus
      e.addEventListener("click", () => take(i));
      return e;
    }),
  );
  point(before ? found.findIndex((s) => s.kind === before.kind && s.value === before.value) : -1);
  list.hidden = !found.length;
  box.setAttribute("aria-expanded", String(!list.hidden));
}

async function suggest() {
  const { word } = typed();
  const mine = ++asked; // an answer that was overtaken is not shown
  if (!word || [...word].length > 50) return close();
  try {
    const kinds = ["person", "organisation", "place", "title"].map((kind) => ["kind", kind]);
    const answer = await fetch(`/v1/suggest?${new URLSearchParams([["q", word], ["limit", "8"], ...kinds])}`);
    const found = answer.ok ? ((await answer.json()).suggestions ?? []) : [];
    if (mine === asked && document.activeElement === box) show(found);
  } catch {
    if (mine === asked) close(); // the search itself will say what is wrong
  }
}

// A name that is chosen becomes a filter: just this one, and nothing that begins so.
function take(i) {
  const { start, end } = typed();
  const query = new FormData(form);
  const before = box.value.slice(0, start).replace(/(person|organisation|place|title)[:：]$/, "");
  query.set("q", (before.trimEnd() + " " + box.value.slice(end).trimStart()).trim());
  query.append(options[i].kind, options[i].value);
  go(filled(query));
}

box.addEventListener("input", (e) => {
  if (e.isComposing) return; // pinyin that is not Chinese yet
  clearTimeout(waiting);
  waiting = setTimeout(suggest, 120);
});
box.addEventListener("compositionend", () => suggest());
box.addEventListener("blur", close);
box.addEventListener("keydown", (e) => {
  if (e.isComposing) return;
  const open = !list.hidden;
  if (e.key === "ArrowDown" && !open) suggest();
  else if (e.key === "ArrowDown") point(at + 1 < options.length ? at + 1 : -1);
  else if (e.key === "ArrowUp" && open) point(at < 0 ? options.length - 1 : at - 1);
  else if (e.key === "Enter" && open && at >= 0) take(at);
  else if (e.key === "Escape" && open) close();
  else return;
  e.preventDefault();
});

// --- the rest of the page ---

// A slash goes to the box, as long as nobody is writing.
document.addEventListener("keydown", (e) => {
  if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) return;
  e.preventDefault();
  box.focus();
  box.select();
});

if (matchMedia("(max-width: 56rem)").matches) for (const d of document.querySelectorAll(".facets")) d.open = false; // the results come first
document.querySelector(".to-facets a")?.addEventListener("click", () => (document.getElementById("facets").open = true));

// The article's lines are in sight without moving the page.
const mine = document.querySelector(".found .line.article");
if (mine && !location.hash) mine.parentElement.scrollTop = mine.offsetTop - mine.parentElement.offsetTop - 24;
