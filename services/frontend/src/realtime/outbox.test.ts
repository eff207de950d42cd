import assert from "node:assert/strict";
import { test } from "node:test";
import { accepted, emptyOutbox, enqueue, refuse, requeue, sendable } from "./outbox.ts";

void test("of a draft only the first is sent until it has made the thread", () => {
  const outbox = enqueue(enqueue(emptyOutbox(), null, "one"), null, "two");
  const [first] = sendable(outbox);
  assert.deepEqual(sendable(outbox).map((entry) => entry.content), ["one"]);
  const after = accepted(outbox, first?.id ?? "", "t");
  assert.deepEqual(sendable(after).map((entry) => [entry.content, entry.threadId]), [["two", "t"]]);
});

void test("a refused first message lets the next one make the thread, and joins it", () => {
  const outbox = enqueue(enqueue(emptyOutbox(), null, "one"), null, "two");
  const [first] = sendable(outbox);
  const refused = refuse(outbox, first?.id ?? "", "No.");
  const [second] = sendable(refused);
  assert.equal(second?.content, "two");
  const again = requeue(accepted(refused, second.id, "t"), first?.id ?? "");
  assert.deepEqual(sendable(again).map((entry) => [entry.content, entry.threadId]), [["one", "t"]]);
});

void test("acknowledging what is not waiting changes nothing", () => {
  const outbox = enqueue(emptyOutbox(), "t", "one");
  assert.equal(accepted(outbox, "other", "t"), outbox);
});
