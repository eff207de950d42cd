import { Link, useLocation } from "react-router";
import { ResendButton, ResendForm } from "../components/resend-form.tsx";
import { useTitle } from "../hooks/use-title.ts";

export function CheckYourMailPage() {
  useTitle("Check your mail");
  const { state } = useLocation() as { state: { email?: string } | null };
  const email = state?.email;
  return (
    <>
      <h1>Check your mail</h1>
      <p>
        We have sent a link to {email === undefined ? "your address" : <strong>{email}</strong>}. Open
        it to finish creating your account.
      </p>
      <p className="hint">Nothing there? Look in the spam folder, or let us try again.</p>
      {email === undefined ? (
        <ResendForm label="Send the mail again" done="We have sent it again." />
      ) : (
        <ResendButton email={email} />
      )}
      <p className="aside">
        Verified already? <Link to="/login">Log in</Link>
      </p>
    </>
  );
}
