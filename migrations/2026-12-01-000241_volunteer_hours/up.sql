-- Hours of volunteers, line by line. No line is overwritten: a correction is a line of its own that stands for the one before it, and
-- what is taken back stays. What a shift, a place or another unit is called is sealed; no key leads to a shift, which may change or go.
CREATE TABLE volunteer_hours (
    id TEXT NOT NULL PRIMARY KEY,
    volunteer_id TEXT NOT NULL REFERENCES volunteers (id),
    status TEXT NOT NULL CHECK (status IN ('CLAIMED', 'ENTERED', 'CONFIRMED', 'DISPUTED', 'ANSWERED', 'REPLACED', 'WITHDRAWN')),
    served_on DATE NOT NULL,
    begins_at TIMESTAMP,
    ends_at TIMESTAMP,
    minutes INTEGER NOT NULL CHECK (minutes > 0),
    category TEXT,
    field TEXT NOT NULL,
    unit TEXT NOT NULL CHECK (unit IN ('OWN', 'OTHER')),
    kind TEXT NOT NULL CHECK (kind IN ('SERVICE', 'TRAINING', 'MEETING', 'PROBATION')),
    presence TEXT NOT NULL CHECK (presence IN ('OWN_CHECK_IN', 'SEEN_BY_CLERK', 'BULK', 'FROM_PAPER')),
    is_paid BOOLEAN NOT NULL,
    overlap TEXT NOT NULL CHECK (overlap IN ('UNJUDGED', 'APART', 'SAME')),
    reporting TEXT NOT NULL CHECK (reporting IN ('NOT_DUE', 'NOT_REPORTED', 'REPORTED', 'REFUSED', 'TO_CORRECT')),
    said TEXT NOT NULL,
    source TEXT,
    stands_for TEXT REFERENCES volunteer_hours (id),
    registrar TEXT,
    registered_at TIMESTAMP,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((begins_at IS NULL) = (ends_at IS NULL)),
    CHECK (begins_at IS NULL OR begins_at < ends_at),
    CHECK ((registrar IS NULL) = (registered_at IS NULL)),
    CHECK (status NOT IN ('ENTERED', 'CONFIRMED', 'DISPUTED', 'ANSWERED') OR registrar IS NOT NULL),
    CHECK (unit = 'OTHER' OR category IS NOT NULL),
    CHECK (stands_for IS NULL OR stands_for <> id)
);
CREATE INDEX volunteer_hours_by_volunteer ON volunteer_hours (volunteer_id, served_on);
CREATE INDEX volunteer_hours_by_status ON volunteer_hours (status, id);
CREATE INDEX volunteer_hours_by_reporting ON volunteer_hours (reporting, id);
CREATE UNIQUE INDEX volunteer_hours_one_a_source ON volunteer_hours (source)
    WHERE source IS NOT NULL AND status NOT IN ('REPLACED', 'WITHDRAWN');
CREATE UNIQUE INDEX volunteer_hours_replaced_once ON volunteer_hours (stands_for) WHERE stands_for IS NOT NULL AND status <> 'WITHDRAWN';

-- Batches in which lines were reported to the ministry's system, and what it said of each.
CREATE TABLE volunteer_hour_reports (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('STANDING', 'WITHDRAWN')),
    reported_on DATE NOT NULL,
    said TEXT NOT NULL,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE TABLE volunteer_hour_report_lines (
    id TEXT NOT NULL PRIMARY KEY,
    report_id TEXT NOT NULL REFERENCES volunteer_hour_reports (id),
    hour_id TEXT NOT NULL REFERENCES volunteer_hours (id),
    outcome TEXT NOT NULL CHECK (outcome IN (
        'TAKEN', 'REFUSED_FIELD', 'REFUSED_POSITION', 'REFUSED_LENGTH', 'REFUSED_OTHERWISE', 'CORRECTED'
    ))
);
CREATE UNIQUE INDEX volunteer_hour_report_lines_once ON volunteer_hour_report_lines (report_id, hour_id);
CREATE INDEX volunteer_hour_report_lines_by_hour ON volunteer_hour_report_lines (hour_id, id);
