import type { ReactNode } from "react";
import { Navigate, useSearchParams } from "react-router";
import { useSession } from "../hooks/use-session.ts";
import { safePath } from "../paths.ts";

/** Somebody who is signed in goes on to where they wanted to go. */
export function GuestOnly({ children }: { children: ReactNode }) {
  const [query] = useSearchParams();
  const session = useSession();
  if (session.status === "signed-in") {
    return <Navigate to={safePath(query.get("next"), location.origin)} replace />;
  }
  return children;
}
