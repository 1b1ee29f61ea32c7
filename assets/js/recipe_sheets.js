// Recipes as they come on the base in use: on a large one some knobs have another default, and offers and tags follow.

function sheetsOn(large) {
  return JSON.parse(props.sheets).map(one => ({ ...one, ...(large ? one.large : {}), knobs: one.knobs.map(knob => knobOn(knob, large)) }));
}

function knobOn(knob, large) {
  if (!("large" in knob)) return knob;
  const word = value => knob.kind === "tick" ? (value ? "on" : "off") : figure(value);
  const [value, other] = large ? [knob.large, knob.value] : [knob.value, knob.large];
  const others = large ? "small ones like the starter have" : "large ones like SD 1.5 have";
  return { ...knob, value, help: `${knob.help} On this base it comes as ${word(value)}; ${others} ${word(other)}.`.trim() };
}
