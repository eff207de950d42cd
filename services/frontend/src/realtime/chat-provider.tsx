import { useEffect, useState, type ReactNode } from "react";
import { ChatClient } from "./chat-client.ts";
import { ChatContext } from "./use-chat.ts";

/** Keeps one `ChatClient` connected while the signed-in pages of `userId` are shown. */
export function ChatProvider({ userId, children }: { userId: string; children: ReactNode }) {
  const [client] = useState(() => new ChatClient(userId));
  useEffect(() => {
    client.start();
    return () => {
      client.stop();
    };
  }, [client]);
  return <ChatContext value={client}>{children}</ChatContext>;
}
