-- The cases from which a draw was made, kept so that anyone can draw them again for ever.
CREATE TABLE spot_check_populations (
    draw_id TEXT NOT NULL PRIMARY KEY REFERENCES spot_check_draws (id),
    lots TEXT NOT NULL
);

ALTER TABLE spot_checks ADD COLUMN source TEXT;

-- What was found, and the line that a line strikes.
ALTER TABLE spot_check_entries ADD COLUMN error_code TEXT;
ALTER TABLE spot_check_entries ADD COLUMN severity TEXT;
ALTER TABLE spot_check_entries ADD COLUMN cause TEXT;
ALTER TABLE spot_check_entries ADD COLUMN strikes_year INTEGER;
ALTER TABLE spot_check_entries ADD COLUMN strikes INTEGER;
CREATE UNIQUE INDEX spot_check_entries_struck_once ON spot_check_entries (strikes_year, strikes);

ALTER TABLE maintenance_records ADD COLUMN strikes_year INTEGER;
CREATE UNIQUE INDEX maintenance_records_struck_once ON maintenance_records (strikes_year, strikes);

-- Signs beside the new one for a while, so that an agency can change over.
ALTER TABLE agencies ADD COLUMN previous_secret TEXT;
ALTER TABLE agencies ADD COLUMN previous_until TIMESTAMP;

ALTER TABLE agency_deliveries ADD COLUMN late BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE agency_deliveries ADD COLUMN last_outcome TEXT;
ALTER TABLE agency_deliveries ADD COLUMN reason_code TEXT;
