// Files that a person drops or chooses: up to the studio one after the other, then one question with all of them.

const MOST_FILES = 300;
const OF_USE = /^[^.].*\.(jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|txt|caption)$/i;   // what is taken of a folder; the rest, also what a Mac notes beside files, is left alone
const folders = new WeakMap();                                              // file → its name with the folders it lay in

const nameOf = file => folders.get(file) || file.webkitRelativePath || file.name;

// upload is gr.HTML's own; of an errand, call is a server function that takes {files: [{path, name}]}, done(answer,
// payload) follows when it said yes, and by its name it is found again by a page that was reloaded meanwhile.
async function bring(files, upload, errand, payload) {
  const chosen = files.slice(0, MOST_FILES), sent = [], names = chosen.map(nameOf);
  const leave = event => event.preventDefault();                            // the browser asks whether to go
  window.addEventListener("beforeunload", leave);
  if (files.length > MOST_FILES) toast("warn", `These are ${files.length} files.`, `The first ${MOST_FILES} are taken.`);
  window.dispatchEvent(new CustomEvent("lk:bringing", { detail: { at: 0, of: chosen.length, errand: errand.name } }));
  try {
    for (const [i, file] of chosen.entries()) {
      window.dispatchEvent(new CustomEvent("lk:bringing", { detail: { at: i + 1, of: chosen.length, errand: errand.name } }));
      sessionStorage.setItem(HALF, JSON.stringify({ errand: errand.name, payload, sent, rest: names.slice(i) }));
      try { sent.push({ path: (await upload(file)).path, name: nameOf(file) }); }
      catch { toast("err", `${file.name} did not arrive.`, "It may be too large. Save it as a JPEG and add it again."); }
    }
    await handIn(errand, payload, sent);
  } finally {
    window.removeEventListener("beforeunload", leave);
    window.dispatchEvent(new CustomEvent("lk:bringing", { detail: null }));
  }
}

async function handIn({ call, done }, payload, sent) {
  sessionStorage.removeItem(HALF);                                          // from here on the studio has them
  if (!sent.length) return;
  const answer = await ask(call, { ...payload, files: sent });
  for (const refused of answer?.refused || []) toast("err", refused.error, refused.advice);
  if (answer) await done(answer, payload);
}

// A page that was left while files were on their way takes what had arrived, and names what had not.
const HALF = "lk-half-brought";
async function takeUp(errand) {
  const half = JSON.parse(sessionStorage.getItem(HALF) || "null");
  if (half?.errand !== errand.name) return;
  const { payload, sent, rest } = half, named = rest.slice(0, 3).map(name => name.split("/").at(-1)).join(", ") + (rest.length > 3 ? ` and ${rest.length - 3} more` : "");
  await handIn(errand, payload, sent);
  if (rest.length) toast("err", `The page was left before ${many(rest.length, "file")} of ${sent.length + rest.length} had arrived.`, `Add ${rest.length > 1 ? "them" : "it"} again: ${named}.`);
}

// Let a person choose photos, with what lies beside them, or a whole folder.
function choosing(take, folder) {
  const input = h("input", folder ? { type: "file", webkitdirectory: true } : { type: "file", multiple: true, accept: "image/*,.heic,.heif,.avif,.txt,.caption" });
  input.addEventListener("change", () => {
    const files = [...input.files].filter(file => !folder || OF_USE.test(file.name));
    if (files.length) take(files);
    else if (folder) toast("warn", "There is no photo in this folder.", "Choose another one.");
  });
  input.click();
}

// All files of what was dropped, folders opened.
async function opened(entries) {
  const found = [], promised = (what, name) => new Promise((yes, no) => what[name](yes, no));
  const walk = async entry => {
    if (entry.isFile) {
      const file = await promised(entry, "file");
      folders.set(file, entry.fullPath.replace(/^\//, ""));
      if (OF_USE.test(file.name)) found.push(file);
      return;
    }
    const reader = entry.createReader();
    for (let some = await promised(reader, "readEntries"); some.length; some = await promised(reader, "readEntries")) for (const one of some) await walk(one);
  };
  for (const entry of entries) await walk(entry);
  return found;
}

// Let files fall on an element; while they hover over it, it wears is-over.
function dropping(target, take) {
  const carries = event => [...(event.dataTransfer?.types || [])].includes("Files");
  for (const name of ["dragenter", "dragover"]) target.addEventListener(name, event => { if (carries(event)) { event.preventDefault(); target.classList.add("is-over"); } });
  target.addEventListener("dragleave", event => { if (!target.contains(event.relatedTarget)) target.classList.remove("is-over"); });
  target.addEventListener("drop", event => {
    if (!carries(event)) return;
    event.preventDefault();
    target.classList.remove("is-over");
    const entries = [...event.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.some(entry => entry.isDirectory)) return take([...event.dataTransfer.files]);
    opened(entries).then(files => files.length ? take(files) : toast("warn", "There is no photo in this folder.", "Drop another one."));
  });
}
