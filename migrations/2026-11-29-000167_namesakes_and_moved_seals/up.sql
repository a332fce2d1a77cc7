-- By what a record without a personal number is found to be likely a member of staff's or of their kin's (行政程序法 §32): a keyed
-- hash of name and day of birth, empty where the day is not known; and whether a personal number tells the record from others.
-- Rows of before are filled by the program when it starts, which has the key, in one walk with all that finds them.
ALTER TABLE people ADD COLUMN namesake_index TEXT;
ALTER TABLE people ADD COLUMN numbered BOOLEAN;
CREATE INDEX people_without_namesake ON people (id) WHERE namesake_index IS NULL;
DROP INDEX people_without_name_index;
DROP INDEX people_without_likeness;

-- A move within the office's area ends no seal (印鑑登記辦法 §6); it once ended all. Where a move led to is sealed: the program looks
-- at these when it starts.
ALTER TABLE seals ADD COLUMN judge_anew BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE seals SET judge_anew = TRUE
    WHERE status = 'CANCELLED' AND ended_by IN (SELECT id FROM cases WHERE type_code = 'MOVE_OUT');
CREATE INDEX seals_to_judge ON seals (id) WHERE judge_anew;
