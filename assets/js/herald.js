let last = 0;
watch("value", () => {
  const said = props.value;
  if (!said || !said.serial || said.serial === last) return;
  last = said.serial;
  toast(said.kind, said.title, said.words, said.page ? { label: said.label || said.page, run: () => go(said.page) } : null);
  if (said.kind === "ok") nudge();
});
