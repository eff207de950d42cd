import { Link, useNavigate } from "react-router";
import { register } from "../api/auth.ts";
import { BusyButton } from "../components/buttons.tsx";
import { Alert } from "../components/feedback.tsx";
import { Field } from "../components/field.tsx";
import { useForm } from "../hooks/use-form.ts";
import { useTitle } from "../hooks/use-title.ts";
import { checkEmail, checkName, checkNewPassword } from "../validation.ts";

const CHECKS = { name: checkName, email: checkEmail, password: checkNewPassword };

export function SignupPage() {
  useTitle("Create your account");
  const navigate = useNavigate();
  const form = useForm(CHECKS, async ({ name = "", email = "", password = "" }) => {
    await register(name.trim(), email.trim(), password);
    await navigate("/check-your-mail", { state: { email: email.trim() } });
  });
  return (
    <>
      <h1>Create your account</h1>
      <form onSubmit={form.onSubmit} noValidate>
        {form.error && <Alert>{form.error.message}</Alert>}
        <Field form={form} label="Name" name="name" autoComplete="name" required />
        <Field form={form} label="E-mail" name="email" type="email" autoComplete="email" required />
        <Field
          form={form}
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint="At least 10 characters."
          required
        />
        <BusyButton busy={form.busy}>Create account</BusyButton>
      </form>
      <p className="aside">
        Already have an account? <Link to="/login">Log in</Link>
      </p>
    </>
  );
}
