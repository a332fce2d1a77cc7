-- What is made better because somebody said so; its words are sealed.
CREATE TABLE improvement_items (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('PROPOSED', 'ADOPTED', 'DONE', 'CHECKED', 'DROPPED')),
    topic TEXT NOT NULL,
    said TEXT NOT NULL,
    owner TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    done_by TEXT,
    done_at TIMESTAMP,
    due_on DATE NOT NULL,
    due_at TIMESTAMP NOT NULL,
    overdue_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((done_by IS NULL) = (done_at IS NULL))
);
CREATE INDEX improvement_items_by_due ON improvement_items (status, due_at);

-- What people say of the office: in the press, at an event, in a survey, by a petition.
CREATE TABLE opinion_items (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'TAKEN_UP', 'ANSWERED', 'SET_ASIDE')),
    source TEXT NOT NULL CHECK (source IN ('PRESS', 'OUTREACH', 'SURVEY', 'PETITION', 'INQUIRY', 'ON_SITE', 'OTHER')),
    said_on DATE NOT NULL,
    topic TEXT NOT NULL,
    tone TEXT NOT NULL CHECK (tone IN ('POSITIVE', 'NEUTRAL', 'NEGATIVE')),
    said TEXT NOT NULL,
    owner TEXT,
    petition_id TEXT REFERENCES petitions (id),
    improvement_id TEXT REFERENCES improvement_items (id),
    entered_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK ((source = 'PETITION') = (petition_id IS NOT NULL)),
    CHECK ((status = 'TAKEN_UP') = (improvement_id IS NOT NULL))
);
CREATE INDEX opinion_items_by_status ON opinion_items (status, said_on);
CREATE INDEX opinion_items_by_improvement ON opinion_items (improvement_id);
CREATE INDEX opinion_items_by_petition ON opinion_items (petition_id);
