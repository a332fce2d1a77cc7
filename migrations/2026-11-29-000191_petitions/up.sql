-- Petitions (人民陳情). What is said, who says it and what was done are sealed; the rest is what lists, clocks and the rule of who
-- sees what go by. Numbers that are shown are random within the year; the register's own is consecutive.
CREATE TABLE petitions (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    roc_year INTEGER NOT NULL,
    register_number INTEGER NOT NULL,
    secret_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN (
        'AWAITING_CONFIRMATION', 'AWAITING_SIGNATURE', 'SCREENING', 'QUARANTINE', 'RECEIVED', 'ASSIGNED', 'AWAITING_SUPPLEMENT',
        'IN_APPROVAL', 'APPROVED', 'REPLIED', 'CLOSED', 'TRANSFERRED', 'WITHDRAWN', 'FILING_PROPOSED', 'FILED', 'APPEAL'
    )),
    kind TEXT NOT NULL CHECK (kind IN ('SUGGESTION', 'INQUIRY', 'REPORT', 'RIGHTS')),
    channel TEXT NOT NULL CHECK (channel IN (
        'MAILBOX', 'COUNTER', 'PHONE', 'LETTER', 'FAX', 'EMAIL', 'DIRECTOR_MEETING', 'ON_SITE'
    )),
    language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
    confidential BOOLEAN NOT NULL,
    whistleblower BOOLEAN NOT NULL,
    names_staff BOOLEAN NOT NULL,
    concerns_settled BOOLEAN NOT NULL,
    petitioner_index TEXT,
    matter TEXT NOT NULL,
    petitioners TEXT NOT NULL,
    handling TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    registered_at TIMESTAMP,
    confirm_hash TEXT,
    confirm_until TIMESTAMP,
    supplement_until TIMESTAMP,
    handler TEXT,
    due_at TIMESTAMP,
    first_reply_at TIMESTAMP,
    closed_at TIMESTAMP,
    warned_at TIMESTAMP,
    overdue_at TIMESTAMP,
    version INTEGER NOT NULL,
    UNIQUE (roc_year, register_number)
);
CREATE INDEX petitions_by_due ON petitions (status, due_at);
CREATE INDEX petitions_by_handler ON petitions (handler);
CREATE INDEX petitions_by_petitioner ON petitions (petitioner_index);

-- By which numbers petitioners are known: whose own matter a petition is.
CREATE TABLE petition_people (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    place INTEGER NOT NULL,
    number_index TEXT NOT NULL,
    PRIMARY KEY (petition_id, place)
);
CREATE INDEX petition_people_by_number ON petition_people (number_index);

-- Whom a petition complains about: they lose every road to it. What names others in words is sealed.
CREATE TABLE petition_concerns (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    place INTEGER NOT NULL,
    account_id TEXT,
    service_point TEXT,
    words TEXT,
    PRIMARY KEY (petition_id, place)
);
CREATE INDEX petition_concerns_by_account ON petition_concerns (account_id);

CREATE TABLE petition_history (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    line INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    action TEXT NOT NULL,
    status TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (petition_id, line)
);

-- How a petitioner rates the answer: apart from the petition, since its version is seen by whom it rates.
CREATE TABLE petition_ratings (
    petition_id TEXT NOT NULL PRIMARY KEY REFERENCES petitions (id),
    body TEXT NOT NULL
);
