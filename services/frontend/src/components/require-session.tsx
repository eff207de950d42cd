import { useEffect, useState } from "react";
import { Navigate, useLocation } from "react-router";
import { failureOf, type ApiError } from "../api/problem.ts";
import { refresh } from "../api/session.ts";
import { useAttempt } from "../hooks/use-attempt.ts";
import { useSession } from "../hooks/use-session.ts";
import { useTitle } from "../hooks/use-title.ts";
import { loginPath } from "../paths.ts";
import { ChatProvider } from "../realtime/chat-provider.tsx";
import { Failure, Loading } from "./feedback.tsx";
import { GuestLayout } from "./guest-layout.tsx";
import { SignedInLayout } from "./signed-in-layout.tsx";

const RETRY_MS = 5_000;

/** The signed-in pages; without a session the way there leads over the login page. */
export function RequireSession() {
  const state = useSession();
  const { pathname, search, hash } = useLocation();
  if (state.status === "unknown") return <Restoring />;
  if (state.status === "signed-out") {
    const wanted = state.reason === "logged_out" ? "/" : pathname + search + hash;
    return <Navigate to={loginPath(wanted)} replace />;
  }
  const { user } = state.session;
  return (
    <ChatProvider key={user.id} userId={user.id}>
      <SignedInLayout />
    </ChatProvider>
  );
}

/** A new tab: the cookie says whether there is a session. */
function Restoring() {
  const [error, setError] = useState<ApiError | null>(null);
  const [attempt, tryAgain] = useAttempt();
  useTitle("One moment");

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    refresh().catch((thrown: unknown) => {
      setError(failureOf(thrown));
      timer = setTimeout(tryAgain, RETRY_MS);
    });
    return () => { clearTimeout(timer); };
  }, [attempt, tryAgain]);

  return (
    <GuestLayout>
      <h1>One moment</h1>
      {error === null ? (
        <Loading label="Opening Parley…" />
      ) : (
        <Failure
          message={error.message}
          onRetry={() => {
            setError(null);
            tryAgain();
          }}
        />
      )}
    </GuestLayout>
  );
}
