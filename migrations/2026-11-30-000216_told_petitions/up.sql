-- A call stands until it is done, and a letter until it is posted: when the first that waits was to be. A petition that was entered twice
-- by mistake is counted once, and the rating of a reply that was taken back is set aside.
ALTER TABLE petitions ADD COLUMN letter_at TIMESTAMP;
ALTER TABLE petitions ADD COLUMN entered_twice BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX petitions_by_letter ON petitions (letter_at);
ALTER TABLE petition_ratings ADD COLUMN set_aside_at TIMESTAMP;
UPDATE petitions SET call_at = NULL WHERE EXISTS (
    SELECT 1 FROM calls
    WHERE calls.record = 'petitions/' || petitions.id AND calls.about_at = petitions.call_at AND calls.status = 'REACHED'
);
UPDATE inquiries SET call_at = NULL WHERE EXISTS (
    SELECT 1 FROM calls
    WHERE calls.record = 'inquiries/' || inquiries.id AND calls.about_at = inquiries.call_at AND calls.status = 'REACHED'
);
