/** The shapes of the HTTP contract (docs/http-api.md). */

export interface User {
  id: string;
  email: string;
  name: string;
}

export interface Account extends User {
  providers: string[];
}

export interface SessionAnswer {
  access_token: string;
  expires_in: number;
  user: User;
}

export interface Thread {
  id: string;
  title: string;
  created_at: string;
  updated_at: string;
  message_count: number;
}

export interface Message {
  id: string;
  thread_id: string;
  role: "user" | "assistant";
  content: string;
  position: number;
  created_at: string;
  reply_to: string | null;
  state: "complete" | "stopped" | "failed";
}

export interface Usage {
  messages_sent: number;
  answers_received: number;
  threads: number;
}
