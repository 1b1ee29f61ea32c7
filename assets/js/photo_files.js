// Files that a person drops or chooses: up to the studio one after the other, then one question with all of them.

const MOST_FILES = 60;

// upload is gr.HTML's own; call a server function that takes {files: [{path, name}]}; done(answer) when it said yes.
async function bring(files, upload, call, payload, done) {
  const chosen = files.slice(0, MOST_FILES), sent = [];
  window.dispatchEvent(new CustomEvent("lk:bringing", { detail: { at: 0, of: chosen.length } }));
  try {
    for (const [i, file] of chosen.entries()) {
      window.dispatchEvent(new CustomEvent("lk:bringing", { detail: { at: i + 1, of: chosen.length } }));
      try { sent.push({ path: (await upload(file)).path, name: file.name }); }
      catch { toast("err", `${file.name} did not arrive.`, "It may be too large. Save it as a JPEG and add it again."); }
    }
    if (!sent.length) return;
    const answer = await ask(call, { ...payload, files: sent });
    for (const refused of answer?.refused || []) toast("err", refused.error, refused.advice);
    if (answer) await done(answer);
  } finally { window.dispatchEvent(new CustomEvent("lk:bringing", { detail: null })); }
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
    take([...event.dataTransfer.files]);
  });
}
