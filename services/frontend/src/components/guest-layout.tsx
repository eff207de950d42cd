import type { ReactNode } from "react";
import { Link } from "react-router";
import { Brand } from "./brand.tsx";

/** The frame of the pages that need no session: a mark and one card. */
export function GuestLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="guest-header">
        <Link to="/" className="brand">
          <Brand />
        </Link>
      </header>
      <main id="main" className="card-page" tabIndex={-1}>
        <div className="card">{children}</div>
      </main>
    </>
  );
}
