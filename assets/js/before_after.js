// Two pictures of the same prompt and seed: a divider to drag, side by side, or in turn; and a question about them.

const root = element.querySelector(".lk-pairpane"), MODES = [["slider", "Slider"], ["side", "Side by side"], ["flip", "Flip"]];
let mode = "slider", at = 50, flipped = false, dragging = false;

const picture = (side, name) => side.image ? h("img", { class: name, src: side.image, alt: side.words || side.tag, draggable: "false" }) : h("div.lk-half", { class: name }, "being made");

function stageView(pair) {
  const { left, right } = pair, tag = (side, edge) => side.tag && h("span.tg", { style: `${edge}:8px` }, side.tag);
  if (mode === "side") return h("div.lk-sides", { key: "side" }, [left, right].map(side => h("figure", {}, picture(side, ""), h("figcaption", {}, side.tag))));
  if (mode === "flip") {
    const side = flipped ? right : left;
    return h("button.lk-ab", { key: "flip", type: "button", do: "flip", "aria-label": "Show the other picture" }, picture(side, ""), tag(side, flipped ? "right" : "left"));
  }
  return h("div.lk-ab", { key: "slider", style: `--x:${at}%` }, picture(right, ""), picture(left, "top"),
    h("div.bar", { role: "slider", tabindex: 0, do: "bar", "aria-label": "Divider", "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.round(at), "aria-valuetext": `${Math.round(at)} percent of ${left.tag || "the left picture"}` }),
    tag(left, "left"), tag(right, "right"));
}

function ballotView(ballot) {
  const button = (choice, words, key) => h("button.lk-btn", { type: "button", do: "vote", "data-choice": choice, class: choice === "same" ? "g s" : "w" }, words, h("kbd", {}, key));
  const verdict = ballot.agree === null ? "" : ` They agree with the likeness score ${ballot.agree === 1 ? "once" : ballot.agree + " times"}.`;
  return h("div.lk-ballot", { key: "ballot" }, h("p.lk-15.lk-b", {}, ballot.question), h("p.lk-12.lk-2c", {}, ballot.help),
    h("div.lk-row.lk-ballotrow", {}, button("left", "Left", "1"), button("right", "Right", "2")), button("same", "About the same", "0"),
    ballot.votes > 0 && h("p.lk-11.lk-3c", {}, `${many(ballot.votes, "vote")} on this wall.${verdict}`));
}

function tallyView(ballot) {
  const left = Math.max(ballot.wanted - ballot.votes, 0);
  return h("section.lk-tally", { key: "tally" }, h("p.lk-15.lk-b", {}, "Names and scores are hidden"),
    h("p.lk-2c", {}, "Rows and sides are shuffled for every pair. " + (left ? `${many(left, "more vote")} and the ranking means something.` : "The ranking means something now.")),
    h("div.lk-bar.ink", {}, h("i", { style: `width:${Math.min(ballot.votes / ballot.wanted, 1) * 100}%` })),
    h("div.lk-row.lk-sp.lk-12.lk-3c", {}, h("span", {}, `${ballot.votes} of ${ballot.wanted} votes`),
      h("button.lk-linky", { type: "button", do: "results" }, left ? "Show results early" : "Show results")));
}

function resultsView(results) {
  return h("section.lk-results", { key: "results" }, h("h3.lk-12.lk-b", {}, "What the votes say"),
    results.map(r => h("div.lk-result", {}, h("span.lk-let", {}, r.letter), h("span.lk-el", {}, r.name), h("div.lk-bar.ink", {}, h("i", { style: `width:${r.share * 100}%` })), h("span", {}, `won ${r.won} of ${r.of}`))));
}

function show() {
  const pair = props.value;
  if (!pair) return draw(root);
  const head = h("header.lk-row.lk-sp", { key: "head" }, h("h3.lk-12.lk-b.lk-el", {}, pair.title),
    h("span.lk-seg", { role: "group", "aria-label": "How to compare" }, MODES.map(([name, words]) => h("button", { type: "button", do: "mode", "data-mode": name, "aria-pressed": String(mode === name) }, words))));
  draw(root, [
    pair.blind && pair.ballot && tallyView(pair.ballot), head,
    h("div.lk-duo", { key: "duo", class: pair.blind ? "large" : "" }, stageView(pair), pair.ballot && ballotView(pair.ballot)),
    pair.ballot?.results.length > 0 && resultsView(pair.ballot.results),
  ].filter(Boolean));
}

function slide(event) {
  const box = root.querySelector(".lk-ab").getBoundingClientRect();
  at = Math.min(Math.max((event.clientX - box.left) / box.width * 100, 0), 100);
  show();
}

const vote = choice => { if (props.value?.ballot) trigger("vote", { pair: props.value.ballot.pair, choice }); };
deeds(element, "click", {
  mode: target => { mode = target.dataset.mode; show(); },
  flip: () => { flipped = !flipped; show(); },
  vote: target => vote(target.dataset.choice),
  results: () => trigger("results"),
});
element.addEventListener("pointerdown", event => {
  if (mode !== "slider" || !event.target.closest(".lk-ab")) return;
  dragging = true;
  root.setPointerCapture(event.pointerId);
  slide(event);
});
element.addEventListener("pointermove", event => { if (dragging) slide(event); });
element.addEventListener("pointerup", () => { dragging = false; });
element.addEventListener("pointercancel", () => { dragging = false; });
element.addEventListener("keydown", event => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by && event.target.dataset.do === "bar") {
    event.preventDefault();
    at = Math.min(Math.max(at + by * (event.shiftKey ? 10 : 1), 0), 100);
    show();
  }
});
// 1, 2 and 0 vote while the pair is on screen and no field has the focus.
document.addEventListener("keydown", event => {
  const choice = { 1: "left", 2: "right", 0: "same" }[event.key];
  if (choice && !event.shiftKey && !typing(event) && element.offsetParent && !document.querySelector("dialog[open]") && Date.now() - gone > 1500) vote(choice);
});
// G starts a move to another page; the number after it is no vote.
let gone = 0;
document.addEventListener("keydown", event => { if (event.key.toLowerCase() === "g" && !typing(event)) gone = Date.now(); }, true);
watch("value", show);
show();
