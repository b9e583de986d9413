"use strict";

const POLL_MS = 400, PATIENCE_MS = 2000, TRIES = 20, LANES = 2;
const unit = document.body.dataset.unit;
const most = Number(document.body.dataset.most);
const megabytes = Number(document.body.dataset.megabytes);
const $ = (id) => document.getElementById(id);
const input = $("files"), form = $("form"), drop = $("drop"), said = $("status"), list = $("photos");

/** The photos on the page: {file, card, id, state, asked}. */
let photos = [];
let polling = false, compared = "", round = 0;

// ---- Small helpers: elements, numbers, words

/** An element; texts become text and never markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}
const say = (text) => { said.textContent = text; };
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const minus = (text) => text.replace("-", "\u2212");
function amount(value) {
  if (value >= 10) return Math.round(value).toLocaleString("en");
  return value >= 0.005 ? String(Number(value.toPrecision(2))) : "0";
}
const signed = (value, digits = 2) => minus((value < 0 ? "" : "+") + value.toFixed(digits));
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
const cueWords = (cue) => {
  const field = { member_duration: "member_since", title_length: "title", description_length: "description" }[cue] || cue;
  const label = document.querySelector(`label[for="cue-${CSS.escape(field)}"]`);
  return (label ? label.firstChild.textContent.trim() : cue.replaceAll("_", " ")).replace(/\?$/, "").toLowerCase();
};
/** A forecast in the counted unit, else in the target's own. */
const told = (score) => score.views == null
  ? { number: score.popularity.toFixed(2), unit: unit, low: score.low.toFixed(2), high: score.high.toFixed(2) }
  : { number: amount(score.views), unit: score.counted, low: amount(score.views_low), high: amount(score.views_high) };
/** What an amount of popularity comes to: the target is a logarithm of base two where it counts views. */
const factor = (score, value) => (score.views == null ? "" : ` (\u00d7\u2009${(2 ** value).toFixed(2)})`);

// ---- Asking the server

async function ask(path, options) {
  const response = await fetch(path, options);
  if (response.ok) return response.status === 204 ? null : response.json();
  const problem = await response.json().catch(() => ({}));
  const error = new Error(problem.detail || `The server answered ${response.status}.`);
  error.status = response.status;
  error.code = problem.code;
  error.retryAfter = Number(response.headers.get("Retry-After"));
  throw error;
}

function cues() {
  const found = {}, extra = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || value.trim() === "") continue;
    if (name.startsWith("extra.")) extra[name.slice(6)] = Number(value);
    else found[name] = value;
  }
  return Object.keys(extra).length ? { ...found, extra } : found;
}

const forget = (id) => fetch(`/api/photos/${id}`, { method: "DELETE", keepalive: true }).catch(() => {});

async function send(photo, told) {
  const body = new FormData();
  body.append("photo", photo.file, photo.file.name);
  body.append("cues", JSON.stringify(told));
  for (let tries = 1; ; tries++) {
    try {
      return await ask("/api/photos", { method: "POST", body });
    } catch (error) {
      if (error.status !== 503 || tries === TRIES) throw error;
      say(`${photo.file.name}: ${error.message}`);
      await wait(1000 * (error.retryAfter || 1));
    }
  }
}

// ---- Taking photos

function take(files) {
  const taken = [...files].slice(0, most);
  if (!taken.length) return;
  photos.forEach((photo) => photo.id && forget(photo.id));
  photos = taken.map((file) => ({ file, card: make("article", { class: "photo", "aria-busy": "true" }) }));
  list.replaceChildren(...photos.map((photo) => photo.card));
  score(files.length > most ? `Only the first ${most} of ${files.length} files are taken. ` : "");
}

/** Have all photos on the page scored, as far as they are not replaced meanwhile. */
async function score(note = "") {
  const mine = ++round, told = cues(), waiting = [...photos];
  compared = "";
  $("comparison").hidden = true;
  for (const photo of waiting) {
    if (photo.id) forget(photo.id);
    Object.assign(photo, { id: null, state: null, error: null });
    draw(photo);
  }
  say(`${note}Scoring ${waiting.length === 1 ? waiting[0].file.name : plural(waiting.length, "photo")}\u2026`);
  await Promise.all(Array.from({ length: LANES }, async () => {
    for (let photo = waiting.shift(); photo && mine === round; photo = waiting.shift()) {
      try {
        if (photo.file.size > megabytes * 2 ** 20) {
          throw new Error(`The file is larger than ${megabytes} MB. Reduce the picture first: nothing over 2000 pixels is needed.`);
        }
        const state = await send(photo, told);
        if (mine !== round) { forget(state.id); return; }
        photo.id = state.id;
        photo.state = state;
        tell(photo, note);
      } catch (error) {
        if (mine !== round) return;
        photo.error = error instanceof TypeError ? "The server does not answer. Is viewcast serve still running?" : error.message;
        say(`${photo.file.name}: ${photo.error}`);
      }
      draw(photo);
      poll();
    }
  }));
  if (mine === round) rank();
}

