-- Invitations to surveys after a service: the last day about whose services was asked (none where a survey sends no invitations),
-- since when that rests, and how many have gone out and did not come back. Nothing leads from an invitation to a token or an answer.
ALTER TABLE surveys ADD COLUMN asked_through DATE;
ALTER TABLE surveys ADD COLUMN invitations_paused_at TIMESTAMP;
ALTER TABLE surveys ADD COLUMN invited INTEGER NOT NULL DEFAULT 0;

-- Who was asked lately, as keyed hashes of an address, a number and a record, with the day alone: nobody is asked too often.
CREATE TABLE survey_asked (
    who TEXT NOT NULL PRIMARY KEY,
    asked_on DATE NOT NULL
);

-- Addresses to which no invitation goes, as keyed hashes.
CREATE TABLE survey_refusals (
    address_index TEXT NOT NULL PRIMARY KEY
);
