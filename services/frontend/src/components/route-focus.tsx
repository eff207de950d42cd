import { useLayoutEffect, useRef } from "react";
import { useLocation } from "react-router";

/** Moves the focus to the new page's heading after a navigation, as a page load would. */
export function RouteFocus() {
  const { pathname, state } = useLocation() as { pathname: string; state: unknown };
  const before = useRef(pathname);
  const isSilent = (state as { keepFocus?: boolean } | null)?.keepFocus === true;

  // With the page itself: a key that is pressed as soon as it shows must not come first.
  useLayoutEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    if (isSilent) return;
    const target = document.querySelector<HTMLElement>("h1") ?? document.querySelector("main");
    if (target === null) return;
    target.tabIndex = -1;
    target.focus();
  }, [pathname, isSilent]);
  return null;
}
