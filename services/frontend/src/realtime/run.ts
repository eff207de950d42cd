/** One run of the agent: its answer as it grows. */

import type { AgentStarted, PartialResult } from "./protocol.ts";

export interface Run {
  runId: string;
  messageId: string;
  answerId: string;
  /** What the agent is doing, for people. */
  activity: string;
  text: string;
  /** Characters (Unicode code points, as the server counts) in `text`. */
  length: number;
  /** Deltas that arrived before what comes before them. */
  early: readonly { delta: string; offset: number }[];
  stopping: boolean;
}

export const THINKING = "Thinking…";
const WRITING = "Writing the answer…";

/** What using `tool` is called on the page. */
export function toolActivity(tool: string): string {
  return tool.includes("usage") ? "Looking up your usage…" : "Using a tool…";
}

export function newRun(frame: AgentStarted): Run {
  return {
    runId: frame.run_id,
    messageId: frame.message_id,
    answerId: frame.answer_id,
    activity: THINKING,
    text: "",
    length: 0,
    early: [],
    stopping: false,
  };
}

/** `run` with the delta of `frame` in its place, whether it came early, late or twice. */
export function withDelta(run: Run, frame: PartialResult): Run {
  let { text, length } = run;
  let waiting = [...run.early, { delta: frame.delta, offset: frame.offset }];
  for (;;) {
    const next = waiting.find((part) => part.offset <= length);
    if (next === undefined) break;
    waiting = waiting.filter((part) => part !== next);
    const added = Array.from(next.delta).slice(length - next.offset);
    text += added.join("");
    length += added.length;
  }
  return { ...run, activity: WRITING, text, length, early: waiting };
}
