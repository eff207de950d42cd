/** Where the services are, as the server that handed out the page says. */

function address(name: string): string {
  const meta = document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`);
  return meta?.content ?? "";
}

/** Auth's origin, such as `http://127.0.0.1:8001`. */
export const AUTH_URL = address("auth-url");

/** Backend's origin, such as `http://127.0.0.1:8000`. */
export const BACKEND_URL = address("backend-url");

/** Backend's WebSocket: the same host, `ws` for `http` and `wss` for `https`. */
export const SOCKET_URL = `${BACKEND_URL.replace(/^http/, "ws")}/ws`;
