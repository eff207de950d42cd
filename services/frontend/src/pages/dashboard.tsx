import { useEffect } from "react";
import { Link } from "react-router";
import { readUsage } from "../api/backend.ts";
import { Failure, Loading } from "../components/feedback.tsx";
import { useResource } from "../hooks/use-resource.ts";
import { useSession } from "../hooks/use-session.ts";
import { useTitle } from "../hooks/use-title.ts";
import { useChat } from "../realtime/use-chat.ts";

const RECENT = 5;

export function DashboardPage() {
  useTitle("Dashboard");
  const session = useSession();
  const { client } = useChat();
  if (session.status !== "signed-in") return null;
  return (
    <main id="main" className="page" tabIndex={-1}>
      <div className="page-head">
        <h1>Hello, {session.session.user.name}</h1>
        <Link to="/chat" className="button primary" onClick={() => { client.newDraft(); }}>
          New chat
        </Link>
      </div>
      <RecentThreads />
      <UsageFigures />
    </main>
  );
}

function RecentThreads() {
  const { client, chat } = useChat();
  const recent = chat.threads.slice(0, RECENT);
  return (
    <section
      aria-labelledby="recent-title"
      aria-busy={chat.threadsLoad.status === "loading"}
      className="panel"
    >
      <h2 id="recent-title">Recent threads</h2>
      {chat.threadsLoad.status === "failed" && (
        <Failure message={chat.threadsLoad.error.message} onRetry={() => void client.loadThreads()} />
      )}
      {chat.threadsLoad.status === "loading" && recent.length === 0 && <Loading label="Loading your threads…" />}
      {chat.threadsLoad.status === "ready" && recent.length === 0 && (
        <p className="hint">You have no threads yet. Start with a new chat.</p>
      )}
      <ul className="recent">
        {recent.map((thread) => (
          <li key={thread.id}>
            <Link to={`/chat/${thread.id}`}>{thread.title}</Link>
            <time dateTime={thread.updated_at}>{new Date(thread.updated_at).toLocaleDateString()}</time>
          </li>
        ))}
      </ul>
    </section>
  );
}

function UsageFigures() {
  const { chat } = useChat();
  const [usage, reload] = useResource(readUsage);
  const isFailed = usage.status === "failed";

  useEffect(() => {
    // The service is back: the figures may be, too.
    if (isFailed && chat.connection === "connected") {
      const timer = setTimeout(reload, 5_000);
      return () => { clearTimeout(timer); };
    }
    return undefined;
  }, [isFailed, chat.connection, reload]);

  return (
    <section aria-labelledby="usage-title" className="panel">
      <h2 id="usage-title">Usage</h2>
      {usage.status === "loading" && <Loading label="Counting…" />}
      {usage.status === "failed" && (
        <Failure message={`Your usage is not available right now. ${usage.error.code === "usage_unavailable" ? "" : usage.error.message}`} onRetry={reload} />
      )}
      {usage.status === "ready" && (
        <dl className="figures">
          <Figure label="Messages sent" value={usage.data.messages_sent} />
          <Figure label="Answers received" value={usage.data.answers_received} />
          <Figure label="Threads" value={usage.data.threads} />
        </dl>
      )}
    </section>
  );
}

function Figure({ label, value }: { label: string; value: number }) {
  const id = `figure-${label.toLowerCase().replaceAll(" ", "-")}`;
  return (
    <div>
      <dt id={id}>{label}</dt>
      <dd aria-labelledby={id}>{value}</dd>
    </div>
  );
}
