import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { sessionState, subscribeToSession } from "./api/session.ts";
import { App } from "./app.tsx";
import { ErrorBoundary } from "./components/error-boundary.tsx";
import { forgetUnsent } from "./realtime/outbox.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/chat.css";
import "./styles/threads.css";
import "./styles/markdown.css";

// What was not sent belongs to the one who wrote it: nobody else finds it after a logout.
subscribeToSession(() => {
  const state = sessionState();
  if (state.status === "signed-out" && state.reason === "logged_out") forgetUnsent();
});

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <BrowserRouter>
        <App />
      </BrowserRouter>
    </ErrorBoundary>
  </StrictMode>,
);
