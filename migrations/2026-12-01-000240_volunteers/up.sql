-- Recruitment plans, which are published before anybody is recruited (志願服務法 §6): the office's own words, in the clear.
CREATE TABLE recruitment_plans (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'CLOSED')),
    body TEXT NOT NULL,
    opens_on DATE NOT NULL,
    closes_on DATE NOT NULL,
    written_by TEXT NOT NULL,
    written_at TIMESTAMP NOT NULL,
    published_by TEXT,
    published_at TIMESTAMP,
    version INTEGER NOT NULL,
    CHECK (opens_on <= closes_on),
    CHECK ((published_by IS NULL) = (published_at IS NULL)),
    CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL)
);
CREATE INDEX recruitment_plans_by_status ON recruitment_plans (status, opens_on);

-- Volunteers. What is said of them is sealed; the rest is what lists and clocks go by. Of one person there is one record, but for those
-- that were merged into another.
CREATE TABLE volunteers (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('TRAINEE', 'ACTIVE', 'SUSPENDED', 'RETIRED', 'MERGED')),
    person_id TEXT NOT NULL REFERENCES people (id),
    background TEXT NOT NULL CHECK (background IN ('CIVIC_GROUP', 'RETIREE', 'PUPIL', 'STUDENT', 'CITIZEN')),
    languages TEXT NOT NULL,
    categories TEXT NOT NULL,
    said TEXT NOT NULL,
    joined_on DATE NOT NULL,
    member_from DATE,
    suspended_until DATE,
    merged_into TEXT REFERENCES volunteers (id),
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((status = 'MERGED') = (merged_into IS NOT NULL)),
    CHECK (status <> 'ACTIVE' OR member_from IS NOT NULL),
    CHECK (suspended_until IS NULL OR status IN ('SUSPENDED', 'MERGED')),
    CHECK (merged_into IS NULL OR merged_into <> id),
    CHECK (member_from IS NULL OR member_from >= joined_on)
);
CREATE UNIQUE INDEX volunteers_one_a_person ON volunteers (person_id) WHERE status <> 'MERGED';
CREATE INDEX volunteers_by_status ON volunteers (status, suspended_until);
CREATE INDEX volunteers_by_merge ON volunteers (merged_into);

-- Dated facts of volunteers: trainings, insurances, consents, certificates of service, appraisals, incidents. A wrong one is corrected or
-- withdrawn, and the history keeps both values.
CREATE TABLE volunteer_entries (
    id TEXT NOT NULL PRIMARY KEY,
    volunteer_id TEXT NOT NULL REFERENCES volunteers (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'BASIC_TRAINING', 'SPECIAL_TRAINING', 'REFRESHER_TRAINING', 'INSURANCE', 'CONSENT', 'SERVICE_CERTIFICATE', 'APPRAISAL', 'INCIDENT'
    )),
    category TEXT,
    status TEXT NOT NULL CHECK (status IN ('STANDING', 'WITHDRAWN')),
    from_on DATE NOT NULL,
    until_on DATE,
    number TEXT,
    said TEXT NOT NULL,
    warned_at TIMESTAMP,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK (until_on IS NULL OR until_on >= from_on),
    CHECK (kind <> 'SPECIAL_TRAINING' OR category IS NOT NULL),
    CHECK (kind <> 'INSURANCE' OR until_on IS NOT NULL),
    CHECK ((kind = 'SERVICE_CERTIFICATE') = (number IS NOT NULL))
);
CREATE INDEX volunteer_entries_by_volunteer ON volunteer_entries (volunteer_id, kind);
CREATE INDEX volunteer_entries_by_end ON volunteer_entries (status, until_on);
CREATE UNIQUE INDEX volunteer_certificates_one_a_number ON volunteer_entries (number) WHERE number IS NOT NULL;

-- What was done with volunteers, their applications, recruitment plans and promotion partners, with both values of what was changed,
-- sealed.
CREATE TABLE volunteer_history (
    id TEXT NOT NULL PRIMARY KEY,
    record TEXT NOT NULL,
    act TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    said TEXT NOT NULL
);
CREATE INDEX volunteer_history_by_record ON volunteer_history (record, id);

-- Applications of those who want to volunteer. A number that was said finds those of one identity by its keyed hash.
CREATE TABLE volunteer_applications (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'ACCEPTED', 'REFUSED', 'WITHDRAWN')),
    plan_id TEXT NOT NULL REFERENCES recruitment_plans (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    identity_index TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    said TEXT NOT NULL,
    applied_by TEXT NOT NULL,
    applied_at TIMESTAMP NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP,
    volunteer_id TEXT REFERENCES volunteers (id),
    version INTEGER NOT NULL,
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK ((status IN ('ACCEPTED', 'REFUSED')) = (decided_by IS NOT NULL)),
    CHECK (status <> 'ACCEPTED' OR volunteer_id IS NOT NULL)
);
CREATE INDEX volunteer_applications_by_status ON volunteer_applications (status, id);
CREATE INDEX volunteer_applications_by_identity ON volunteer_applications (identity_index);
CREATE INDEX volunteer_applications_by_sender ON volunteer_applications (applied_by);

-- Village and neighbourhood heads through whom the office makes laws and services known; they are no volunteers.
CREATE TABLE promotion_partners (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('CURRENT', 'ENDED')),
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
    CHECK ((status = 'ENDED') = (ended_on IS NOT NULL)),
    CHECK (ended_on IS NULL OR ended_on >= from_on)
);
CREATE INDEX promotion_partners_by_village ON promotion_partners (village_code, office, neighbourhood);
