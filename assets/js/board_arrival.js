// A file of another program on its way in: dropped, chosen or named by its path, then given its words.

const WEIGHTS = /\.(safetensors|pt|pth|ckpt|bin)$/i;
let arrival = null;   // {path, says: what the file says of itself or null, file, name, noun, trigger, busy}

function arrivalView() {
  if (!arrival) return null;
  const word = (name, label, hint) => h("label.lk-fld", {}, h("span.lk-lab", {}, h("span", {}, label)),
    h("input.lk-in.s", { "data-word": name, value: arrival[name] || "", placeholder: hint, maxlength: name === "path" ? 4096 : 200, spellcheck: "false", autocomplete: "off" }));
  const leave = h("button.lk-btn.s.g", { type: "button", do: "leavealone" }, "Cancel");
  if (!arrival.says) {
    return h("section.lk-sec.arrival", { key: "arrival", "aria-label": "A file of another program" },
      h("p.lk-12.lk-2c", {}, "A LoRA or an embedding in .safetensors, as diffusers, PEFT and kohya name it. Drop it here, choose it, or give its path on this computer."),
      h("div.words", {}, word("path", "Path", "/models/loras/pip.safetensors")),
      h("div.lk-row", {}, h("button.lk-btn.s.p", { type: "button", do: "lookat" }, "Look at it"), h("button.lk-btn.s", { type: "button", do: "bringfile" }, icon("upload", "s"), "Choose a file"), leave));
  }
  const { holds, base } = arrival.says;
  return h("section.lk-sec.arrival", { key: "arrival", "aria-label": "A file of another program" },
    h("p.lk-12.lk-2c", {}, h("b", {}, arrival.file), ` holds ${/^[aeiou]/i.test(holds) ? "an" : "a"} ${holds}. It is taken over for ${base}; on another base it is refused.`),
    h("div.words", {}, word("name", "Name", "Pip"), word("noun", "Noun", "what it is: cat, woman, style"), word("trigger", "Word it answers to", "<pip>")),
    h("div.lk-row", {}, h("button.lk-btn.s.p", { type: "button", do: "takeover", disabled: !!arrival.busy }, "Take over"), leave));
}

async function welcome(file) {
  arrival = null;
  toast("ok", `${file.name} is on its way in`);
  const kept = await upload(file).catch(() => null);
  if (!kept) return toast("err", `${file.name} did not arrive`, "It may be too large; 200 MB is the most. Give its path instead.");
  arrival = { path: kept.path, file: file.name };
  await lookAt();
}

async function lookAt() {
  const answer = await ask(server.board_newcomer, { path: arrival.path });
  if (!arrival) return;
  if (answer) arrival = { noun: "", file: arrival.path.split(/[\\/]/).pop(), ...arrival, ...answer.says, says: answer.says };
  else if (arrival.file) arrival = null;
  arrange();
  if (arrival?.says) root.querySelector(".arrival [data-word=noun]").focus();
}

async function takeOver() {
  const { path, name, noun, trigger } = arrival;
  arrival.busy = true;
  arrange();
  if (!await ask(server.board_adopt, { path, name, noun, trigger })) {
    if (arrival) arrival.busy = false;
    return arrange();
  }
  arrival = null;
  nudge();
  arrange();
  toast("ok", `${name} is being taken over`, "Then it stands among the tuned files, and Compose can place it.");
}

function bringFile() {
  const input = h("input", { type: "file", accept: ".safetensors" });
  input.addEventListener("change", () => input.files[0] && welcome(input.files[0]));
  input.click();
}
