import assert from "node:assert/strict";
import { test } from "node:test";
import { isId, loginPath, safePath } from "./paths.ts";

const ORIGIN = "https://chat.example.com";

void test("only paths of this origin are followed", () => {
  assert.equal(safePath("/chat/1?a=b#c", ORIGIN), "/chat/1?a=b#c");
  for (const wanted of [null, "", "chat", "//evil.example", "/\\evil.example", "/.//evil.example",
    "/\t/evil.example", "https://evil.example", "javascript:alert(1)"]) {
    assert.equal(safePath(wanted, ORIGIN), "/dashboard", String(wanted));
  }
});

void test("the login page leads back", () => {
  assert.equal(loginPath("/dashboard"), "/login");
  assert.equal(loginPath("/chat/1?a"), "/login?next=%2Fchat%2F1%3Fa");
});

void test("ids are UUIDs", () => {
  assert.ok(isId("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"));
  assert.ok(!isId("6f9619ff"));
});
