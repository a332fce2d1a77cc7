//! Who may log in and be proven through an external provider: everyone, signed in or not.

use crate::policy;

policy! {
    StartExternal "start_external" "" anew [];
    CompleteExternal "complete_external" "" alone anew [];
}
