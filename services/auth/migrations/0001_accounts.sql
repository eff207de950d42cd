-- Accounts, the other ways to sign in to them, links sent by mail, and mail on its way.

CREATE TABLE users (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE,  -- in lower case, see models.normalise_email
    name text NOT NULL,
    password_hash text,  -- null: signs in with a provider only
    email_verified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE identities (
    provider text NOT NULL,
    subject text NOT NULL,  -- the provider's "sub": an address can change hands, this cannot
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, subject)
);
CREATE INDEX ON identities (user_id);

-- name and password_hash of a verification link are those of the registration it was
-- sent for: opening one's own link never activates a stranger's password.
CREATE TABLE email_links (
    token_hash bytea PRIMARY KEY,  -- SHA-256
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose text NOT NULL CHECK (purpose IN ('verification', 'reset')),
    name text,
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX ON email_links (user_id);

-- What shall be sent, not the finished mail: the token is made when the mail goes out,
-- so that it is never stored in clear.
CREATE TABLE mail_outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    purpose text NOT NULL CHECK (purpose IN ('verification', 'reset')),
    email text NOT NULL,
    name text,
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON mail_outbox (due_at);
