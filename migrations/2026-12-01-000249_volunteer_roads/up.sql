-- By whom an application to volunteer was brought: what anybody may say of a number stands in nobody's way. Of those of before nobody knows.
ALTER TABLE volunteer_applications ADD COLUMN brought TEXT NOT NULL DEFAULT 'ANYBODY' CHECK (brought IN ('OFFICE', 'OWNER', 'ANYBODY'));

-- A promotion partner who was entered by mistake is withdrawn, and keeps nobody from the office.
CREATE TABLE partners_from_now (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('CURRENT', 'ENDED', 'WITHDRAWN')),
    office TEXT NOT NULL CHECK (office IN ('VILLAGE_HEAD', 'NEIGHBOURHOOD_HEAD')),
    village_code TEXT NOT NULL,
    neighbourhood INTEGER CHECK (neighbourhood >= 1),
    person_id TEXT NOT NULL REFERENCES people (id),
    said TEXT NOT NULL,
    from_on DATE NOT NULL,
    until_on DATE,
    ended_on DATE,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((office = 'NEIGHBOURHOOD_HEAD') = (neighbourhood IS NOT NULL)),
    CHECK (until_on IS NULL OR until_on >= from_on),
    CHECK (status <> 'ENDED' OR ended_on IS NOT NULL),
    CHECK (status <> 'CURRENT' OR ended_on IS NULL),
    CHECK (ended_on IS NULL OR ended_on >= from_on)
);
INSERT INTO partners_from_now (
    id, status, office, village_code, neighbourhood, person_id, said, from_on, until_on, ended_on, entered_by, entered_at, version
) SELECT
    id, status, office, village_code, neighbourhood, person_id, said, from_on, until_on, ended_on, entered_by, entered_at, version
FROM promotion_partners;
DROP TABLE promotion_partners;
ALTER TABLE partners_from_now RENAME TO promotion_partners;
CREATE INDEX promotion_partners_by_village ON promotion_partners (village_code, office, neighbourhood);

-- A certificate that was withdrawn keeps its number from nobody.
DROP INDEX volunteer_certificates_one_a_number;
CREATE UNIQUE INDEX volunteer_certificates_one_a_number ON volunteer_entries (number) WHERE number IS NOT NULL AND status = 'STANDING';
