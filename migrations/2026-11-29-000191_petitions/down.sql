DROP TABLE petition_ratings;
DROP TABLE petition_history;
DROP TABLE petition_concerns;
DROP TABLE petition_people;
DROP TABLE petitions;
