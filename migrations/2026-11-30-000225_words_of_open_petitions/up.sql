-- The search in petitions knows the words of open ones alone, and of each what stands: what the index was told of a petition is kept
-- beside it, sealed, so that words which it does not hold any more are taken out. The index is made anew, since it holds words of
-- petitions that have become secret, and of texts that were put right.
CREATE TABLE petition_indexed (
    petition_id TEXT NOT NULL PRIMARY KEY REFERENCES petitions (id),
    texts TEXT NOT NULL
);
DELETE FROM petition_words;
UPDATE petitions SET unsearched = TRUE;
