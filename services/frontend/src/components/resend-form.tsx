import { useState } from "react";
import { resendVerification } from "../api/auth.ts";
import { failureOf } from "../api/problem.ts";
import { useForm } from "../hooks/use-form.ts";
import { checkEmail } from "../validation.ts";
import { BusyButton } from "./buttons.tsx";
import { Alert, Status } from "./feedback.tsx";
import { Field } from "./field.tsx";

const CHECKS = { email: checkEmail };

/** Asks for an address and sends it another verification mail. */
export function ResendForm({ label, done }: { label: string; done: string }) {
  const [sent, setSent] = useState(false);
  const form = useForm(CHECKS, async ({ email = "" }) => {
    setSent(false);
    await resendVerification(email.trim());
    setSent(true);
  });
  return (
    <form onSubmit={form.onSubmit} noValidate>
      {form.error && <Alert>{form.error.message}</Alert>}
      <Field form={form} label="E-mail" name="email" type="email" autoComplete="email" required />
      <BusyButton busy={form.busy}>{label}</BusyButton>
      {sent && <Status>{done}</Status>}
    </form>
  );
}

/** Sends another verification mail to an address that is known already. */
export function ResendButton({ email }: { email: string }) {
  const [outcome, setOutcome] = useState<"idle" | "busy" | "sent" | { failed: string }>("idle");

  async function resend(): Promise<void> {
    setOutcome("busy");
    try {
      await resendVerification(email);
      setOutcome("sent");
    } catch (thrown) {
      setOutcome({ failed: failureOf(thrown).message });
    }
  }

  return (
    <>
      <BusyButton
        kind="quiet"
        busy={outcome === "busy"}
        onClick={() => { if (outcome !== "busy") void resend(); }}
      >
        Send the mail again
      </BusyButton>
      {outcome === "sent" && <Status>We have sent it again.</Status>}
      {typeof outcome === "object" && <Alert>{outcome.failed}</Alert>}
    </>
  );
}
