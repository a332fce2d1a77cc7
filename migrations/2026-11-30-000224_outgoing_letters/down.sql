DROP TABLE outgoing_letters;
