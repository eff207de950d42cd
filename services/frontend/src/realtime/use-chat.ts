import { createContext, use, useSyncExternalStore } from "react";
import type { ChatClient } from "./chat-client.ts";
import type { ChatState } from "./chat-state.ts";

export const ChatContext = createContext<ChatClient | null>(null);

/** The signed-in user's client, and its state as it changes. */
export function useChat(): { client: ChatClient; chat: ChatState } {
  const client = use(ChatContext);
  if (client === null) throw new Error("useChat needs a ChatProvider around it");
  return { client, chat: useSyncExternalStore(client.subscribe, client.state) };
}
