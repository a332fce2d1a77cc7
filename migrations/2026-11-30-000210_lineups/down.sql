ALTER TABLE calls DROP COLUMN person_id;
DROP TABLE case_lineups;
