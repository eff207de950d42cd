import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../api/types.ts";
import { EMPTY, withAccepted, withFailure, withRunFrame, withStored } from "./conversation.ts";
import type { RunFrame } from "./protocol.ts";
import { rowsOf } from "./rows.ts";

const RUN = { run_id: "r1", thread_id: "t" };

function message(fields: Partial<Message> & Pick<Message, "id" | "role" | "position">): Message {
  return { thread_id: "t", content: fields.id, created_at: "", reply_to: null, state: "complete", ...fields };
}

const QUESTION = message({ id: "q1", role: "user", position: 1 });
const ANSWER = message({ id: "a1", role: "assistant", position: 2, reply_to: "q1" });
const STARTED: RunFrame = { ...RUN, type: "agent_started", message_id: "q1", answer_id: "a1" };

function partial(delta: string, offset: number): RunFrame {
  return { ...RUN, type: "partial_result", answer_id: "a1", delta, offset };
}

function streamed(...frames: RunFrame[]): string | undefined {
  const asked = withStored(EMPTY, [QUESTION]);
  const conversation = [STARTED, ...frames].reduce(withRunFrame, asked);
  return rowsOf(conversation, []).find((row) => row.state === "streaming")?.content;
}

void test("deltas make the answer, in order, early, late, twice or overlapping", () => {
  assert.equal(streamed(partial("Hel", 0), partial("lo", 3)), "Hello");
  assert.equal(streamed(partial("lo", 3), partial("Hel", 0)), "Hello");
  assert.equal(streamed(partial("Hel", 0), partial("Hel", 0), partial("ello", 1)), "Hello");
});

void test("offsets count code points, as the server does", () => {
  assert.equal(streamed(partial("👋🏽", 0), partial("!", 2)), "👋🏽!");
});

void test("an answer stands under its question, whatever came in between", () => {
  const stored = [QUESTION, message({ id: "q2", role: "user", position: 2 }), { ...ANSWER, position: 3 }];
  const rows = rowsOf(withStored(EMPTY, stored), []);
  assert.deepEqual(rows.map((row) => row.id), ["q1", "a1", "q2"]);
});

void test("a completed answer takes the place of the streaming one", () => {
  const done: RunFrame = { ...RUN, type: "agent_completed", message: { ...ANSWER, state: "stopped" } };
  const conversation = [STARTED, partial("a", 0), done].reduce(withRunFrame, withStored(EMPTY, [QUESTION]));
  assert.deepEqual(rowsOf(conversation, []).map((row) => row.state), ["sent", "stopped"]);
});

void test("a replayed run does not stream again what is stored", () => {
  const conversation = [STARTED, partial("a", 0)].reduce(withRunFrame, withStored(EMPTY, [QUESTION, ANSWER]));
  assert.deepEqual(rowsOf(conversation, []).map((row) => row.state), ["sent", "complete"]);
});

void test("a failed answer says why and can be retried; a new run clears that", () => {
  const failed = withFailure(withRunFrame(withStored(EMPTY, [QUESTION]), STARTED), {
    ...RUN,
    type: "error",
    code: "agent_failed",
    message: "It did not work.",
    message_id: QUESTION.id,
  });
  const row = rowsOf(failed, [])[1];
  assert.deepEqual([row?.state, row?.reason, row?.retry], ["failed", "It did not work.", "q1"]);
  assert.equal(rowsOf(withRunFrame(failed, STARTED), [])[1]?.state, "streaming");
});

void test("a failure that was stored is known after a reload", () => {
  const rows = rowsOf(withStored(EMPTY, [{ ...QUESTION, state: "failed" }]), []);
  assert.deepEqual(rows.map((row) => row.state), ["sent", "failed"]);
});

void test("a message is shown once while its acknowledgement and its storage cross", () => {
  const entry = { id: "q1", threadId: "t", draftId: null, content: "q1", refused: null };
  assert.deepEqual(rowsOf(EMPTY, [entry]).map((row) => row.state), ["sending"]);
  const thread = { id: "t", title: "", created_at: "", updated_at: "", message_count: 1 };
  const accepted = withAccepted(EMPTY, { type: "message_accepted", message: QUESTION, thread });
  assert.deepEqual(rowsOf(accepted, [entry]).map((row) => row.state), ["sent"]);
});
