-- Who was invited to a survey stands in its box, in no order and at no moment: a row of its own told by its place when a token was
-- issued. And what has not been issued yet is found by its state, whatever paper was found false.
DROP TABLE survey_invitations;
CREATE INDEX certificates_by_status ON certificates (status, id);
