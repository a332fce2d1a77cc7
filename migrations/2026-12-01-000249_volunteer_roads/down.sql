-- The program of before knows nothing of those who were withdrawn.
DELETE FROM promotion_partners WHERE status = 'WITHDRAWN';
ALTER TABLE volunteer_applications DROP COLUMN brought;
