-- Papers of the checklist that were shown for a change of a registered case.
ALTER TABLE case_changes ADD COLUMN papers TEXT NOT NULL DEFAULT '[]';
