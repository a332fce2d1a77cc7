-- Periods of petitions: one row from each receipt or reopening to its end. What stands here is what lists and clocks go by as well:
-- a month is counted from it without opening a petition.
CREATE TABLE petition_periods (
    petition_id TEXT NOT NULL REFERENCES petitions (id),
    place INTEGER NOT NULL CHECK (place >= 1),
    began_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP,
    first_reply_at TIMESTAMP,
    answered_at TIMESTAMP,
    extended_at TIMESTAMP,
    ended_at TIMESTAMP,
    ended_as TEXT,
    PRIMARY KEY (petition_id, place),
    CHECK ((ended_at IS NULL) = (ended_as IS NULL))
);
CREATE INDEX petition_periods_by_beginning ON petition_periods (began_at);
CREATE INDEX petition_periods_by_end ON petition_periods (ended_at);
INSERT INTO petition_periods (petition_id, place, began_at, due_at, first_reply_at, answered_at, ended_at, ended_as)
SELECT id, 1, received_at, due_at, first_reply_at, CASE WHEN status IN ('REPLIED', 'CLOSED') THEN first_reply_at END, closed_at,
    CASE WHEN closed_at IS NOT NULL THEN status END
FROM petitions;

-- What a petition is about, once staff have said it.
CREATE TABLE petition_topics (
    petition_id TEXT NOT NULL PRIMARY KEY REFERENCES petitions (id),
    topic TEXT NOT NULL CHECK (topic IN (
        'REGISTRATION', 'IDENTITY_CARD', 'CERTIFICATES', 'DOOR_PLATES', 'NATIONALITY', 'FEES', 'SERVICE', 'FACILITIES', 'ONLINE', 'OTHER'
    ))
);
CREATE INDEX petitions_by_receipt ON petitions (received_at);
CREATE INDEX petition_history_by_action ON petition_history (action, at);

-- The month that a rating belongs to; what it says stays sealed.
ALTER TABLE petition_ratings ADD COLUMN rated_at TIMESTAMP;
CREATE INDEX petition_ratings_by_moment ON petition_ratings (rated_at);
