ALTER TABLE one_time_notices DROP COLUMN givings;