function tell(photo, note) {
  const score = told(photo.state.score);
  say(`${note}${photo.file.name}: ${score.number} ${score.unit}; four of five such photos: ${score.low} to ${score.high}.`);
}

const pending = (photo) => photo.id && photo.state && ["explanation", "advice"].some(
  (name) => ["waiting", "working"].includes(photo.state[name].state));

/** Ask what is new until nothing more is to come. */
async function poll() {
  if (polling) return;
  polling = true;
  for (let asked = photos.filter(pending); asked.length; asked = photos.filter(pending)) {
    try {
      const query = asked.map((photo) => `id=${encodeURIComponent(photo.id)}`).join("&");
      const answer = await ask(`/api/photos?${query}`);
      for (const photo of asked) {
        if (!photos.includes(photo) || !photo.id) continue;
        const state = answer.photos.find((one) => one.id === photo.id);
        if (!state) {
          for (const name of ["explanation", "advice"]) {
            if (pending(photo)) photo.state[name] = { state: "failed", detail: "This picture was forgotten meanwhile. Choose it again." };
          }
        } else update(photo, state);
        draw(photo);
      }
      await wait(POLL_MS);
    } catch (error) {
      say("The server does not answer. Is viewcast serve still running?");
      await wait(PATIENCE_MS);
    }
  }
  polling = false;
}

function update(photo, state) {
  const before = photo.state;
  photo.state = state;
  if (before.advice.state !== "done" && state.advice.state === "done") {
    const count = state.advice.steps.length;
    say(`${photo.file.name}: ${state.advice.tried} edits were tried, ${count ? `${count} ${count === 1 ? "is" : "are"} worth a look` : "none helps beyond noise"}.`);
  } else if (before.explanation.state !== "done" && state.explanation.state === "done") {
    say(`${photo.file.name}: the reasons are there.`);
  }
}

// ---- Drawing a photo

function draw(photo) {
  const { card, state, error, file } = photo;
  const name = make("h3", {}, make("bdi", {}, file.name));
  card.setAttribute("aria-busy", String(!error && (!state || Boolean(pending(photo)))));
  if (error) return void card.replaceChildren(name, make("p", { class: "warning" }, error));
  if (!state) return void card.replaceChildren(name, make("p", { class: "working" }, "Scoring\u2026"));
  if (photo.drawn !== state.id) {
    photo.drawn = state.id;
    photo.parts = { explanation: make("section"), advice: make("section") };
    const seen = make("figure", {}, make("img", { src: state.pictures.photo, alt: file.name }));
    card.replaceChildren(name,
      make("div", { class: "beside-each-other" }, seen, scored(state.score)), photo.parts.explanation, photo.parts.advice);
    photo.last = {};
  }
  part(photo, "explanation", state.explanation, explained);
  part(photo, "advice", state.advice, advised);
}

/** Draw a part anew where what it shows has changed, so that focus and open details stay where nothing is new. */
function part(photo, name, shown, drawing) {
  const now = JSON.stringify(shown);
  if (photo.last[name] === now) return;
  photo.last[name] = now;
  const focused = photo.parts[name].contains(document.activeElement) ? document.activeElement.id : "";
  photo.parts[name].replaceChildren(...[drawing(photo)].flat().filter(Boolean));
  if (focused) $(focused)?.focus();
}

