import { useState } from "react";
import { Link } from "react-router";
import { changePassword, readAccount } from "../api/auth.ts";
import type { Account } from "../api/types.ts";
import { BusyButton } from "../components/buttons.tsx";
import { Alert, Loading, Status } from "../components/feedback.tsx";
import { Field } from "../components/field.tsx";
import { useForm } from "../hooks/use-form.ts";
import { useLogout } from "../hooks/use-logout.ts";
import { useResource, type Resource } from "../hooks/use-resource.ts";
import { useSession } from "../hooks/use-session.ts";
import { useTitle } from "../hooks/use-title.ts";
import { checkNewPassword, checkPassword } from "../validation.ts";

const CHECKS = { current_password: checkPassword, new_password: checkNewPassword };

export function AccountPage() {
  useTitle("Account");
  const session = useSession();
  const [account] = useResource(readAccount);
  if (session.status !== "signed-in") return null;
  const { user } = session.session;
  return (
    <main id="main" className="page narrow" tabIndex={-1}>
      <h1>Account</h1>
      <dl className="facts">
        <div>
          <dt>Name</dt>
          <dd>{user.name}</dd>
        </div>
        <div>
          <dt>E-mail</dt>
          <dd>{user.email}</dd>
        </div>
      </dl>
      <section aria-labelledby="password-title" className="panel">
        <h2 id="password-title">Password</h2>
        <Password account={account} />
      </section>
      <section aria-labelledby="sessions-title" className="panel">
        <h2 id="sessions-title">Sessions</h2>
        <p>End your session on this device and on every other one.</p>
        <LogoutEverywhere />
      </section>
    </main>
  );
}

function Password({ account }: { account: Resource<Account> }) {
  if (account.status === "loading") return <Loading label="Loading…" />;
  if (account.status === "failed" || account.data.providers.includes("password")) return <PasswordForm />;
  return (
    <p>
      You log in with Google and have no password. <Link to="/forgot-password">Set one by mail</Link>
    </p>
  );
}

function PasswordForm() {
  const [done, setDone] = useState(false);
  const form = useForm(CHECKS, async ({ current_password = "", new_password = "" }, element) => {
    setDone(false);
    await changePassword(current_password, new_password);
    element.reset();
    setDone(true);
  });
  const isWrong = form.error?.code === "invalid_credentials";
  return (
    <form onSubmit={form.onSubmit} noValidate>
      {form.error && <Alert>{isWrong ? "This is not your current password." : form.error.message}</Alert>}
      {done && <Status>Your password is changed. Your other devices have been logged out.</Status>}
      <Field
        form={form}
        label="Current password"
        name="current_password"
        type="password"
        autoComplete="current-password"
        required
      />
      <Field
        form={form}
        label="New password"
        name="new_password"
        type="password"
        autoComplete="new-password"
        hint="At least 10 characters."
        required
      />
      <BusyButton busy={form.busy}>Change password</BusyButton>
    </form>
  );
}

function LogoutEverywhere() {
  const { busy, error, leave } = useLogout(true);

  return (
    <>
      {error !== null && <Alert>{error}</Alert>}
      <BusyButton kind="quiet" busy={busy} onClick={leave}>
        Log out everywhere
      </BusyButton>
    </>
  );
}
