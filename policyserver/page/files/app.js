"use strict";

// What is kept and shown of the entries, at most.
const maxKept = 5000;
const maxShown = 300;
// How often the lists of a view are read again, and how long to wait before a stream is opened again, in milliseconds.
const readEvery = 3000;
const retryAfter = 2000;

const byId = (id) => document.getElementById(id);

// element makes an element. Texts come from the network and are only ever text.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== "") made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

// --- The API.

let asking = null;

// token asks for a token, once for all who need it.
function askForToken(problem) {
  asking ??= new Promise((resolve) => {
    const form = byId("login-form");
    byId("login-problem").textContent = problem;
    byId("login").showModal();
    form.onsubmit = (event) => {
      event.preventDefault();
      sessionStorage.setItem("token", form.token.value);
      form.reset();
      byId("login").close();
      asking = null;
      resolve();
    };
  });
  return asking;
}

async function call(method, path, body, signal) {
  for (;;) {
    const token = sessionStorage.getItem("token");
    const headers = token ? { Authorization: "Bearer " + token } : {};
    const response = await fetch(path, { method, headers, body, signal, cache: "no-store", credentials: "omit" });
    if (response.status !== 401) return response;
    if (token === sessionStorage.getItem("token")) await askForToken(token ? "The token was not accepted." : "");
  }
}

// ask makes a request and returns the response, which is JSON. What the server refuses is an error with its reason.
async function ask(method, path, body) {
  const response = await call(method, path, body);
  const value = await response.json();
  if (!response.ok) throw new Error(value.error || response.statusText);
  return value;
}

function problem(text) {
  byId("problem").textContent = text;
  byId("problem").hidden = !text;
}

// --- Requests.

let entries = [];
let received = 0;
let missed = 0;
let paused = false;
let connected = false;
let due = false;
const parsers = new Set();

function verdictOf(entry) {
  if (entry.type === "denied" || entry.type === "closed") return entry.type;
  if (entry.type === "response") return "reply";
  return entry.fields?.audit === "denied" ? "audited" : "allowed";
}

const parserOf = (entry) => entry.parser || entry.proto || "";
const first = ["command", "operation", "query_action", "opcode", "cmd", "method", "path", "host"];
const rank = (name) => (first.includes(name) ? first.indexOf(name) : first.length);

function requestText(entry) {
  const fields = Object.entries(entry.fields ?? {}).sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return fields.map(([name, value]) => `${name}=${/[\s"]/.test(value) || value === "" ? JSON.stringify(value) : value}`).join(" ");
}

function measured(entry) {
  if (entry.status === undefined) return "";
  const ms = entry.latency_ns / 1e6;
  const took = ms >= 1 ? ms.toFixed(1) + " ms" : Math.round(ms * 1000) + " µs";
  return ["ok", "error", "replied"].includes(entry.status) ? `${took} ${entry.status}` : entry.status;
}

function add(entry) {
  received++;
  missed += entry.lost ?? 0;
  // A request of HTTP has no status yet.
  if (entry.proto === "http" && entry.fields.status === "0") delete entry.fields.status;
  entry.verdict = verdictOf(entry);
  entry.text = requestText(entry);
  entry.search = [entry.source, entry.destination, entry.rule, entry.reason, entry.node, entry.policy, entry.text].join(" ").toLowerCase();
  const parser = parserOf(entry);
  if (parser && !parsers.has(parser) && parsers.size < 64) {
    parsers.add(parser);
    byId("filter-parser").append(element("option", {}, parser));
  }
  entries.push(entry);
  if (entries.length > 2 * maxKept) entries = entries.slice(-maxKept);
  schedule();
}

function schedule() {
  if (due || paused) return;
  due = true;
  // Not more often: a table that changes all the time can be neither read nor used with the keyboard.
  setTimeout(() => { due = false; if (!paused) show(); }, 250);
}

