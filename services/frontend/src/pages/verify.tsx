import { useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { verifyEmail } from "../api/auth.ts";
import { failureOf } from "../api/problem.ts";
import { Failure, Loading } from "../components/feedback.tsx";
import { ResendForm } from "../components/resend-form.tsx";
import { useTitle } from "../hooks/use-title.ts";

type Outcome =
  | { kind: "checking" | "verified" }
  | { kind: "bad_link"; code: string }
  | { kind: "failed"; message: string };

const SENTENCES: Readonly<Record<string, string>> = {
  link_invalid: "It is incomplete or was never sent by us. Check that you opened all of it.",
  link_expired: "It has expired. We can send you a new one.",
  link_used: "It has been used already, so your address is verified.",
};

async function check(token: string): Promise<Outcome> {
  if (token === "") return { kind: "bad_link", code: "link_invalid" };
  try {
    await verifyEmail(token);
    return { kind: "verified" };
  } catch (thrown) {
    const { status, code, message } = failureOf(thrown);
    if (code in SENTENCES) return { kind: "bad_link", code };
    return status === 422 ? { kind: "bad_link", code: "link_invalid" } : { kind: "failed", message };
  }
}

const TITLES = {
  checking: "Verifying your e-mail",
  verified: "E-mail verified",
  bad_link: "This link does not work",
  failed: "We could not check this link",
};

export function VerifyPage() {
  const [query] = useSearchParams();
  const token = query.get("token") ?? "";
  const [outcome, setOutcome] = useState<Outcome>({ kind: "checking" });
  const posted = useRef<string | null>(null);
  useTitle(TITLES[outcome.kind]);

  useEffect(() => {
    // A link can be used once, so it must not be sent twice, however often this effect runs.
    if (posted.current === token) return;
    posted.current = token;
    void check(token).then(setOutcome);
  }, [token]);

  return (
    <>
      <h1>{TITLES[outcome.kind]}</h1>
      {outcome.kind === "checking" && <Loading label="One moment…" />}
      {outcome.kind === "verified" && (
        <p>
          Thank you. Your account is ready: <Link to="/login">Log in</Link>
        </p>
      )}
      {outcome.kind === "bad_link" && <BadLink code={outcome.code} />}
      {outcome.kind === "failed" && (
        <Failure
          message={outcome.message}
          onRetry={() => {
            setOutcome({ kind: "checking" });
            void check(token).then(setOutcome);
          }}
        />
      )}
    </>
  );
}

function BadLink({ code }: { code: string }) {
  return (
    <>
      <p role="alert">{SENTENCES[code]}</p>
      {code === "link_used" ? (
        <p>
          <Link to="/login">Log in</Link>
        </p>
      ) : (
        <ResendForm label="Send a new link" done="If this address waits to be verified, a new link is on its way." />
      )}
    </>
  );
}
