//! Who may do what with opinion items and improvement items.

use crate::policy;

policy! {
    ListOpinionItems "list_opinion_items" "improvement.read" [Clerk Any, Chief Any, Director Any];
    GetOpinionItem "get_opinion_item" "improvement.read" [Clerk Any, Chief Any, Director Any];
    CreateOpinionItem "create_opinion_item" "improvement.write" key [Clerk Any, Chief Any];
    UpdateOpinionItem "update_opinion_item" "improvement.write" [Clerk Any, Chief Any];
    SetOpinionItemAside "set_opinion_item_aside" "improvement.approve" [Chief Any, Director Any];
    ReopenOpinionItem "reopen_opinion_item" "improvement.write" [Clerk Any, Chief Any, Director Any];
    ListImprovementItems "list_improvement_items" "improvement.read" [Clerk Any, Chief Any, Director Any];
    GetImprovementItem "get_improvement_item" "improvement.read" [Clerk Any, Chief Any, Director Any];
    CreateImprovementItem "create_improvement_item" "improvement.write" key [Clerk Any, Chief Any];
    UpdateImprovementItem "update_improvement_item" "improvement.write" [Clerk Any, Chief Any];
    AdoptImprovementItem "adopt_improvement_item" "improvement.approve" [Chief Any, Director Any];
    CompleteImprovementItem "complete_improvement_item" "improvement.write" [Clerk Any, Chief Any];
    CheckImprovementItem "check_improvement_item" "improvement.approve" [Chief Any, Director Any];
    DropImprovementItem "drop_improvement_item" "improvement.approve" [Chief Any, Director Any];
    ReopenImprovementItem "reopen_improvement_item" "improvement.approve" [Chief Any, Director Any];
}
