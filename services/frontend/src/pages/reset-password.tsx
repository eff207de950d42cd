import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { resetPassword } from "../api/auth.ts";
import type { ApiError } from "../api/problem.ts";
import { BusyButton } from "../components/buttons.tsx";
import { Alert } from "../components/feedback.tsx";
import { Field } from "../components/field.tsx";
import { useForm } from "../hooks/use-form.ts";
import { useTitle } from "../hooks/use-title.ts";
import { checkNewPassword } from "../validation.ts";

const CHECKS = { password: checkNewPassword };

const LINK_ERRORS: Readonly<Record<string, string>> = {
  link_invalid: "This link is incomplete or was never sent by us.",
  link_expired: "This link has expired.",
  link_used: "This link has been used already.",
};

/** What is wrong with the link, if it is the link. */
function linkErrorOf(token: string, error: ApiError | null): string | undefined {
  const isNoToken = token === "" || (error !== null && "token" in error.fields);
  return LINK_ERRORS[isNoToken ? "link_invalid" : (error?.code ?? "")];
}

export function ResetPasswordPage() {
  const [query] = useSearchParams();
  const token = query.get("token") ?? "";
  const [done, setDone] = useState(false);
  const form = useForm(CHECKS, async ({ password = "" }) => {
    await resetPassword(token, password);
    setDone(true);
  });
  const title = done ? "Password changed" : "Choose a new password";
  useTitle(title);

  const linkError = linkErrorOf(token, form.error);
  return (
    <>
      <h1>{title}</h1>
      {done && (
        <p role="status">
          Your password is changed, and every device has been logged out. <Link to="/login">Log in</Link>
        </p>
      )}
      {linkError !== undefined && (
        <Alert>
          {linkError} <Link to="/forgot-password">Ask for a new link</Link>
        </Alert>
      )}
      {!done && token !== "" && (
        <form onSubmit={form.onSubmit} noValidate>
          {form.error && linkError === undefined && <Alert>{form.error.message}</Alert>}
          <Field
            form={form}
            label="New password"
            name="password"
            type="password"
            autoComplete="new-password"
            hint="At least 10 characters."
            required
          />
          <BusyButton busy={form.busy}>Change password</BusyButton>
        </form>
      )}
    </>
  );
}
