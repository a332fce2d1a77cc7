-- Surveys: what is asked, and when. What is answered stands in one box a survey, as sums, sealed and written whole each time: no row,
-- no id and no moment is one answer's.
CREATE TABLE surveys (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL CHECK (status IN ('DRAFT', 'OPEN', 'CLOSED', 'ARCHIVED')),
    form TEXT NOT NULL,
    opens_on DATE NOT NULL,
    closes_on DATE NOT NULL,
    written_by TEXT NOT NULL,
    opened_by TEXT,
    created_at TIMESTAMP NOT NULL,
    opened_at TIMESTAMP,
    closed_at TIMESTAMP,
    readings TEXT,
    results_shown BOOLEAN NOT NULL,
    words_deleted_on DATE,
    version INTEGER NOT NULL,
    CHECK (closes_on >= opens_on)
);
CREATE INDEX surveys_by_status ON surveys (status, closes_on);

CREATE TABLE survey_boxes (
    survey_id TEXT NOT NULL PRIMARY KEY REFERENCES surveys (id),
    kept TEXT NOT NULL
);

-- That somebody was invited once after a service: a keyed hash of its record. Nothing leads from here to a token.
CREATE TABLE survey_invitations (
    survey_id TEXT NOT NULL REFERENCES surveys (id),
    record_index TEXT NOT NULL,
    PRIMARY KEY (survey_id, record_index)
);
