-- With which case's revocation a certificate was voided: with its reinstatement it is valid again.
ALTER TABLE certificates ADD COLUMN voided_with TEXT;
UPDATE certificates SET voided_with = case_id
    WHERE status = 'VOIDED' AND case_id IS NOT NULL AND reason = '所憑之登記業經撤銷';
CREATE INDEX certificates_voided_with ON certificates (voided_with);
