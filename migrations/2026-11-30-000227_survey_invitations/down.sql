DROP TABLE survey_refusals;
DROP TABLE survey_asked;
ALTER TABLE surveys DROP COLUMN invited;
ALTER TABLE surveys DROP COLUMN invitations_paused_at;
ALTER TABLE surveys DROP COLUMN asked_through;