function scored(score) {
  const { number, unit, low, high } = told(score);
  const top = Math.max(score.high * 1.08, 1), bottom = Math.min(score.low, 0);
  const at = (value) => `${(100 * (value - bottom)) / (top - bottom)}%`;
  const span = make("span", { class: "span" }), dot = make("span", { class: "dot" });
  span.style.left = at(score.low);
  span.style.width = `calc(${at(score.high)} - ${at(score.low)})`;
  dot.style.left = at(score.popularity);
  const row = (term, ...text) => make("div", {}, make("dt", {}, term), make("dd", {}, ...text));
  const narrowing = score.unknown.filter((one) => one.width < score.width).sort((a, b) => a.width - b.width);
  const text = score.unknown.map((one) => cueWords(one.cue)).join(", ");
  // Widths are of a logarithm of base two where views are counted.
  const width = (value) => score.views == null ? `${value.toFixed(1)} wide` : `from one to ${(2 ** value).toFixed(value < 3 ? 1 : 0)} times as many`;
  return make("div", {},
    make("p", {}, make("span", { class: "number" }, number, " ", make("span", { class: "beside" }, unit)),
      make("span", { class: "beside" }, `Four of five such photos: ${low} to ${high}.`)),
    make("div", { class: "range", "aria-hidden": "true" }, span, dot),
    make("dl", {},
      row("Place", `higher than ${Math.round(score.percentile)}% of the forecasts for the photos it learned from`),
      row("The average photo", score.average.toFixed(2)),
      row("The picture adds", signed(score.content), factor(score, score.content)),
      row("Account and text add", ...(score.social ? [signed(score.social), factor(score, score.social)] : ["nothing that is known"])),
      row("Together", `${score.popularity.toFixed(2)} (${unit === score.counted ? document.body.dataset.unit : unit})`),
      score.unknown.length > 0 && row("Not known", score.social === 0 && score.unknown.length > 3
        ? "anything of the account and the text. " : `${text}. `, narrowing.length > 0 &&
        `The interval usually goes ${width(score.width)}; with \u201c${cueWords(narrowing[0].cue)}\u201d filled in, ${width(narrowing[0].width)}.`)),
    ...score.warnings.map((warning) => make("p", { class: "warning" }, warning)));
}

const working = (words) => make("p", { class: "working" }, words);

function explained(photo) {
  const { explanation, score, pictures, id } = photo.state, heading = make("h4", {}, "Why");
  if (explanation.state === "failed") return [heading, make("p", { class: "warning" }, explanation.detail)];
  if (explanation.state !== "done") return [heading, working("Finding the reasons\u2026")];
  const shown = 8, most = Math.max(...explanation.reasons.map((reason) => Math.abs(reason.amount)), 1e-9);
  const line = (reason) => {
    const bar = make("span", { class: reason.amount < 0 ? "sinks" : "lifts" });
    const width = (50 * Math.abs(reason.amount)) / most;
    bar.style.width = `${width}%`;
    bar.style.left = reason.amount < 0 ? `${50 - width}%` : "50%";
    const colour = reason.rgb && make("span", { class: "colour", "aria-hidden": "true" });
    if (colour) colour.style.background = reason.rgb;
    return make("tr", {}, make("th", { scope: "row" }, colour || null, capital(reason.name)),
      make("td", { class: "value" }, signed(reason.amount)),
      make("td", { class: "bar", "aria-hidden": "true" }, make("span", { class: "track" }, bar)));
  };
  const table = (reasons, caption) => make("table", {}, make("caption", {}, caption),
    make("thead", { class: "unseen" }, make("tr", {}, ...["Reason", "Adds"].map((word) => make("th", { scope: "col" }, word)), make("td"))),
    make("tbody", {}, ...reasons.map(line)));
  const rest = explanation.reasons.slice(shown);
  const first = table(explanation.reasons.slice(0, shown), `What each adds to the average photo's ${explanation.average.toFixed(2)}${
    score.views == null ? "" : "; 1 more is about twice the views"}.`);
  const map = pictures.heatmap && make("figure", {},
    make("img", { src: pictures.heatmap, alt: `${photo.file.name} in grey; places that lift the forecast are orange, those that sink it blue` }),
    make("figcaption", {}, "Where: orange places lift the forecast, blue ones sink it."));
  return [heading, map ? make("div", { class: "beside-each-other" }, map, first) : first,
    rest.length > 0 && make("details", { id: `rest-${id}` }, make("summary", {}, plural(rest.length, "smaller reason")),
      table(rest, `All reasons, these and those above, make up ${explanation.total.toFixed(2)}.`))];
}

function gained(gain, score) {
  if (gain.views == null) return `${signed(gain.value)} (${signed(gain.low)} to ${signed(gain.high)})`;
  const many = (value) => minus((value < 0 ? "-" : "+") + amount(Math.abs(value)));
  return `${many(gain.views)} ${score.counted} (${many(gain.views_low)} to ${many(gain.views_high)})`;
}

