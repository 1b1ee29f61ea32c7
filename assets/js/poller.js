// Asks Python how something stands, again and again while it moves.
//
// call({rev, value}) answers {ok, same} or {ok, rev, …}; value() is what is looked at: an answer about something looked
// at before is thrown away, and asked again. got(answer) hears of changes; busy() says whether more are to come.
function poller({ call, value, got, busy, wait }) {
  let rev = "", timer = null, asking = false, misses = 0;

  async function poll() {
    clearTimeout(timer);
    if (asking) { timer = setTimeout(poll, 50); return; }
    asking = true;
    const asked = value();
    try {
      const answer = await inTime(call({ rev, value: asked }));
      if (!answer?.ok) throw new Error(answer?.error);
      misses = 0;
      if (!answer.same && asked === value()) { rev = answer.rev; got(answer); }
    } catch { misses++; }
    asking = false;
    if (busy() || misses || asked !== value()) timer = setTimeout(poll, misses ? Math.min(500 * misses, 5000) : document.hidden ? 3000 : wait);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  window.addEventListener("lk:back", poll);
  // `afresh` is told everything, also what it has been told before.
  return { poll, afresh: () => { rev = ""; poll(); } };
}
