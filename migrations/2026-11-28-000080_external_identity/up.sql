-- How a log-in was made, and how strongly by the words of the provider.
ALTER TABLE refresh_families ADD COLUMN method TEXT NOT NULL DEFAULT 'PASSWORD' CHECK (method IN ('PASSWORD', 'EXTERNAL'));
ALTER TABLE refresh_families ADD COLUMN acr TEXT;

-- How much a proof is worth.
ALTER TABLE identity_proofs ADD COLUMN assurance TEXT NOT NULL DEFAULT 'HIGH';
ALTER TABLE identity_proofs ADD COLUMN acr TEXT;

-- A log-in or proof that was begun at the provider: good once, for minutes, for whoever has its secret.
CREATE TABLE external_attempts (
    hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('LOGIN', 'PROVE')),
    account_id TEXT REFERENCES accounts (id),
    state_hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    begun_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CHECK ((purpose = 'PROVE') = (account_id IS NOT NULL))
);
CREATE INDEX external_attempts_by_account ON external_attempts (account_id);
CREATE INDEX external_attempts_by_expiry ON external_attempts (expires_at);

-- Whom an issuer's subject stands for. An ended link stays: it proves nobody a second time.
CREATE TABLE external_links (
    subject_index TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    proof_id TEXT NOT NULL REFERENCES identity_proofs (id),
    linked_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX external_links_by_account ON external_links (account_id);
