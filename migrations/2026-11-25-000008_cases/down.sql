ALTER TABLE cases DROP COLUMN registered_area;
