DROP TABLE inquiry_citations;
DROP TABLE inquiries;
DROP TABLE knowledge_versions;
DROP TABLE knowledge_answers;
