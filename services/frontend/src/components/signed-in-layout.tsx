import { Link, NavLink, Outlet } from "react-router";
import { useLogout } from "../hooks/use-logout.ts";
import { Brand } from "./brand.tsx";
import { BusyButton } from "./buttons.tsx";
import { Alert } from "./feedback.tsx";

/** The frame of the signed-in pages. */
export function SignedInLayout() {
  return (
    <div className="app">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <header className="app-header">
        <Link to="/dashboard" className="brand" aria-label="Parley">
          <Brand />
        </Link>
        <nav aria-label="Main">
          <NavLink to="/dashboard">Dashboard</NavLink>
          <NavLink to="/chat">Chat</NavLink>
          <NavLink to="/account">Account</NavLink>
        </nav>
        <LogoutButton />
      </header>
      <Outlet />
    </div>
  );
}

function LogoutButton() {
  const { busy, error, leave } = useLogout(false);

  return (
    <>
      <BusyButton kind="quiet" busy={busy} onClick={leave}>
        Log out
      </BusyButton>
      {error !== null && <Alert>{error}</Alert>}
    </>
  );
}
