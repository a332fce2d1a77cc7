//! Reasons and purposes, in which people may be named, and who is told them.

use super::caller::By;
use super::policy::{Reach, Role};

/// What stands in place of a text that somebody is not told: that there was one, and not how long.
pub const WITHHELD: &str = "＊＊＊";

/// Who work with the office's records: whoever of them sees a record sees why something was done with it.
pub const STAFF: [Role; 4] = [Role::Clerk, Role::Reviewer, Role::Chief, Role::Director];

/// A reason as a caller is told it. The county looks at what the office does, by people and by machines of its own, and not at
/// whom it is about.
pub fn told(by: &By, text: String) -> String {
    let looks_on = by.reach != Reach::Own && by.caller.has_role(Role::County);
    let works = STAFF.iter().any(|role| by.caller.has_role(*role));
    if text.is_empty() || works || !looks_on { text } else { WITHHELD.to_owned() }
}
