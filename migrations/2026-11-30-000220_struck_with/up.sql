-- With the revocation of which entry a fact was struck: it stands again with that entry.
ALTER TABLE facts ADD COLUMN struck_with TEXT;
CREATE INDEX facts_struck_with ON facts (struck_with) WHERE struck_with IS NOT NULL;

-- What others had said of a child fell with the revocation of the birth.
UPDATE facts SET struck_with = (
    SELECT MAX('cases/' || cases.id)
    FROM cases
    INNER JOIN case_changes ON case_changes.case_id = cases.id
    INNER JOIN case_parties ON case_parties.case_id = cases.id
    WHERE cases.type_code = 'BIRTH' AND cases.status = 'REVOKED' AND facts.source <> 'cases/' || cases.id
    AND case_changes.kind = 'REVOKE' AND case_changes.status = 'APPROVED' AND case_changes.decided_at = facts.struck_at
    AND case_parties.role = 'SUBJECT' AND case_parties.person_id = facts.person_id
)
WHERE struck_at IS NOT NULL AND rank <> 'REGISTERED';