function chosen() {
  const verdict = byId("filter-verdict").value;
  const parser = byId("filter-parser").value;
  const words = byId("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  return (entry) => (!verdict || entry.verdict === verdict) && (!parser || parserOf(entry) === parser) &&
    words.every((word) => entry.search.includes(word));
}

const rows = new WeakMap();

function rowOf(entry) {
  let row = rows.get(entry);
  if (row) return row;
  const at = new Date(entry.time);
  const time = isNaN(at) ? entry.time : at.toTimeString().slice(0, 8) + "." + String(at.getMilliseconds()).padStart(3, "0");
  const why = [entry.rule, entry.reason].filter(Boolean).join(": ");
  row = element("tr", {},
    element("td", { class: "time" }, element("time", { datetime: entry.time }, time)),
    element("td", { class: "verdict " + entry.verdict }, entry.verdict),
    element("td", { class: "address", "data-label": "from" }, entry.source ?? ""),
    element("td", { class: "address", "data-label": "to" }, entry.destination ?? ""),
    element("td", { class: "parser" }, parserOf(entry)),
    element("td", { class: "request" }, entry.text, element("span", { class: "measured" }, measured(entry) && " " + measured(entry))),
    element("td", { class: "decided", "data-label": "because" }, why),
    element("td", {}, element("button", { type: "button", "aria-label": `Why ${entry.verdict}: ${entry.text || entry.source || "connection"}`, onclick: () => details(entry) }, "Why?")));
  rows.set(entry, row);
  return row;
}

function show() {
  const takes = chosen();
  const list = [];
  for (let i = entries.length - 1; i >= 0 && list.length < maxShown; i--) if (takes(entries[i])) list.push(entries[i]);
  const wanted = list.map(rowOf);
  const focused = document.activeElement;
  byId("entries").replaceChildren(...wanted);
  if (focused && focused !== document.activeElement && byId("entries").contains(focused)) focused.focus();
  status();
}

function status() {
  const parts = [paused ? "Paused" : connected ? "Live" : "Not connected, trying again"];
  parts.push(`${byId("entries").childElementCount} shown of ${received} received`);
  if (missed) parts.push(`${missed} lost on the way`);
  const text = parts.join(" · ");
  if (byId("live").textContent !== text) byId("live").textContent = text;
}

async function follow() {
  for (;;) {
    try {
      const response = await call("GET", `/v1/requests?follow=true&last=${maxShown}`);
      if (!response.ok) throw new Error((await response.json()).error);
      connected = true;
      schedule();
      await lines(response.body);
    } catch (error) {
      console.warn("the stream of requests ended:", error.message);
    }
    connected = false;
    status();
    await new Promise((resolve) => setTimeout(resolve, retryAfter));
    // The server sends the last ones again.
    entries = [];
  }
}

// lines takes the entries of a stream of JSON lines.
async function lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let begun = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (begun + value).split("\n");
    begun = whole.pop();
    for (const line of whole) {
      const entry = JSON.parse(line);
      if (entry.missed) missed += entry.missed;
      if (entry.type) add(entry);
    }
    if (!paused) status();
  }
}

// httpOf is a request of HTTP in the words of a question.
function httpOf(entry) {
  const { method, path, host } = entry.fields ?? {};
  return entry.proto === "http" && method ? `${method} ${path} host=${host}` : "";
}

// fieldsOf are the fields of a request, as rules know them.
function fieldsOf(entry) {
  const single = { command: "command", cmd: "cmd", file: "file", key: "key", query_action: "query_action", query_table: "query_table", user: "user", database: "database", db: "db" };
  const several = { keys: "key", channels: "channel" };
  const list = [];
  for (const [name, value] of Object.entries(entry.fields ?? {})) {
    if (several[name]) for (const one of value.split(", ")) list.push(`${several[name]}=${one}`);
    else if (single[name]) list.push(`${single[name]}=${value}`);
  }
  return list;
}

function addressOf(text) {
  const at = (text ?? "").lastIndexOf(":");
  return [text.slice(0, at).replace(/^\[|\]$/g, ""), Number(text.slice(at + 1))];
}

