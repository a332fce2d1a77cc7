-- Shifts of volunteers: the templates by which they are made, the batches in which they were made, and each with the seats that it needs,
-- by skill. A shift is known by its template and the office day, or by the key of whoever imported it, and not by its times.
CREATE TABLE shift_templates (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('ACTIVE', 'ENDED')),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('VOLUNTEER', 'VOLUNTEER_TRAINING')),
    category TEXT NOT NULL CHECK (category IN ('GUIDANCE', 'FORM_FILLING', 'INTERPRETING', 'PROMOTION')),
    service_point TEXT,
    place TEXT NOT NULL,
    weekdays TEXT NOT NULL,
    starts_minute INTEGER NOT NULL CHECK (starts_minute BETWEEN 0 AND 1439),
    lasts_minutes INTEGER NOT NULL CHECK (lasts_minutes BETWEEN 15 AND 1440),
    needs TEXT NOT NULL,
    from_on DATE NOT NULL,
    until_on DATE,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK (until_on IS NULL OR until_on >= from_on)
);

CREATE TABLE shift_batches (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('GENERATED', 'IMPORTED')),
    status TEXT NOT NULL CHECK (status IN ('STANDS', 'UNDONE')),
    steps TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    undone_at TIMESTAMP,
    CHECK ((status = 'UNDONE') = (undone_at IS NOT NULL))
);

CREATE TABLE shifts (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('PLANNED', 'CANCELLED', 'DELETED', 'UNDONE')),
    kind TEXT NOT NULL CHECK (kind IN ('VOLUNTEER', 'VOLUNTEER_TRAINING')),
    category TEXT NOT NULL CHECK (category IN ('GUIDANCE', 'FORM_FILLING', 'INTERPRETING', 'PROMOTION')),
    service_point TEXT,
    place TEXT NOT NULL,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    needs TEXT NOT NULL,
    template_id TEXT REFERENCES shift_templates (id),
    occurs_on DATE,
    import_key TEXT,
    cancelled_by TEXT,
    entered_by TEXT NOT NULL,
    entered_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK (ends_at > starts_at),
    CHECK ((template_id IS NULL) = (occurs_on IS NULL)),
    CHECK (template_id IS NULL OR import_key IS NULL),
    CHECK (cancelled_by IS NULL OR status = 'CANCELLED'),
    UNIQUE (template_id, occurs_on),
    UNIQUE (import_key)
);
CREATE INDEX shifts_by_start ON shifts (starts_at, id);
CREATE INDEX shifts_by_end ON shifts (ends_at);
