DROP INDEX certificates_by_status;
CREATE TABLE survey_invitations (
    survey_id TEXT NOT NULL REFERENCES surveys (id),
    record_index TEXT NOT NULL,
    PRIMARY KEY (survey_id, record_index)
);
