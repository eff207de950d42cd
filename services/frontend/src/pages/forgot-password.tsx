import { useState } from "react";
import { Link } from "react-router";
import { forgotPassword } from "../api/auth.ts";
import { BusyButton } from "../components/buttons.tsx";
import { Alert, Status } from "../components/feedback.tsx";
import { Field } from "../components/field.tsx";
import { useForm } from "../hooks/use-form.ts";
import { useTitle } from "../hooks/use-title.ts";
import { checkEmail } from "../validation.ts";

const CHECKS = { email: checkEmail };

export function ForgotPasswordPage() {
  useTitle("Forgot your password?");
  const [sentTo, setSentTo] = useState<string | null>(null);
  const form = useForm(CHECKS, async ({ email = "" }) => {
    setSentTo(null);
    await forgotPassword(email.trim());
    setSentTo(email.trim());
  });
  return (
    <>
      <h1>Forgot your password?</h1>
      <p>Tell us your address, and we send you a link to choose a new one.</p>
      <form onSubmit={form.onSubmit} noValidate>
        {form.error && <Alert>{form.error.message}</Alert>}
        <Field form={form} label="E-mail" name="email" type="email" autoComplete="email" required />
        <BusyButton busy={form.busy}>Send reset link</BusyButton>
        {sentTo !== null && <Status>If {sentTo} has an account, a link is on its way.</Status>}
      </form>
      <p className="aside">
        Remembered it? <Link to="/login">Log in</Link>
      </p>
    </>
  );
}
