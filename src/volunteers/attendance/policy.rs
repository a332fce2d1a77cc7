//! Who may say who came: the office, and volunteers that they are there themselves.

use crate::policy;

policy! {
    CheckInSignup "check_in_signup" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
    CheckOutSignup "check_out_signup" "signup.write" [Volunteer Own, Clerk Any, Chief Any];
    MarkNoShow "mark_no_show" "signup.write" [Clerk Any, Chief Any];
    ExcuseSignup "excuse_signup" "signup.write" [Clerk Any, Chief Any];
    UndoAttendance "undo_attendance" "signup.write" [Clerk Any, Chief Any];
    MarkAttendance "mark_attendance" "signup.write" [Clerk Any, Chief Any];
}
