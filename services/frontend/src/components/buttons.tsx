import type { ReactNode } from "react";

interface BusyButtonProps {
  busy: boolean;
  children: ReactNode;
  kind?: "primary" | "quiet" | "danger";
  /** Left out, it submits its form. */
  onClick?: () => void;
}

/** A button that shows that its work is under way; its owner ignores clicks meanwhile. */
export function BusyButton({ busy, children, kind = "primary", onClick }: BusyButtonProps) {
  return (
    <button
      type={onClick ? "button" : "submit"}
      className={`button ${kind}`}
      aria-disabled={busy}
      aria-busy={busy}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
