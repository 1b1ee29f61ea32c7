// Files that a person drops or chooses: up to the studio one after the other, then one question with all of them.

const MOST_FILES = 300;
const OF_USE = /^[^.].*\.(jpe?g|png|webp|hei[cf]|avif|tiff?|bmp|txt|caption)$/i;   // what is taken of a folder; the rest, also what a Mac notes beside files, is left alone
const folders = new WeakMap();                                              // file → its name with the folders it lay in

const nameOf = file => folders.get(file) || file.webkitRelativePath || file.name;

// upload is gr.HTML's own; call a server function that takes {files: [{path, name}]}; done(answer) when it said yes.
async function bring(files, upload, call, payload, done) {
  const chosen = files.slice(0, MOST_FILES), sent = [];
  if (files.length > MOST_FILES) toast("warn", `These are ${files.length} files.`, `The first ${MOST_FILES} are taken.`);
  window.dispatchEvent(new CustomEvent("lk:bringing", { detail: { at: 0, of: chosen.length } }));
  try {
    for (const [i, file] of chosen.entries()) {
      window.dispatchEvent(new CustomEvent("lk:bringing", { detail: { at: i + 1, of: chosen.length } }));
      try { sent.push({ path: (await upload(file)).path, name: nameOf(file) }); }
      catch { toast("err", `${file.name} did not arrive.`, "It may be too large. Save it as a JPEG and add it again."); }
    }
    if (!sent.length) return;
    const answer = await ask(call, { ...payload, files: sent });
    for (const refused of answer?.refused || []) toast("err", refused.error, refused.advice);
    if (answer) await done(answer);
  } finally { window.dispatchEvent(new CustomEvent("lk:bringing", { detail: null })); }
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
