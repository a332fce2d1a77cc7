-- What is its custodian's alone until it is released stays so whatever state it goes to; who says that a petition concerns somebody is
-- kept, since another decides that it does not; and whoever worked at a service point when it was complained about stays concerned
-- wherever they work afterwards.
ALTER TABLE petitions ADD COLUMN guarded BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE petitions SET confidential = TRUE WHERE whistleblower = TRUE;
UPDATE petitions SET guarded = TRUE WHERE kind = 'REPORT'
    AND id NOT IN (SELECT petition_id FROM petition_history WHERE action = 'released');
UPDATE petitions SET guarded = TRUE WHERE confidential = TRUE AND status IN ('AWAITING_CONFIRMATION', 'AWAITING_SIGNATURE');
ALTER TABLE petition_concerns ADD COLUMN named_by TEXT;
ALTER TABLE petition_concerns ADD COLUMN named_at TIMESTAMP;
CREATE TABLE petition_concerned (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    service_point TEXT NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (petition_id, service_point, account_id)
);
CREATE INDEX petition_concerned_by_account ON petition_concerned (account_id);
INSERT INTO petition_concerned (petition_id, service_point, account_id)
    SELECT DISTINCT petition_concerns.petition_id, petition_concerns.service_point, accounts.id
    FROM petition_concerns JOIN accounts ON accounts.service_point = petition_concerns.service_point;