async function details(entry) {
  const facts = { Verdict: entry.verdict, Rule: entry.rule, Reason: entry.reason,
    "Closed at": entry.offset === undefined ? "" : `byte ${entry.offset} of the ${entry.direction}`, Time: entry.time,
    From: entry.source, To: entry.destination, "Server name": entry.server_name, "Identity of the client": entry.source_id || "",
    "Identity of the server": entry.destination_id || "", Connection: entry.connection || "", Request: entry.request, Parser: parserOf(entry),
    Measured: measured(entry), "Bytes of request and reply": entry.status === undefined ? "" : `${entry.request_bytes} and ${entry.reply_bytes}`,
    Policy: entry.policy, Library: entry.node, ...(entry.fields ?? {}),
    ...Object.fromEntries(Object.entries(entry.reply ?? {}).map(([name, value]) => ["reply " + name, value])) };
  byId("details-fields").replaceChildren(...Object.entries(facts).filter(([, value]) => value !== undefined && value !== "")
    .flatMap(([name, value]) => [element("dt", {}, name), element("dd", name === "Verdict" ? { class: entry.verdict } : {}, String(value))]));
  byId("details-why").textContent = "Asking …";
  byId("details").showModal();
  const [from] = addressOf(entry.source);
  const [to, port] = addressOf(entry.destination);
  const question = { from, to, port, parser: entry.parser, direction: entry.ingress ? "ingress" : "egress", serverName: entry.server_name };
  try {
    const http = httpOf(entry);
    const l7 = http ? [] : fieldsOf(entry);
    let result;
    if (http) result = await ask("POST", "/v1/explain", JSON.stringify({ ...question, http }));
    else if (l7.length > 0) result = await ask("POST", "/v1/explain", JSON.stringify({ ...question, l7 })).catch(() => undefined);
    result ??= await ask("POST", "/v1/explain", JSON.stringify(question));
    byId("details-why").replaceChildren(explanation(result));
  } catch (error) {
    byId("details-why").replaceChildren(element("p", {}, error.message));
  }
}

// --- Explain.

function explanation(result) {
  const box = element("div", {}, element("p", {}, element("strong", { class: classOf(result.verdict) }, result.verdict), ` from ${result.from} to ${result.to}, port ${result.port}`));
  for (const side of result.sides) {
    const list = element("dl", {}, element("dt", {}, `${side.direction} of ${side.endpoint}`),
      element("dd", { class: classOf(side.verdict) }, side.verdict + (side.counts ? "" : ", if a proxy is asked")));
    const row = (name, value) => value && list.append(element("dt", {}, name), element("dd", {}, value));
    row("rule", side.rule);
    row("reason", side.reason);
    for (const near of side.nearest ?? []) row("nearest", near);
    box.append(list);
  }
  return box;
}

const classOf = (verdict) => verdict.split(" ")[0];

byId("question").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const question = { from: form.from.value, to: form.to.value, port: Number(form.port.value) };
  if (form.parser.value === "http") question.http = form.request.value;
  else Object.assign(question, { parser: form.parser.value, request: form.request.value });
  try {
    byId("explanation").replaceChildren(explanation(await ask("POST", "/v1/explain", JSON.stringify(question))));
  } catch (error) {
    byId("explanation").replaceChildren(element("p", { class: "bad" }, error.message));
  }
});

// --- Policies and endpoints.

// keep replaces the items of a list unless nothing has changed, so that what is open or focused stays.
function keep(list, items, make, empty) {
  const text = JSON.stringify(items);
  if (list.dataset.shown === text) return;
  list.dataset.shown = text;
  list.replaceChildren(...(items.length ? items.map(make) : [element("li", {}, empty)]));
}

function item(kind) {
  return ({ key, source, document: content }) => {
    const remove = element("button", { type: "button", "aria-label": `Delete ${key}`, onclick: () => removeItem(kind, key) }, "Delete");
    return element("li", {}, element("details", {}, element("summary", {}, `${key} (${source})`),
      element("pre", { tabindex: "0", "aria-label": key }, JSON.stringify(content, null, 2)), source === "api" ? remove : undefined));
  };
}

async function removeItem(kind, key) {
  if (!confirm(`Delete ${key}?`)) return;
  try {
    await ask("DELETE", `/v1/${kind}/${key.split("/").map(encodeURIComponent).join("/")}`);
    problem("");
  } catch (error) {
    problem(error.message);
  }
  await read();
}

byId("documents").addEventListener("submit", async (event) => {
  event.preventDefault();
  const importing = event.submitter?.value === "import";
  const text = event.target.text.value;
  const outcome = byId("outcome");
  try {
    const result = importing ? await ask("PUT", "/v1/policies", text) : await ask("POST", "/v1/validate", text);
    const said = importing ? `Imported: revision ${result.revision}.` : `Valid: ${result.policies} policies and ${result.endpoints} endpoints.`;
    outcome.replaceChildren(element("p", { class: "good" }, said), ...(result.warnings ?? []).map((warning) => element("p", { class: "audited" }, "Warning: " + warning)));
    if (importing) await read();
  } catch (error) {
    outcome.replaceChildren(element("p", { class: "bad" }, error.message));
  }
});

byId("documents").file.addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) byId("documents").text.value = await file.text();
});

// --- Libraries.

function card(title, facts, alarm) {
  const list = element("dl");
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined && value !== "") list.append(element("dt", {}, name), element("dd", alarm?.includes(name) ? { class: "bad" } : {}, String(value)));
  }
  return element("li", {}, element("strong", {}, title), list);
}

