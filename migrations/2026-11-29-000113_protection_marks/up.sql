-- From whose data somebody is barred, by a court or by the victim. What it says is sealed; `protection_barred` finds whom it
-- bars by the blind indexes of their numbers, and its history is only ever added to.
CREATE TABLE protection_marks (
    id TEXT NOT NULL PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    status TEXT NOT NULL CHECK (status IN ('STANDING', 'LIFT_ASKED', 'LIFTED')),
    ground TEXT NOT NULL CHECK (ground IN ('FAMILY_VIOLENCE_ORDER', 'STALKING_ORDER', 'OWN_BAR')),
    from_on DATE NOT NULL,
    until_on DATE,
    body TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    confirmed_by TEXT,
    confirmed_at TIMESTAMP,
    lift_asked_by TEXT,
    lift_asked_at TIMESTAMP,
    lifted_by TEXT,
    lifted_at TIMESTAMP,
    version INTEGER NOT NULL,
    CHECK (until_on IS NULL OR until_on >= from_on),
    CHECK ((status = 'LIFTED') = (lifted_at IS NOT NULL))
);
CREATE INDEX protection_marks_by_person ON protection_marks (person_id);

CREATE TABLE protection_barred (
    mark_id TEXT NOT NULL REFERENCES protection_marks (id),
    number_index TEXT NOT NULL,
    PRIMARY KEY (mark_id, number_index)
);

CREATE TABLE protection_lines (
    mark_id TEXT NOT NULL REFERENCES protection_marks (id),
    line INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (mark_id, line)
);
