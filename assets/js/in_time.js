// An answer, or an error where none comes: a connection that is cut says nothing at all.

const SILENCE = 20_000; // milliseconds after which a question counts as lost

function inTime(answer) {
  return Promise.race([answer, new Promise((_, fail) => setTimeout(() => fail(new Error("no answer")), SILENCE))]);
}
