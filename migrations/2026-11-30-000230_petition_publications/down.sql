DROP TABLE petition_publications;
