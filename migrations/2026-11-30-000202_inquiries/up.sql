-- Answers to frequent questions, which the office publishes: what it says of itself, in the clear. A draft stands beside what is
-- published; what was published stays, since answers cite it.
CREATE TABLE knowledge_answers (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')),
    topic TEXT NOT NULL,
    owner TEXT NOT NULL,
    draft TEXT,
    drafted_by TEXT NOT NULL,
    latest INTEGER NOT NULL CHECK (latest >= 0),
    review_due_on DATE,
    review_reason TEXT NOT NULL,
    told_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL
);
CREATE INDEX knowledge_answers_by_status ON knowledge_answers (status, review_due_on);

CREATE TABLE knowledge_versions (
    answer_id TEXT NOT NULL REFERENCES knowledge_answers (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    body TEXT NOT NULL,
    search TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    wrong BOOLEAN NOT NULL,
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (answer_id, number)
);

-- Inquiries: what is asked, by whom, and what was answered is sealed; the rest is what lists and clocks go by.
CREATE TABLE inquiries (
    id TEXT NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('OPEN', 'ANSWERED', 'CHECKED', 'CLOSED', 'PETITION')),
    channel TEXT NOT NULL CHECK (channel IN ('ONLINE', 'COUNTER', 'PHONE', 'MAILBOX', 'EMAIL')),
    topic TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
    service_point TEXT NOT NULL,
    said TEXT NOT NULL,
    handling TEXT NOT NULL,
    person_id TEXT REFERENCES people (id),
    asked_by TEXT NOT NULL,
    mail_proven BOOLEAN NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    rule TEXT NOT NULL,
    due_at TIMESTAMP NOT NULL,
    answered_at TIMESTAMP,
    recheck_at TIMESTAMP,
    call_at TIMESTAMP,
    petition_id TEXT REFERENCES petitions (id),
    overdue_at TIMESTAMP,
    version INTEGER NOT NULL
);
CREATE INDEX inquiries_by_due ON inquiries (status, due_at);
CREATE INDEX inquiries_by_asker ON inquiries (asked_by);
CREATE INDEX inquiries_by_call ON inquiries (call_at);

-- Which published answers the answer to an inquiry cites, as it stands.
CREATE TABLE inquiry_citations (
    inquiry_id TEXT NOT NULL REFERENCES inquiries (id),
    answer_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (inquiry_id, answer_id, number),
    FOREIGN KEY (answer_id, number) REFERENCES knowledge_versions (answer_id, number)
);
CREATE INDEX inquiry_citations_by_answer ON inquiry_citations (answer_id, number);
