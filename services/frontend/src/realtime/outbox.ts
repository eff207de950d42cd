/** Messages that the server has not confirmed yet, kept over a reload of this tab. */

export interface Outgoing {
  id: string;
  /** Null for a new thread; then `draftId` says which entries belong to the same one. */
  threadId: string | null;
  draftId: string | null;
  content: string;
  /** Why it was refused; null while it waits or is under way. */
  refused: string | null;
}

export interface Outbox {
  /** What the page for a new chat shows until its first message is accepted. */
  draftId: string;
  entries: readonly Outgoing[];
}

const PREFIX = "parley.outbox.";

export function emptyOutbox(): Outbox {
  return { draftId: crypto.randomUUID(), entries: [] };
}

/** What this tab kept for `userId` before it was reloaded. */
export function readOutbox(userId: string): Outbox {
  const text = sessionStorage.getItem(PREFIX + userId);
  if (text === null) return emptyOutbox();
  try {
    return JSON.parse(text) as Outbox;
  } catch {
    return emptyOutbox(); // Not ours.
  }
}

export function writeOutbox(userId: string, outbox: Outbox): void {
  sessionStorage.setItem(PREFIX + userId, JSON.stringify(outbox));
}

/** Forget every user's unsent messages in this tab, as at logout. */
export function forgetUnsent(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

export function enqueue(outbox: Outbox, threadId: string | null, content: string): Outbox {
  const draftId = threadId === null ? outbox.draftId : null;
  const entry = { id: crypto.randomUUID(), threadId, draftId, content, refused: null };
  return { ...outbox, entries: [...outbox.entries, entry] };
}

/** `id` is stored: it leaves, and what was written after it in the same draft gets its thread. */
export function accepted(outbox: Outbox, id: string, threadId: string): Outbox {
  const entry = outbox.entries.find((item) => item.id === id);
  if (entry === undefined) return outbox;
  const entries = outbox.entries
    .filter((item) => item.id !== id)
    .map((item) =>
      item.draftId !== null && item.draftId === entry.draftId
        ? { ...item, threadId, draftId: null }
        : item,
    );
  return { ...outbox, entries };
}

/** `id` was refused for `reason`; it goes on as `newId` when its own id is the trouble. */
export function refuse(outbox: Outbox, id: string, reason: string, newId: string = id): Outbox {
  return change(outbox, id, { id: newId, refused: reason });
}

/** Try a refused one again. */
export function requeue(outbox: Outbox, id: string): Outbox {
  return change(outbox, id, { refused: null });
}

function change(outbox: Outbox, id: string, fields: Partial<Outgoing>): Outbox {
  const entries = outbox.entries.map((item) => (item.id === id ? { ...item, ...fields } : item));
  return { ...outbox, entries };
}

/**
 * What may be sent now, in order. Of a draft only the first: it makes the thread that
 * the others belong to.
 */
export function sendable(outbox: Outbox): Outgoing[] {
  const drafts = new Set<string>();
  return outbox.entries.filter((entry) => {
    if (entry.refused !== null) return false;
    if (entry.threadId !== null || entry.draftId === null) return true;
    if (drafts.has(entry.draftId)) return false;
    drafts.add(entry.draftId);
    return true;
  });
}
