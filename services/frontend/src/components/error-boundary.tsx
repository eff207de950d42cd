import { Component, type ReactNode } from "react";

/** Shows a sentence instead of a blank page when the application itself is at fault. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    return (
      <main className="card-page">
        <div className="card">
          <h1>Something went wrong</h1>
          <p role="alert">Parley has made a mistake. Nothing that you sent is lost.</p>
          <button type="button" className="button primary" onClick={() => { location.reload(); }}>
            Load the page again
          </button>
        </div>
      </main>
    );
  }
}
