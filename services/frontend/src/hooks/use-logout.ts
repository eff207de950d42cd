import { useState } from "react";
import { logout } from "../api/auth.ts";
import { failureOf } from "../api/problem.ts";

/** Logging out, here or everywhere: how it stands, and what to do when the button is pressed. */
export function useLogout(everywhere: boolean): { busy: boolean; error: string | null; leave: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function run(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await logout(everywhere);
    } catch (thrown) {
      setError(`You are still logged in. ${failureOf(thrown).message}`);
    } finally {
      setBusy(false);
    }
  }

  return { busy, error, leave: () => { if (!busy) void run(); } };
}
