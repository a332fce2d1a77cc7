-- The last moment of any limit of a petition, by which a change of the calendar finds those that it touches; and when somebody was
-- last to be called about one.
ALTER TABLE petitions ADD COLUMN limits_until TIMESTAMP;
ALTER TABLE petitions ADD COLUMN call_at TIMESTAMP;
UPDATE petitions SET limits_until = due_at;
CREATE INDEX petitions_by_limits ON petitions (limits_until);
CREATE INDEX petitions_by_call ON petitions (call_at);

-- Each final reply is rated once.
CREATE TABLE petition_reply_ratings (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    reply INTEGER NOT NULL CHECK (reply >= 1),
    body TEXT NOT NULL,
    PRIMARY KEY (petition_id, reply)
);
INSERT INTO petition_reply_ratings (petition_id, reply, body) SELECT petition_id, 1, body FROM petition_ratings;
DROP TABLE petition_ratings;
ALTER TABLE petition_reply_ratings RENAME TO petition_ratings;
