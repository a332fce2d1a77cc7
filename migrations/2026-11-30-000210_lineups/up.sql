-- Who was added to an entry, or taken out of it, by a correction: what it said of them was told to others, and they are told.
CREATE TABLE case_lineups (
    case_id TEXT NOT NULL REFERENCES cases (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    role TEXT NOT NULL CHECK (role <> ''),
    is_out BOOLEAN NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (case_id, person_id, role, is_out, changed_at)
);
CREATE INDEX case_lineups_by_person ON case_lineups (person_id, case_id);

-- Whom corrections of before have taken out: what they said of them was struck with the decision, whatever their part was.
INSERT INTO case_lineups (case_id, person_id, role, is_out, changed_at)
SELECT DISTINCT case_changes.case_id, facts.person_id, 'OTHER', TRUE, facts.struck_at
FROM case_changes
INNER JOIN facts ON facts.source = 'cases/' || case_changes.case_id AND facts.struck_at = case_changes.decided_at
WHERE case_changes.kind = 'CORRECT' AND case_changes.status = 'APPROVED' AND NOT EXISTS (
    SELECT 1 FROM case_parties
    WHERE case_parties.case_id = case_changes.case_id AND case_parties.person_id = facts.person_id
);

-- Of an entry several are told, each by a call of their own.
ALTER TABLE calls ADD COLUMN person_id TEXT;
