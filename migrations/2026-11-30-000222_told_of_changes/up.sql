-- Who was made the applicant of an entry by a correction, or is it no more: they are told, as whoever it adds to the entry.
CREATE TABLE case_applicant_changes (
    case_id TEXT NOT NULL REFERENCES cases (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    is_out BOOLEAN NOT NULL,
    changed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (case_id, person_id, is_out, changed_at)
);

-- Whom to tell on a day is looked up by when it was done.
CREATE INDEX case_applicant_changes_by_moment ON case_applicant_changes (changed_at);
CREATE INDEX case_lineups_by_moment ON case_lineups (changed_at);
CREATE INDEX case_changes_by_decision ON case_changes (decided_at);
CREATE INDEX maintenance_records_by_moment ON maintenance_records (recorded_at);
