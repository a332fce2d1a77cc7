DROP INDEX petition_ratings_by_moment;
ALTER TABLE petition_ratings DROP COLUMN rated_at;
DROP INDEX petition_history_by_action;
DROP INDEX petitions_by_receipt;
DROP TABLE petition_topics;
DROP TABLE petition_periods;
