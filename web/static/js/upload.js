// A panel to upload files: in pieces, two files at once, so that a broken connection or a reload costs next to nothing.
// Without this it is a form. The library that speaks tus comes when the first file is chosen.

const CHUNK = 8 * 1024 * 1024, AT_ONCE = 2, SOONEST_MS = 1500, LATEST_MS = 15_000;
const RETRIES_MS = [0, 1000, 2000, 4000, 8000, 15_000, 30_000, 60_000];
const ENDED = ["stored", "refused"];

for (const form of document.querySelectorAll("form.upload")) begin(form);

function begin(form) {
  const words = JSON.parse(form.dataset.words), address = new URL(form.dataset.address, location.href).href;
  const list = form.querySelector("ul"), told = form.querySelector(".told"), blank = form.querySelector("template");
  const chooser = form.querySelector("[type=file]"), headers = { "X-CSRF-Token": form.elements.csrf.value };
  const rows = [];
  let library = null, looking = 0, pause_ms = SOONEST_MS;

  form.hidden = false;
  form.querySelector(".send").hidden = true;
  form.querySelector(".dragging").hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  chooser.addEventListener("change", () => { add([...chooser.files]); chooser.value = ""; });
  for (const name of ["dragover", "dragleave", "drop"]) form.addEventListener(name, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", name === "dragover");
    if (name === "drop") add([...event.dataTransfer.files]);
  });
  addEventListener("online", () => { for (const row of rows) if (row.state === "lost") queue(row); });
  look();

  // ── rows: one for each file, its state in words ─────────────────────────────────────────────────
  function make(name, size, id = null) {
    const item = blank.content.firstElementChild.cloneNode(true);
    const row = { name, size, id, item, state: "", file: null, upload: null, got: 0, reason: "", storage: "" };
    item.querySelector("b").textContent = name;
    item.querySelector(".hold").addEventListener("click", () => hold(row));
    item.querySelector(".away").addEventListener("click", () => give_up(row));
    item.querySelector(".away").setAttribute("aria-label", `${words.cancel}: ${name}`);
    rows.push(row);
    list.append(item);
    list.hidden = false;
    return row;
  }

  function show(row, state = row.state) {
    const is_new = state !== row.state;
    row.state = state;
    const bar = row.item.querySelector("progress"), hold = row.item.querySelector(".hold");
    const text = state === "received" && row.storage ? words.waits.replace("{storage}", row.storage)
      : state === "stored" && row.storage ? words.stored_in.replace("{storage}", row.storage) : words[state];
    row.item.dataset.state = state;
    row.item.querySelector("small").textContent = row.reason ? `${state === "lost" ? "" : `${text}: `}${row.reason}` : text;
    bar.hidden = !["waiting", "receiving", "paused", "lost"].includes(state);
    bar.value = row.size ? (100 * row.got) / row.size : 100;
    bar.setAttribute("aria-label", row.name);
    hold.hidden = !["waiting", "receiving", "paused", "lost", "failed"].includes(state);
    hold.textContent = { paused: words.resume, lost: words.again, failed: words.again }[state] ?? words.pause;
    hold.setAttribute("aria-label", `${hold.textContent}: ${row.name}`);
    row.item.querySelector(".away").hidden = [...ENDED, "received"].includes(state);
    if (is_new) sum_up(row);
    if (is_new && state === "stored") form.dispatchEvent(new Event("stored", { bubbles: true }));   // the page may list it
  }

  function sum_up(row) {
    const there = rows.filter((r) => ["received", "stored"].includes(r.state)).length;
    const lines = [words.of.replace("{done}", there).replace("{all}", rows.length)];
    if (["refused", "failed", "lost"].includes(row.state)) lines.unshift(`${row.name}: ${row.reason || words[row.state]}`);
    told.textContent = lines.join(" ");
  }

  // ── sending ─────────────────────────────────────────────────────────────────────────────────────
  async function add(files) {
    if (!files.length) return;
    for (const file of files) {
      const old = rows.find((r) => r.state === "interrupted" && r.name === file.name && r.size === file.size);
      const row = old ?? make(file.name, file.size);
      row.file = file;
      show(row, "waiting");
    }
    try {
      library ??= import("tus-js-client").then(() => globalThis.tus);
      await library;
    } catch {                                     // the next choice tries again
      library = null;
      for (const row of rows) if (row.state === "waiting") show(row, "failed");
      return;
    }
    next();
  }

  function next() {
    const free = AT_ONCE - rows.filter((r) => r.state === "receiving").length;
    for (const row of rows.filter((r) => r.state === "waiting").slice(0, Math.max(0, free))) send(row);
  }

  async function send(row) {
    show(row, "receiving");
    const tus = await library;
    if (!row.upload) {
      const upload = new tus.Upload(row.file, {
        endpoint: address, headers, chunkSize: CHUNK, retryDelays: RETRIES_MS, removeFingerprintOnSuccess: true,
        metadata: { name: row.file.name, type: row.file.type, lastModified: String(row.file.lastModified) },
        onProgress: (sent) => { row.got = sent; if (row.state === "receiving") show(row); },
        onSuccess: () => { row.got = row.size; row.id = upload.url.split("/").pop(); show(row, "received"); next(); look_soon(); },
        onError: (error) => { fail(row, error); next(); },
      });
      const before = await upload.findPreviousUploads();
      if (before.length) upload.resumeFromPreviousUpload(before[0]);
      row.upload = upload;
    }
    if (row.state === "receiving") row.upload.start();
  }

  function fail(row, error) {
    const answer = error.originalResponse, status = answer?.getStatus() ?? 0;
    if (!status) { row.reason = words.lost; show(row, "lost"); return; }
    let detail = "";
    try { detail = JSON.parse(answer.getBody()).detail; } catch { /* no problem document */ }
    row.reason = { 413: words.too_large, 507: words.no_room }[status] ?? detail;
    show(row, [413, 415, 422].includes(status) ? "refused" : "failed");
  }

  function queue(row) {
    row.reason = "";
    show(row, "waiting");
    next();
  }

  function hold(row) {
    if (["waiting", "receiving"].includes(row.state)) {
      row.upload?.abort();
      show(row, "paused");
      next();
    } else if (library) queue(row);
    else add([row.file]);
  }

  async function give_up(row) {
    const id = row.id ?? row.upload?.url?.split("/").pop();
    await row.upload?.abort();
    if (id) await fetch(`${address.split("?")[0]}/${id}`, { method: "DELETE", headers: { ...headers, "Tus-Resumable": "1.0.0" } });
    for (const known of (await row.upload?.findPreviousUploads()) ?? []) localStorage.removeItem(known.urlStorageKey);
    rows.splice(rows.indexOf(row), 1);
    row.item.remove();
    list.hidden = !rows.length;
    next();
  }

  // ── what became of them: asked while something waits to be stored, more and more seldom ──────────
  function look_soon() {
    pause_ms = SOONEST_MS;
    clearTimeout(looking);
    looking = setTimeout(look, pause_ms);
  }

  async function look() {
    let found = [];
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) found = (await answer.json()).items;
    } catch { /* asked again */ }
    for (const each of found.reverse()) {
      let row = rows.find((r) => r.id === each.id || r.upload?.url?.endsWith(`/${each.id}`));
      if (!row) {
        if (each.state === "stored") continue;   // of an earlier visit, and well
        row = make(each.name, each.size, each.id);
      }
      if (each.state === "receiving") {
        if (!row.file) { row.got = each.received; show(row, "interrupted"); }
        continue;
      }
      if (row.file && row.state === "receiving") continue;   // our own word comes in a moment
      row.reason = ENDED.includes(each.state) ? each.problem ?? "" : "";
      row.storage = each.stored_in ?? each.waits_for ?? "";
      show(row, each.state);
    }
    clearTimeout(looking);
    if (rows.some((r) => r.state === "received")) {
      looking = setTimeout(look, pause_ms);
      pause_ms = Math.min(LATEST_MS, pause_ms * 1.3);
    }
  }
}
