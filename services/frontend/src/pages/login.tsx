import { useState } from "react";
import { Link, useSearchParams } from "react-router";
import { GOOGLE_URL, login } from "../api/auth.ts";
import { inSeconds, type ApiError } from "../api/problem.ts";
import { BusyButton } from "../components/buttons.tsx";
import { Alert, Status } from "../components/feedback.tsx";
import { Field } from "../components/field.tsx";
import { ResendButton } from "../components/resend-form.tsx";
import { useForm } from "../hooks/use-form.ts";
import { useSession } from "../hooks/use-session.ts";
import { useTitle } from "../hooks/use-title.ts";
import { checkEmail, checkPassword } from "../validation.ts";

const CHECKS = { email: checkEmail, password: checkPassword };

/** The sentence for what a login with Google came back with (docs/http-api.md). */
function googleSentence(code: string): string {
  switch (code) {
    case "access_denied":
      return "You have not allowed the login with Google. Nothing was changed.";
    case "state_mismatch":
      return "This login with Google was not started in this browser, or is too old. Please start again.";
    case "email_not_verified":
      return "Google has not verified your e-mail address yet. Verify it there, then try again.";
    case "provider_unavailable":
      return "Google cannot be reached right now. Please try again, or log in with your password.";
    default:
      return "The login with Google did not work. Please try again.";
  }
}

const NOTICES = {
  logged_out: "You are logged out.",
  session_ended: "Your session has ended. Please log in again.",
};

function sentence(error: ApiError): string {
  switch (error.code) {
    case "invalid_credentials":
      return "E-mail or password is wrong.";
    case "email_not_verified":
      return "Your e-mail address is not verified yet. Open the link in the mail that we have sent you.";
    case "too_many_attempts":
      return `Too many attempts. Please try again ${inSeconds(error.retryAfter)}.`;
    default:
      return error.message;
  }
}

export function LoginPage() {
  useTitle("Log in");
  const [query] = useSearchParams();
  const session = useSession();
  const [tried, setTried] = useState<string | null>(null);
  const form = useForm(CHECKS, async ({ email = "", password = "" }) => {
    setTried(email.trim());
    await login(email.trim(), password);
  });

  const googleError = tried === null ? query.get("error") : null;
  const reason = session.status === "signed-out" && tried === null ? session.reason : null;
  return (
    <>
      <h1>Welcome back</h1>
      {reason !== null && googleError === null && <Status>{NOTICES[reason]}</Status>}
      {googleError !== null && <Alert>{googleSentence(googleError)}</Alert>}
      <form onSubmit={form.onSubmit} noValidate>
        {form.error && (
          <Alert>
            <p>{sentence(form.error)}</p>
            {form.error.code === "email_not_verified" && tried !== null && <ResendButton email={tried} />}
          </Alert>
        )}
        <Field form={form} label="E-mail" name="email" type="email" autoComplete="username" required />
        <Field
          form={form}
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <BusyButton busy={form.busy}>Log in</BusyButton>
      </form>
      <p className="or">
        <span>or</span>
      </p>
      <a className="button quiet wide" href={GOOGLE_URL}>
        Login with Google
      </a>
      <p className="aside split">
        <Link to="/forgot-password">Forgot password?</Link>
        <Link to="/signup">Create account</Link>
      </p>
    </>
  );
}
