-- What stayed about records after a disposal: the numbers by which they were found, calls, and why they were held back.
DELETE FROM contact_phones WHERE record NOT IN (SELECT record FROM contacts);
DELETE FROM calls WHERE record IN (SELECT record FROM disposal_records WHERE erased_at IS NOT NULL);
UPDATE retention_holds SET reason = '', lifted_because = ''
    WHERE record IN (SELECT record FROM disposal_records WHERE erased_at IS NOT NULL);
UPDATE disposals SET reason = '' WHERE status = 'TAKEN_BACK' AND id IN (
    SELECT disposal_id FROM disposal_records
    WHERE record IN (SELECT record FROM disposal_records WHERE erased_at IS NOT NULL)
);
