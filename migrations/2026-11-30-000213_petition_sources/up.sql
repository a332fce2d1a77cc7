-- Out of which records petitions came: inquiries, complaints on the spot, and petitions of which they are pieces. Whoever a petition is
-- kept from is kept from these, too, also where the inquiry was opened again. Those of before are found by their rows, and by the lines
-- of the audit log that one request has left.
CREATE TABLE petition_sources (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    record TEXT NOT NULL,
    PRIMARY KEY (petition_id, record)
);
CREATE INDEX petition_sources_by_record ON petition_sources (record);
INSERT INTO petition_sources (petition_id, record)
SELECT petition_id, 'inquiries/' || id FROM inquiries WHERE petition_id IS NOT NULL
UNION
SELECT petition_id, 'on-site-complaints/' || complaint_id FROM on_site_steps WHERE petition_id IS NOT NULL
UNION
SELECT petitions.id, made.subject
FROM audit_log AS made
JOIN audit_log AS taken ON taken.trace_id = made.trace_id AND taken.at = made.at AND taken.action = 'petition.received'
JOIN petitions ON taken.subject = 'petitions/' || petitions.id
WHERE made.action IN ('inquiry.became_petition', 'petition.split') AND made.subject <> taken.subject;
UPDATE inquiries SET petition_id = (
    SELECT MAX(petition_sources.petition_id) FROM petition_sources WHERE petition_sources.record = 'inquiries/' || inquiries.id
) WHERE petition_id IS NULL;
