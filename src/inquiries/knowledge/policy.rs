//! Who may do what with knowledge answers: all read what is published.

use crate::policy;

policy! {
    ListKnowledgeAnswers "list_knowledge_answers" "" [];
    GetKnowledgeAnswer "get_knowledge_answer" "" [];
    ListKnowledgeVersions "list_knowledge_versions" "" [];
    CreateKnowledgeAnswer "create_knowledge_answer" "knowledge.write" key [Clerk Any, Chief Any];
    UpdateKnowledgeAnswer "update_knowledge_answer" "knowledge.write" [Clerk Any, Chief Any];
    DiscardKnowledgeDraft "discard_knowledge_draft" "knowledge.write" [Clerk Any, Chief Any];
    PublishKnowledgeAnswer "publish_knowledge_answer" "knowledge.approve" [Chief Any, Director Any];
    ConfirmKnowledgeAnswer "confirm_knowledge_answer" "knowledge.approve" [Chief Any, Director Any];
    WithdrawKnowledgeAnswer "withdraw_knowledge_answer" "knowledge.approve" [Chief Any, Director Any];
    RestoreKnowledgeAnswer "restore_knowledge_answer" "knowledge.approve" [Chief Any, Director Any];
    NoteLawChange "note_law_change" "knowledge.approve" key [Chief Any, Director Any];
}