function advised(photo) {
  const { advice, score, pictures, id } = photo.state, heading = make("h4", {}, "Edits that were tried");
  if (advice.state === "failed") return [heading, make("p", { class: "warning" }, advice.detail)];
  if (advice.state === "waiting") return [heading, working("Edits are tried when the other photos have their scores\u2026")];
  if (advice.state === "working") {
    if (!advice.of) return [heading, working("Trying edits\u2026")];
    const so = advice.round > 1 ? ` on top of what helped` : "";
    return [heading, working(`Trying edits${so}: ${advice.number} of ${advice.of}\u2026`),
      advice.promising.length > 0 && make("p", {}, "These seem to help:"),
      advice.promising.length > 0 && make("ul", {}, ...advice.promising.map((one) =>
        make("li", {}, `${one.sentence} \u00d7\u2009${one.factor.toFixed(2)}`)))];
  }
  const limits = make("details", { id: `limits-${id}` }, make("summary", {}, "What the model cannot know, and how this was tested"),
    make("ul", {}, ...advice.limits.map((limit) => make("li", {}, limit))), make("p", { class: "small" }, advice.test));
  if (!advice.steps.length) {
    return [heading, make("p", {}, `${advice.tried} edits were tried, and none helps by more than could be chance. That is no fault of the photo.`), limits];
  }
  let before = { picture: pictures.photo, score };
  const steps = advice.steps.map((step, number) => {
    const after = { picture: step.picture ? pictures[step.picture] : before.picture, score: step.score };
    const figure = (when, one) => make("figure", {}, make("img", { src: one.picture, alt: `${photo.file.name}, ${when} step ${number + 1}` }),
      make("figcaption", {}, `${capital(when)}: ${told(one.score).number} ${told(one.score).unit}`));
    const item = make("li", { class: "edit" },
      make("p", {}, make("strong", {}, `${number + 1}. ${step.sentence}`)),
      step.picture
        ? make("div", { class: "pair" }, figure("before", before), figure("after", after))
        : make("p", { class: "beside" }, `Before: ${told(before.score).number}, after: ${told(after.score).number} ${told(after.score).unit}`),
      make("p", {}, make("span", { class: "gain" }, gained(step.gain, step.score)),
        number > 0 && make("span", { class: "beside" }, `; with the steps before ${gained(step.total, step.score)}`)),
      step.picture && make("a", { class: "button", href: `${pictures[step.picture]}?full=true`, download: "" }, "Download at full size"));
    before = after;
    return item;
  });
  return [heading,
    make("p", { class: "small" }, `${advice.tried} edits were tried. Each step is on top of the one before; in brackets is the interval of its gain.`),
    make("ol", { class: "edits", role: "list" }, ...steps), limits];
}

// ---- Which one to post

async function rank() {
  const scored = photos.filter((photo) => photo.id && photo.state);
  const asked = scored.map((photo) => photo.id).join();
  if (scored.length < 2) return;
  scored.sort((a, b) => b.state.score.popularity - a.state.score.popularity);
  const show = (chances) => {
    $("ranking").replaceChildren(...scored.map((photo, place) => {
      const { number, unit, low, high } = told(photo.state.score), next = scored[place + 1];
      const chance = chances && next && chances[photo.id][next.id];
      return make("li", {}, make("div", { class: "row" }, make("img", { src: photo.state.pictures.photo, alt: "" }),
        make("div", {}, make("bdi", {}, photo.file.name), ": ", make("strong", {}, number), ` ${unit} `,
          make("span", { class: "beside" }, `(${low} to ${high})`),
          chance != null && make("span", { class: "beside" }, ` More popular than the next with a chance of ${Math.round(100 * chance)}%.`))));
    }));
    $("comparison").hidden = false;
  };
  show(null);
  if (compared === asked) return;
  compared = asked;
  const mine = round;
  try {
    const { chances } = await ask("/api/compare", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ photos: scored.map((photo) => photo.id) }),
    });
    if (mine === round) {
      show(chances);
      say(`${plural(scored.length, "photo")} compared: ${scored[0].file.name} comes first.`);
    }
  } catch (error) {
    if (mine === round) say(error.message);
  }
}

// ---- The page's own controls

input.addEventListener("change", () => take(input.files));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (photos.length) score();
  else say("Choose photos first: what you filled in is used as soon as they are there.");
});
form.addEventListener("reset", (event) => {
  // The photos stay.
  event.preventDefault();
  form.querySelectorAll("fieldset input, fieldset select, fieldset textarea").forEach((field) => { field.value = ""; });
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  take(event.dataTransfer.files);
});
$("forget").addEventListener("click", () => {
  photos.forEach((photo) => photo.id && forget(photo.id));
  photos = [];
  round++;
  input.value = "";
  list.replaceChildren();
  $("comparison").hidden = true;
  say("All pictures are forgotten.");
  input.focus();
});
