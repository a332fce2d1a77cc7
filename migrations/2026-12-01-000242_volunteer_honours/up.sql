-- Honours that were granted to volunteers: cards, certificates of performance, badges and awards. Each has the day from which hours count
-- for the next one, as whoever granted it reads the rule.
CREATE TABLE volunteer_honours (
    id TEXT NOT NULL PRIMARY KEY,
    volunteer_id TEXT NOT NULL REFERENCES volunteers (id),
    status TEXT NOT NULL CHECK (status IN ('PROPOSED', 'GRANTED', 'REJECTED', 'WITHDRAWN')),
    family TEXT NOT NULL CHECK (family IN ('HONOUR_CARD', 'PERFORMANCE_CERTIFICATE', 'MINISTRY_BADGE', 'NATIONAL_AWARD')),
    grade TEXT CHECK (grade IN ('BRONZE', 'SILVER', 'GOLD')),
    granted_on DATE NOT NULL,
    expires_on DATE,
    reviewed_on DATE,
    counts_from DATE,
    said TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP,
    version INTEGER NOT NULL,
    CHECK ((family IN ('MINISTRY_BADGE', 'NATIONAL_AWARD')) = (grade IS NOT NULL)),
    CHECK ((family IN ('HONOUR_CARD', 'PERFORMANCE_CERTIFICATE')) = (counts_from IS NOT NULL)),
    CHECK (family <> 'HONOUR_CARD' OR expires_on IS NOT NULL),
    CHECK (expires_on IS NULL OR expires_on >= granted_on),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK (status NOT IN ('GRANTED', 'REJECTED') OR decided_by IS NOT NULL)
);
CREATE INDEX volunteer_honours_by_volunteer ON volunteer_honours (volunteer_id, family, granted_on);

-- Lists of who is proposed for an honour, each as it was checked.
CREATE TABLE volunteer_honour_batches (
    id TEXT NOT NULL PRIMARY KEY,
    family TEXT NOT NULL CHECK (family IN ('HONOUR_CARD', 'PERFORMANCE_CERTIFICATE', 'MINISTRY_BADGE', 'NATIONAL_AWARD')),
    grade TEXT CHECK (grade IN ('BRONZE', 'SILVER', 'GOLD')),
    judged_on DATE NOT NULL,
    said TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    CHECK ((family IN ('MINISTRY_BADGE', 'NATIONAL_AWARD')) = (grade IS NOT NULL))
);
