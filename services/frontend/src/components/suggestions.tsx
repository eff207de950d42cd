const SUGGESTIONS = [
  "Help me plan a calm weekend",
  "Explain WebSockets in three sentences",
  "How many messages have I sent?",
];

/** What an empty new chat offers; choosing one writes it into the message box. */
export function Suggestions({ onChoose }: { onChoose: (text: string) => void }) {
  return (
    <div className="empty">
      <p className="empty-title">What is on your mind?</p>
      <ul className="suggestions">
        {SUGGESTIONS.map((text) => (
          <li key={text}>
            <button type="button" className="button quiet" onClick={() => { onChoose(text); }}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
