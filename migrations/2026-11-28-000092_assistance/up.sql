-- Assistance is not guardianship: whoever is assisted still acts, and the letters that they gave stand (民法 §15-2).
UPDATE facts SET kind = 'ASSISTANCE' WHERE kind = 'GUARDIANSHIP' AND EXISTS (
    SELECT 1 FROM cases WHERE facts.source = 'cases/' || cases.id AND cases.type_code = 'ASSISTANCE'
);
