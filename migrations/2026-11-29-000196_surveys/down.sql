DROP TABLE survey_invitations;
DROP TABLE survey_boxes;
DROP TABLE surveys;
