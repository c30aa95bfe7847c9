// The console's whole script: theme, menu, keys, roving focus, copying, local time. Every page works without it.
"use strict";

// Fragments come from this server alone, escaped by it; what could run is refused all the same (Trusted Types).
const RUNS = /<(script|iframe|object|embed|base|meta|link)\b|<[^>]*\s(on[a-z]+|hx-on[^\s=]*|style|srcdoc)\s*=/i;
const LEADS = /\s(href|action|formaction|src)="\s*(javascript|data|vbscript):/i;
if (window.trustedTypes) {
  window.trustedTypes.createPolicy("default", {
    createHTML(text) {
      if (/^<head[\s>]/i.test(text)) return (text.match(/<title>[^<]*<\/title>/i) || [""])[0];  // htmx reads the title of it
      const body = text.slice(Math.max(0, text.search(/<body[\s>]/i)));
      const tags = body.replace(/"[^"]*"/g, '""');
      return RUNS.test(tags) || LEADS.test(body) ? null : body;
    },
  });
}

const root = document.documentElement;
const all = (what, within = document) => [...within.querySelectorAll(what)];
const typing = (node) => node.closest("input, textarea, select, [contenteditable]");
const toast = document.querySelector(".toast");
const say = (words) => { toast.textContent = words; setTimeout(() => { toast.textContent = ""; }, 2500); };

// Theme: as the system, light, dark. Kept on this device alone.
const themes = ["auto", "light", "dark"];
const themer = document.querySelector("[data-do=theme]");
const show = (theme) => {
  if (theme === "auto") delete root.dataset.theme; else root.dataset.theme = theme;
  if (themer) themer.setAttribute("aria-label", themer.dataset[theme]);
};
let theme = "auto";
try { theme = localStorage.getItem("theme") || "auto"; } catch { /* storage may be off */ }
show(theme);

const doing = {
  theme() {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem("theme", theme); } catch { /* as above */ }
    show(theme);
    say(themer.dataset[theme]);
  },
  menu(button) {
    const open = document.getElementById("nav").classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  },
  help() { document.getElementById("help").showModal(); },
  close(button) { button.closest("dialog").close(); },
  print() { window.print(); },
  async copy(button) {
    const text = button.dataset.from ? document.getElementById(button.dataset.from).textContent : location.href;
    try { await navigator.clipboard.writeText(text.trim()); say(toast.dataset.copied); } catch { say(toast.dataset.uncopied); }
  },
};

// What leads to another page is sent as the form says, not as a part of this one.
document.addEventListener("submit", (event) => {
  if (event.submitter && event.submitter.hasAttribute("data-whole")) event.stopPropagation();
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button || button.getAttribute("aria-disabled") === "true") return;
  event.preventDefault();
  doing[button.dataset.do](button);
});

// A choice that narrows a page sends its form at once.
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-send]")) event.target.form.requestSubmit();
});

// The menu is a link to the list of sections; with script it opens that list in place.
const nav = document.getElementById("nav");
if (nav) nav.classList.add("js");

// Tabs: arrows move, the panel follows.
const choose = (tab) => {
  for (const one of all("[role=tab]", tab.closest("[role=tablist]"))) {
    const on = one === tab;
    one.setAttribute("aria-selected", String(on));
    one.tabIndex = on ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !on;
  }
};

// Roving focus: one stop of the Tab key for tabs, columns of a chart, rows of an inbox; arrows go on from there.
const roving = (items, event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const at = items.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  const next = items[(at + step + items.length) % items.length];
  items.forEach((one) => one.setAttribute("tabindex", one === next ? "0" : "-1"));
  next.focus();
  if (next.getAttribute("role") === "tab") choose(next);
};

// Times are in UTC; the reader's own zone is the hint.
const zone = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

// What a page has, and what a fragment brings.
const dress = (within) => {
  for (const list of all("[role=tablist]:not([data-ready])", within)) {
    list.dataset.ready = "";
    const tabs = all("[role=tab]", list);
    choose(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") || tabs[0]);
    list.addEventListener("click", (event) => { const tab = event.target.closest("[role=tab]"); if (tab) choose(tab); });
  }
  for (const group of all("[data-rove]:not([data-roving])", within)) {
    group.dataset.roving = "";
    const items = all(group.dataset.rove, group);
    const first = items.find((one) => one.getAttribute("aria-current") || one.getAttribute("aria-selected") === "true") || items[items.length - 1];
    items.forEach((one) => one.setAttribute("tabindex", one === first ? "0" : "-1"));
    group.addEventListener("keydown", (event) => roving(items, event));
  }
  for (const time of all("time[datetime*=T]:not([title])", within)) time.title = zone.format(new Date(time.dateTime));
  const fold = document.querySelector(".facets-fold");
  if (fold && window.matchMedia("(max-width: 1039px)").matches) fold.removeAttribute("open");
  for (const area of all("textarea[data-lines]:not([data-numbered])", within)) number(area);
};

// Line numbers beside a text area.
const number = (area) => {
  area.dataset.numbered = "";
  const gutter = area.previousElementSibling;
  const draw = () => {
    const lines = area.value.split("\n").length;
    gutter.textContent = Array.from({ length: lines }, (_, place) => place + 1).join("\n");
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  };
  area.addEventListener("input", draw);
  let leaving = false; // Escape: the next Tab leaves, as it does elsewhere
  area.addEventListener("blur", () => { leaving = false; });
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Tab") leaving = event.key === "Escape";
    else if (!leaving && !event.shiftKey && area.dataset.tabs !== undefined) {
      event.preventDefault();
      area.setRangeText("\t", area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });
  draw();
};
dress(document);
document.addEventListener("htmx:after:swap", () => dress(document));

// Keys: / finds, g then a letter goes, j and k walk rows, ? tells. Single keys can be switched off in the help.
let going = false;
let keys = true;
const places = { o: "", e: "exchanges", q: "questions", p: "playground", a: "approvals" };
document.addEventListener("keydown", (event) => {
  const help = document.getElementById("help");
  if (!help || !keys || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (going && event.key in places) { location.href = `/console/${places[event.key]}`; return; }
  going = event.key === "g";
  if (event.key === "/") { event.preventDefault(); document.getElementById("find").focus(); }
  if (event.key === "?") doing.help();
  if (event.key === "j" || event.key === "k") {
    const rows = all("[data-row]");
    const at = rows.indexOf(document.activeElement);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))];
    if (next) next.focus();
  }
});
const off = document.getElementById("keys-on");
if (off) off.addEventListener("change", () => { keys = off.checked; });
