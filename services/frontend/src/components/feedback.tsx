import type { ReactNode } from "react";

/** Something went wrong; read aloud at once. */
export function Alert({ children }: { children: ReactNode }) {
  return (
    <div role="alert" className="notice danger">
      {children}
    </div>
  );
}

/** Something went well, or is good to know; read aloud when there is a pause. */
export function Status({ children }: { children: ReactNode }) {
  return (
    <div role="status" className="notice calm">
      {children}
    </div>
  );
}

/** Something is on its way. */
export function Loading({ label }: { label: string }) {
  return (
    <p className="loading" role="status">
      {label}
    </p>
  );
}

/** A failure with the way out of it. */
export function Failure({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <Alert>
      <p>{message}</p>
      <button type="button" className="button quiet" onClick={onRetry}>
        Try again
      </button>
    </Alert>
  );
}
