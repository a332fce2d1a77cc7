CREATE TABLE mails_anew (
    id TEXT NOT NULL PRIMARY KEY,
    about TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('WAITING', 'SENT', 'FAILED', 'BOUNCED', 'SETTLED')),
    address TEXT NOT NULL,
    address_index TEXT NOT NULL,
    letter TEXT,
    round INTEGER NOT NULL CHECK (round > 0),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    created_at TIMESTAMP NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    next_at TIMESTAMP NOT NULL,
    lease TEXT,
    leased_until TIMESTAMP,
    sent_at TIMESTAMP,
    last_outcome TEXT,
    reply_code INTEGER,
    bounce_code TEXT,
    bounce_text TEXT,
    version INTEGER NOT NULL,
    CHECK (status <> 'WAITING' OR letter IS NOT NULL)
);
INSERT INTO mails_anew (id, about, status, address, address_index, letter, round, attempts, created_at, asked_at, next_at, lease,
    leased_until, sent_at, last_outcome, reply_code, bounce_code, bounce_text, version)
SELECT id, about, CASE WHEN status = 'STOPPED' OR stop IS NOT NULL THEN 'SETTLED' ELSE status END, address, address_index, letter, round,
    attempts, created_at, asked_at, next_at, lease, leased_until, sent_at, last_outcome, reply_code, bounce_code, bounce_text, version
FROM mails;
DROP TABLE mails;
ALTER TABLE mails_anew RENAME TO mails;
CREATE INDEX mails_by_record ON mails (about, id);
CREATE INDEX mails_by_status ON mails (status, next_at);
CREATE INDEX mails_by_address ON mails (address_index, sent_at);
CREATE INDEX mails_with_letter ON mails (created_at) WHERE letter IS NOT NULL AND status <> 'WAITING';
CREATE INDEX mails_address_open ON mails (id) WHERE address <> '' AND substr(address, 1, 7) <> 'sealed:';
CREATE INDEX mails_bounce_text_open ON mails (id) WHERE bounce_text <> '' AND substr(bounce_text, 1, 7) <> 'sealed:';
