//! Who may do what with the office's days.

use crate::policy;

policy! {
    ListCalendarDays "list_calendar_days" "" [];
    GetCalendarDay "get_calendar_day" "" [];
    ListClosures "list_closures" "" [];
    GetClosure "get_closure" "" [];
    SetCalendarDay "set_calendar_day" "calendar.write" alone [Chief Any, Director Any];
    CreateClosure "create_closure" "calendar.write" alone [Chief Any, Director Any];
    DeleteClosure "delete_closure" "calendar.write" alone [Chief Any, Director Any];
    PreviewDeadline "preview_deadline" "" [];
}
