-- What had been reinstated stands as it is; a proposal to reinstate is no more.
DELETE FROM case_changes WHERE kind = 'REINSTATE';
DROP INDEX certificates_voided_with;
ALTER TABLE certificates DROP COLUMN voided_with;
