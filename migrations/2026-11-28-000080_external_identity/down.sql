DROP TABLE external_links;
DROP TABLE external_attempts;
DELETE FROM refresh_tokens WHERE family_id IN (SELECT id FROM refresh_families WHERE method <> 'PASSWORD');
DELETE FROM refresh_families WHERE method <> 'PASSWORD';
ALTER TABLE identity_proofs DROP COLUMN acr;
ALTER TABLE identity_proofs DROP COLUMN assurance;
ALTER TABLE refresh_families DROP COLUMN acr;
ALTER TABLE refresh_families DROP COLUMN method;
