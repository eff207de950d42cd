import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { failureOf, type ApiError } from "../api/problem.ts";
import { refresh } from "../api/session.ts";
import { Failure, Loading } from "../components/feedback.tsx";
import { useAttempt } from "../hooks/use-attempt.ts";
import { useTitle } from "../hooks/use-title.ts";

/** Where Auth sends the browser after a login with Google; the cookie brings the session. */
export function OAuthCallbackPage() {
  useTitle("Logging in");
  const navigate = useNavigate();
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, tryAgain] = useAttempt();

  useEffect(() => {
    refresh().then(
      () => navigate("/dashboard", { replace: true }),
      (thrown: unknown) => {
        const failure = failureOf(thrown);
        if (failure.status === 401) return navigate("/login?error=sign_in_failed", { replace: true });
        setError(failure);
        return undefined;
      },
    );
  }, [attempt, navigate]);

  return (
    <>
      <h1>Logging you in</h1>
      {error === null ? (
        <Loading label="One moment…" />
      ) : (
        <Failure
          message={error.message}
          onRetry={() => {
            setError(null);
            tryAgain();
          }}
        />
      )}
    </>
  );
}
