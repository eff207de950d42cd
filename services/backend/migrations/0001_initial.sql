-- Whoever writes takes the thread's row first and holds it to the end of the
-- transaction: positions then have no gaps, and writers cannot deadlock with a deletion.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    synced_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE threads (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 120),
    -- The position of the newest message, and so their number: messages are never
    -- removed one by one.
    last_position integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX threads_by_activity ON threads (user_id, updated_at DESC);

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    thread_id uuid NOT NULL REFERENCES threads ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users,
    role text NOT NULL CHECK (role IN ('user', 'assistant')),
    content text NOT NULL,
    position integer NOT NULL CHECK (position >= 1),
    -- Unique: a message has one answer, whatever goes wrong.
    reply_to uuid UNIQUE REFERENCES messages ON DELETE CASCADE,
    state text NOT NULL DEFAULT 'complete' CHECK (state IN ('complete', 'stopped', 'failed')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (thread_id, position),
    CHECK ((role = 'assistant') = (reply_to IS NOT NULL))
);

-- One row for each attempt to answer a message.
CREATE TABLE runs (
    sequence bigserial PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    message_id uuid NOT NULL REFERENCES messages ON DELETE CASCADE,
    answer_id uuid NOT NULL UNIQUE,
    thread_id uuid NOT NULL REFERENCES threads ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users,
    state text NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'running', 'done', 'stopped', 'failed')),
    -- The trace of the connection that asked, so that the answer's logs join it.
    traceparent text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX runs_unfinished ON runs (user_id, sequence) WHERE state IN ('pending', 'running');
CREATE UNIQUE INDEX runs_one_at_a_time ON runs (message_id) WHERE state IN ('pending', 'running');
CREATE INDEX runs_by_thread ON runs (thread_id);

-- What ClickHouse has yet to be told: new messages, and threads whose rows must go.
CREATE TABLE outbox (
    sequence bigserial PRIMARY KEY,
    message_id uuid NOT NULL UNIQUE REFERENCES messages ON DELETE CASCADE,
    user_id uuid NOT NULL
);
CREATE INDEX outbox_by_user ON outbox (user_id);

CREATE TABLE thread_deletions (
    thread_id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX thread_deletions_by_user ON thread_deletions (user_id);
