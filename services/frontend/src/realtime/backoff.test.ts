import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "./backoff.ts";

void test("waits double from 250 ms to 8 s, with a random share taken off", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt, 0)), [250, 500, 1000, 2000, 4000, 8000, 8000]);
  assert.equal(backoff(0, 1), 125);
  assert.equal(backoff(Number.MAX_SAFE_INTEGER, 0), 8000);
});
