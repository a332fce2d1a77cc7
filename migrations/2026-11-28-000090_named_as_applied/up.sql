-- How an application for a certificate named its people: whoever sees it later learns nobody's new name from it.
ALTER TABLE certificates ADD COLUMN named TEXT;

-- A case registers what it is about. What it says of its other people is a paper that two have seen.
UPDATE facts SET rank = 'SEEN' WHERE rank = 'REGISTERED' AND valid_from IS NULL AND kind IN ('NAME', 'BIRTH_ON') AND NOT EXISTS (
    SELECT 1 FROM cases WHERE facts.source = 'cases/' || cases.id
    AND (cases.type_code IN ('BIRTH', 'INITIAL') OR (cases.type_code = 'BIRTHDATE_CORRECTION' AND facts.kind = 'BIRTH_ON'))
);
UPDATE people SET name_rank = 'SEEN' WHERE name_rank = 'REGISTERED' AND EXISTS (
    SELECT 1 FROM facts WHERE facts.person_id = people.id AND facts.kind = 'NAME'
) AND NOT EXISTS (
    SELECT 1 FROM facts
    WHERE facts.person_id = people.id AND facts.kind = 'NAME' AND facts.rank = 'REGISTERED' AND facts.struck_at IS NULL
);
UPDATE people SET birth_rank = 'SEEN' WHERE birth_rank = 'REGISTERED' AND EXISTS (
    SELECT 1 FROM facts WHERE facts.person_id = people.id AND facts.kind = 'BIRTH_ON'
) AND NOT EXISTS (
    SELECT 1 FROM facts
    WHERE facts.person_id = people.id AND facts.kind = 'BIRTH_ON' AND facts.rank = 'REGISTERED' AND facts.struck_at IS NULL
);
