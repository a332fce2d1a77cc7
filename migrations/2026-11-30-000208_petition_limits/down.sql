CREATE TABLE petition_first_ratings (
    petition_id TEXT NOT NULL PRIMARY KEY REFERENCES petitions (id),
    body TEXT NOT NULL
);
INSERT INTO petition_first_ratings (petition_id, body) SELECT petition_id, body FROM petition_ratings WHERE reply = 1;
DROP TABLE petition_ratings;
ALTER TABLE petition_first_ratings RENAME TO petition_ratings;
DROP INDEX petitions_by_call;
DROP INDEX petitions_by_limits;
ALTER TABLE petitions DROP COLUMN call_at;
ALTER TABLE petitions DROP COLUMN limits_until;
