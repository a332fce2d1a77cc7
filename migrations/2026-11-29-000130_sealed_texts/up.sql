-- Free texts about people are sealed; rows of before are sealed by the program when it starts, which has the key. Until then they are
-- found by these indexes, which hold nothing afterwards.
CREATE INDEX cases_proxy_open ON cases (id) WHERE proxy <> '' AND substr(proxy, 1, 7) <> 'sealed:';
CREATE INDEX case_history_reason_open ON case_history (case_id, line) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX case_changes_reason_open ON case_changes (id) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX case_reviews_findings_open ON case_reviews (id) WHERE findings <> '' AND substr(findings, 1, 7) <> 'sealed:';
CREATE INDEX maintenance_records_reason_open ON maintenance_records (roc_year, number) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX certificates_reason_open ON certificates (id) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX person_joins_reason_open ON person_joins (id) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX person_joins_part_reason_open ON person_joins (id) WHERE part_reason <> '' AND substr(part_reason, 1, 7) <> 'sealed:';
CREATE INDEX facts_struck_why_open ON facts (id) WHERE struck_why <> '' AND substr(struck_why, 1, 7) <> 'sealed:';
CREATE INDEX accounts_name_open ON accounts (id) WHERE name <> '' AND substr(name, 1, 7) <> 'sealed:';
CREATE INDEX accounts_requested_name_open ON accounts (id) WHERE requested_name <> '' AND substr(requested_name, 1, 7) <> 'sealed:';
CREATE INDEX identity_proofs_undo_reason_open ON identity_proofs (id) WHERE undo_reason <> '' AND substr(undo_reason, 1, 7) <> 'sealed:';
CREATE INDEX booking_history_reason_open ON booking_history (booking_id, line) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX agency_deliveries_reason_open ON agency_deliveries (id) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX spot_checks_finding_open ON spot_checks (id) WHERE finding <> '' AND substr(finding, 1, 7) <> 'sealed:';
CREATE INDEX spot_checks_rebuttal_open ON spot_checks (id) WHERE rebuttal <> '' AND substr(rebuttal, 1, 7) <> 'sealed:';
CREATE INDEX spot_checks_ruling_open ON spot_checks (id) WHERE ruling <> '' AND substr(ruling, 1, 7) <> 'sealed:';
CREATE INDEX spot_check_entries_finding_open ON spot_check_entries (roc_year, number) WHERE finding <> '' AND substr(finding, 1, 7) <> 'sealed:';
CREATE INDEX spot_check_entries_remedy_open ON spot_check_entries (roc_year, number) WHERE remedy <> '' AND substr(remedy, 1, 7) <> 'sealed:';
CREATE INDEX referrals_reason_open ON referrals (id) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX rota_reason_open ON rota (on_date) WHERE reason <> '' AND substr(reason, 1, 7) <> 'sealed:';
CREATE INDEX audit_log_purpose_open ON audit_log (seq) WHERE purpose <> '' AND substr(purpose, 1, 7) <> 'sealed:' AND substr(purpose, 1, 5) <> 'over:';
