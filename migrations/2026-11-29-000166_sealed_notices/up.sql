-- What one-time notices say, and where people are registered whose case is taken off site, is sealed; rows of before are sealed by
-- the program when it starts, which has the key. Until then they are found by these indexes, which hold nothing afterwards.
CREATE INDEX cases_registered_area_open ON cases (id) WHERE registered_area <> '' AND substr(registered_area, 1, 7) <> 'sealed:';
CREATE INDEX one_time_notices_items_open ON one_time_notices (case_id) WHERE items <> '' AND substr(items, 1, 7) <> 'sealed:';
CREATE INDEX one_time_notices_new_fact_open ON one_time_notices (case_id) WHERE new_fact <> '' AND substr(new_fact, 1, 7) <> 'sealed:';
CREATE INDEX one_time_notices_givings_open ON one_time_notices (case_id) WHERE givings <> '' AND substr(givings, 1, 7) <> 'sealed:';
