// The explorer's view: controls with labels, one live region for finding and verdict, a figure with its words.
// Only the newest choice is sent while the kernel works; a kernel that does not answer is said so.
const PARTS = [
  ["region", "regions"],
  ["channel", "channels"],
  ["model", "models"],
  ["window", "windows"],
];
const PATIENCE = 10000;
let made = 0;

function element(name, attributes = {}, text = "") {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text) node.textContent = text;
  return node;
}

function labelled(parent, id, text, control) {
  const box = parent.appendChild(element("div"));
  const label = box.appendChild(element("label", { for: id }, text));
  control.id = id;
  box.appendChild(control);
  return label;
}

function fill(select, pairs, value) {
  const wanted = JSON.stringify(pairs);
  if (select.dataset.pairs !== wanted) {
    select.replaceChildren(...pairs.map(([key, words]) => element("option", { value: key }, words)));
    select.dataset.pairs = wanted;
  }
  select.value = value;
}

function render({ model, el }) {
  const own = `ek-${++made}`;
  const { words } = model.get("view"); // in the language of the evaluation
  const root = el.appendChild(element("section", { class: "ek-explorer", "aria-label": words.explorer }));
  const controls = root.appendChild(element("div", { class: "ek-controls", role: "group", "aria-label": words.controls }));
  const selects = {};
  for (const [name] of PARTS) labelled(controls, `${own}-${name}`, words[name], (selects[name] = element("select", { "data-part": name })));
  const slider = element("input", { type: "range", min: "0", step: "1", "data-part": "launch" });
  const shown = labelled(controls, `${own}-launch`, words.launch, slider).appendChild(element("output", { for: `${own}-launch` }));
  const claim = element("input", { type: "text", list: `${own}-claims`, "data-part": "claim", placeholder: words.such_as });
  labelled(controls, `${own}-claim`, words.claim, claim);
  const known = controls.appendChild(element("datalist", { id: `${own}-claims` }));
  const error = root.appendChild(element("div", { class: "ek-error", role: "alert" }));
  const live = root.appendChild(element("div", { class: "ek-live", role: "status", "aria-live": "polite" }));
  const finding = live.appendChild(element("p", { class: "ek-finding" }));
  const verdict = live.appendChild(element("p", { class: "ek-verdict" }));
  const figure = root.appendChild(element("div", { class: "ek-figure", role: "img" }));
  const table = root.appendChild(element("div", { class: "ek-table" }));
  const details = root.appendChild(element("details"));
  details.appendChild(element("summary", {}, words.in_python));
  const call = details.appendChild(element("pre"));
  const small = root.appendChild(element("p", { class: "ek-small" }));
  let launches = [];
  let sent = 0;
  let waiting = false;
  let next = null;
  let timer = 0;

  const send = (choice) => {
    if (waiting) {
      next = choice;
      return;
    }
    waiting = true;
    sent += 1;
    timer = setTimeout(() => {
      waiting = false;
      error.textContent = words.no_answer;
    }, PATIENCE);
    model.set("choice", { ...choice, number: sent });
    model.save_changes();
  };
  const chosen = () => ({
    region: selects.region.value,
    channel: selects.channel.value,
    model: selects.model.value,
    window: selects.window.value === "" ? null : Number(selects.window.value),
    launch: launches[Number(slider.value)]?.[0] ?? "",
    claim: claim.value,
  });
  const name = () => {
    const launch = launches[Number(slider.value)]?.[1] ?? "";
    shown.textContent = launch;
    slider.setAttribute("aria-valuetext", launch);
  };
  const show = () => {
    const view = model.get("view");
    const { choice, options } = view;
    clearTimeout(timer);
    waiting = false;
    answer(view);
    if (next !== null) {
      const newest = next;
      next = null;
      send(newest);
      return;
    }
    for (const [part, list] of PARTS) if (options[list]) fill(selects[part], options[list], choice[part] === null ? "" : String(choice[part]));
    if (options.launches) {
      launches = options.launches;
      slider.max = String(launches.length - 1);
      slider.value = String(Math.max(0, launches.findIndex(([period]) => period === choice.launch)));
      name();
      known.replaceChildren(...options.claims.map(([text]) => element("option", { value: text })));
    }
    if (document.activeElement !== claim) claim.value = choice.claim;
  };
  const answer = (view) => {
    error.textContent = view.error;
    finding.textContent = view.sentence;
    verdict.textContent = view.claim_sentence;
    verdict.dataset.verdict = view.verdict;
    figure.innerHTML = view.figure;
    figure.setAttribute("aria-label", view.alt || words.no_figure);
    table.innerHTML = view.table;
    call.textContent = view.call;
    const took = view.number ? `${view.took} ` : "";
    small.textContent = view.figure ? `${took}${words.to_report}` : "";
    root.dataset.number = String(view.number);
  };

  for (const select of Object.values(selects)) select.addEventListener("change", () => send(chosen()));
  slider.addEventListener("input", () => {
    name();
    send(chosen());
  });
  claim.addEventListener("change", () => send(chosen()));
  model.on("change:view", show);
  show();
  return () => {
    clearTimeout(timer);
    model.off("change:view", show);
  };
}

export default { render };