const when = (time) => (time ? new Date(time).toLocaleString() : "never");

function libraryCard(l) {
  const h = l.health;
  const alarm = [];
  if (h.policySourcesConnected < h.policySources) alarm.push("Policy sources");
  if (h.policyResourcesRefused) alarm.push("Refused resources");
  if (h.parsersRefused) alarm.push("Parsers refused");
  if (h.panics) alarm.push("Panics");
  if (h.logEntriesLost) alarm.push("Lost entries");
  return card(l.node || "without a name", {
    Version: [l.version, (l.revision ?? "").slice(0, 12), l.modified ? "(modified)" : ""].filter(Boolean).join(" "), Address: l.address,
    Since: when(l.since), Parsers: l.parsers.join(", "), "Loaded parsers": (h.loadedParsers ?? []).join(", "),
    "Policy sources": `${h.policySourcesConnected} of ${h.policySources} connected`,
    "Last policy": when(h.policyLastUpdate), "Refused resources": h.policyResourcesRefused, Warnings: h.policyWarnings,
    "Open connections": h.openConnections, "Held bytes": h.heldBytes, Entries: l.entries, "Lost entries": h.logEntriesLost,
    Panics: h.panics, "Refused by limits": h.limitConnections + h.limitTotalHeldBytes,
    "Passed unobserved": h.unobserved,
    "Parsers replaced": h.parsersReplaced, "Parsers refused": h.parsersRefused,
  }, alarm);
}

function clientCard([protocol, client]) {
  const alarm = client.refusal ? ["Refuses"] : [];
  return card(`${protocol}: ${client.node || "without a name"}`, {
    Library: client.library, Address: client.address, Since: when(client.since), Accepted: client.version ? `version ${client.version}, ${when(client.updated)}` : "nothing yet",
    Refuses: client.refusal, "No reply since": client.unanswered && when(client.unanswered),
  }, alarm);
}

// --- Views.

const readers = {
  async policies() {
    const [list, state] = await Promise.all([ask("GET", "/v1/policies"), ask("GET", "/v1/status")]);
    keep(byId("policy-list"), list.items, item("policies"), "There is no policy yet.");
    const refused = Object.entries(state.refusals).map(([source, refusal]) => `. The last change of ${source} was refused: ${refusal.reason}`);
    byId("state").textContent = `Revision ${state.revision}. Where no policy selects an endpoint: ${state.default}${state.audit ? ", audit mode" : ""}${refused.join("")}`;
  },
  async endpoints() {
    keep(byId("endpoint-list"), (await ask("GET", "/v1/endpoints")).items, item("endpoints"), "There is no endpoint yet.");
  },
  async explain() {
    const { items } = await ask("GET", "/v1/endpoints");
    keep(byId("endpoint-names"), items.map(({ key }) => key), (key) => element("option", { value: key }), "");
  },
  async libraries() {
    const [{ items }, state] = await Promise.all([ask("GET", "/v1/libraries"), ask("GET", "/v1/status")]);
    keep(byId("library-list"), items.map(({ seen, ...rest }) => rest), libraryCard, "None is connected.");
    const clients = Object.entries(state.served).flatMap(([protocol, served]) => served.clients.map((client) => [protocol, client]));
    keep(byId("client-list"), clients, clientCard, "None is connected.");
  },
};

const views = [...document.querySelectorAll("main > section")].map(({ id }) => id);
const current = () => (views.includes(location.hash.slice(1)) ? location.hash.slice(1) : "requests");

async function read() {
  try {
    await readers[current()]?.();
    problem("");
  } catch (error) {
    problem("The server cannot be asked: " + error.message);
  }
}

function enter(moved) {
  for (const id of views) byId(id).hidden = id !== current();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === "#" + current()) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${current()[0].toUpperCase() + current().slice(1)} – proxylib`;
  if (moved) byId("main").focus({ preventScroll: true });
  read();
}

addEventListener("hashchange", () => enter(true));
// The name of a view is the fragment of the address, so this link cannot have one.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  byId("main").focus();
});
for (const id of ["filter-verdict", "filter-parser", "filter-text"]) byId(id).addEventListener("input", show);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", paused);
  if (paused) status();
  else show();
});
byId("clear").addEventListener("click", () => { entries = []; show(); });
setInterval(() => { if (!document.hidden && !byId("login").open) read(); }, readEvery);
enter(false);
follow();
