// The search page: asks /v1/articles of its own origin.
"use strict";

const form = document.getElementById("search");
const hits = document.getElementById("hits");
const found = document.getElementById("found");
const further = document.getElementById("further");

function element(name, className, text) {
  const e = document.createElement(name);
  if (className) e.className = className;
  if (text) e.textContent = text;
  return e;
}

// Highlights come as text with <em> or <mark> around what was found. Only these
// two tags mean anything; everything else is shown as it is.
function highlighted(text) {
  const p = element("p", "snippet");
  p.lang = "zh";
  let inside = false;
  for (const part of text.split(/(<\/?(?:em|mark)>)/)) {
    if (/^<\/?(?:em|mark)>$/.test(part)) inside = part[1] !== "/";
    else if (part) p.append(inside ? element("mark", "", part) : part);
  }
  return p;
}

function snippets(article) {
  const of = Object.entries(article.highlights || {}).flatMap(([, parts]) => parts);
  if (of.length) return of.slice(0, 3);
  const body = (article.bodies || [])[0];
  return body ? [body.value.slice(0, 140)] : [];
}

function show(article) {
  const li = element("li", "hit");
  const at = article.print || {};
  const main = (article.headlines || []).find((h) => h.role === "main");
  const h = element("h2");
  const a = element("a", "", main ? main.value : "no headline");
  const key = [at.publication, at.date, at.edition, at.page].map(encodeURIComponent).join("/");
  a.href = `/pages/${key}#a-${encodeURIComponent(String(article.uri).split(":").pop())}`;
  a.lang = "zh";
  h.append(a);
  li.append(h);
  li.append(element("p", "facts", [at.name || at.publication, at.date, `page ${at.page}`, article.by].filter(Boolean).join(" · ")));
  for (const s of snippets(article)) li.append(highlighted(s));
  const people = element("p", "names");
  for (const person of (article.people || []).slice(0, 8)) {
    const chip = element("a", "chip per", person.name);
    chip.href = `/search?${new URLSearchParams({ person: person.name })}`;
    chip.lang = "zh";
    people.append(chip, " ");
  }
  if (people.childElementCount) li.append(people);
  hits.append(li);
}

let query = new URLSearchParams();

async function ask(cursor) {
  found.textContent = "Searching …";
  further.hidden = true;
  if (cursor) query.set("cursor", cursor);
  try {
    const answer = await fetch(`/v1/articles?${query}`, { headers: { Accept: "application/json" } });
    const body = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error([body.detail || answer.statusText, body.remedy].filter(Boolean).join(" – "));
    for (const article of body.articles || []) show(article);
    found.textContent = body.total === 1 ? "1 article" : `${body.total} articles`;
    further.hidden = !body.next;
    further.onclick = () => ask(body.next);
  } catch (err) {
    found.textContent = `The search did not work: ${err.message}`;
  }
}

query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
if ([...query].length) ask("");
