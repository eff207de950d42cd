import { Link } from "react-router";
import { useTitle } from "../hooks/use-title.ts";

export function NotFoundPage() {
  useTitle("Page not found");
  return (
    <>
      <h1>Page not found</h1>
      <p>There is nothing at this address. It may have been mistyped.</p>
      <p>
        <Link to="/">Go to the start</Link>
      </p>
    </>
  );
}
