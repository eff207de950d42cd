/** Paths inside this application. */

const HOME = "/dashboard";

/** `wanted` if it is a path of this application, else the dashboard: no open redirect. */
export function safePath(wanted: string | null, origin: string): string {
  if (wanted === null || !wanted.startsWith("/")) return HOME;
  let url: URL;
  try {
    url = new URL(wanted, origin);
  } catch {
    return HOME;
  }
  // "/\host" and "/.//host" name another host once a browser has read them.
  if (url.origin !== origin || url.pathname.startsWith("//")) return HOME;
  return url.pathname + url.search + url.hash;
}

/** The login page that leads back to `wanted`. */
export function loginPath(wanted: string): string {
  return wanted === HOME || wanted === "/" ? "/login" : `/login?next=${encodeURIComponent(wanted)}`;
}

/** Whether `text` has the form of an id (a UUID). */
export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
