//! Who may see whom to call, and note what came of it.

use crate::policy;

policy! {
    ListCalls "list_calls" "call_list.read" [Clerk Office, Chief Any, Director Any];
    RevealCalls "reveal_calls" "call_list.read" anew [Clerk Office, Chief Any, Director Any];
    NoteCall "note_call" "call_list.write" [Clerk Office, Chief Any];
}
