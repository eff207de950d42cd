import type { Connection } from "../realtime/socket.ts";

const TEXTS: Readonly<Record<Connection, string>> = {
  connecting: "Connecting…",
  connected: "Connected",
  reconnecting: "Reconnecting…",
  offline: "Offline — messages will be sent when you are back",
  closed: "Not connected — Parley is open in too many tabs. Close one, then connect again.",
};

/** Says how the connection stands, to people and to machines. */
export function ConnectionStatus({ connection, onConnect }: { connection: Connection; onConnect: () => void }) {
  return (
    <div className="connection">
      <span role="status" aria-label="Connection" data-connection-state={connection}>
        {TEXTS[connection]}
      </span>
      {connection === "closed" && (
        <button type="button" className="button quiet small" onClick={onConnect}>
          Connect again
        </button>
      )}
    </div>
  );
}
